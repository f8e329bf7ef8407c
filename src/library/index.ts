/**
 * The camera roll as a person sees it: items with their parts, from the phone's library database and from its files. Read
 * first: roll.ts (the model), then camera-roll.ts (how it is built).
 */
export { cameraName } from "./camera-name.ts";
export {
  type BuildOptions,
  buildCameraRoll,
  isBelow,
  type LibraryOptions,
  type RollProgress,
  type StatCache,
} from "./camera-roll.ts";
export { withDerivatives } from "./derivatives.ts";
export type { FactsCache } from "./head-facts.ts";
export { readItemFacts } from "./item-facts.ts";
export type { LibraryFeature } from "./photos/photos-rows.ts";
export { Previews } from "./preview.ts";
export { type Preview, PreviewCache } from "./preview-cache.ts";
export { isNamed, stemOf } from "./tree.ts";
export { itemId, nameOf } from "./tree-items.ts";
export { readKinds } from "./undecided.ts";
