/** What goes where, said before it is done: which photos, which of their files, under which names. */
export { assertAnswerable } from "./answerable.ts";
export { parseDateArgument } from "./date-argument.ts";
export { editChoices, everyPart, liveChoices, type PartChoice, rawChoices, targetName } from "./part-choice.ts";
export { defaultTemplate, PathTemplate, tokens } from "./path-template.ts";
export { parsePlace } from "./place-filter.ts";
export { damagedCopy, type Plan, type PlanEntry } from "./plan.ts";
export { missingRoom } from "./room.ts";
export {
  type SelectableKind,
  Selection,
  type SelectionOptions,
  selectableKinds,
} from "./selection.ts";
