/** The sheet, the export as it goes, and its end. */
import type { Action } from "../actions.ts";
import { noneChosen } from "../chosen.ts";
import { fieldsFor, turn } from "../export-settings.ts";
import { exportIds, templateProblem } from "../selectors.ts";
import type { BrowseState, ExportState, ProgressState, SummaryState } from "../state.ts";
import { onRun, onRunKey, startedRun } from "./run.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

export function sheetOf(inFrame: Frame, browse: BrowseState): Step {
  const { settings, freeBytes } = browse;
  return {
    state: { ...inFrame, screen: "export", browse, settings, field: 0, places: [], freeBytes },
    effects: [{ type: "findPlaces", destination: settings.destination }],
  };
}

export function onExport(state: ExportState & Frame, action: Action): Step {
  const fields = fieldsFor(state.browse.platform);
  const field = fields[state.field] ?? "destination";
  const { settings } = state;
  const written = (text: string): Step => {
    if (field === "template") return stay({ ...state, settings: { ...settings, template: text }, error: undefined });
    if (field !== "destination") return stay(state);
    return {
      state: { ...state, settings: { ...settings, destination: text }, error: undefined },
      effects: [{ type: "findPlaces", destination: text }],
    };
  };
  const before = field === "template" ? settings.template : settings.destination;
  switch (action.type) {
    case "text":
      return written(before + action.text);
    case "erase":
      return written([...before].slice(0, -1).join(""));
    case "complete":
      return field === "destination" && state.places[0] ? written(state.places[0].path) : stay(state);
    case "places":
      return stay({ ...state, places: action.places, freeBytes: action.freeBytes });
    case "move":
      return stay(
        action.axis === "across"
          ? { ...state, settings: turn(settings, field, action.by) }
          : { ...state, field: clamp(state.field + action.by, fields.length) },
      );
    case "back":
      // Choices stay for the next look at the sheet.
      return stay({ ...state.browse, settings, ...frame(state) });
    case "enter": {
      const destination = settings.destination.trim();
      if (destination === "") return stay({ ...state, field: 0, error: "Write where the photos go." });
      const problem = templateProblem(settings.template);
      if (problem !== undefined) return stay({ ...state, field: fields.indexOf("template"), error: problem });
      const used = { ...settings, destination };
      return {
        state: {
          ...frame(state),
          screen: "progress",
          browse: { ...state.browse, settings: used, run: startedRun(destination) },
        },
        effects: [{ type: "startExport", settings: used, ids: exportIds(state.browse) }],
      };
    }
    default:
      return stay(state);
  }
}

export function onProgress(state: ProgressState & Frame, action: Action): Step {
  const { browse } = state;
  // Something that must be put right before it can begin is put right in the sheet.
  if (action.type === "exportFailed") {
    const sheet = sheetOf(frame(state), { ...browse, run: undefined });
    return { ...sheet, state: { ...sheet.state, error: action.message } as Step["state"] };
  }
  if (action.type === "meanwhile") return stay({ ...browse, ...frame(state), chosen: noneChosen, anchor: undefined });
  const next = onRun(browse.run, action) ?? onRunKey(browse.run, action);
  if (!next) return stay(state);
  const { run, effects } = next;
  if (run.outcome === undefined) return { state: { ...state, browse: { ...browse, run } }, effects };
  return { state: summaryOf(state, { ...browse, run, chosen: noneChosen, anchor: undefined }), effects };
}

/** The end of an export; what it said is said once. */
export function summaryOf(inFrame: Frame, browse: ProgressState["browse"]): SummaryState & Frame {
  const { destination, outcome = [] } = browse.run;
  return { ...frame(inFrame), screen: "summary", browse: { ...browse, run: undefined }, destination, lines: outcome };
}

export function onSummary(state: SummaryState & Frame, action: Action): Step {
  switch (action.type) {
    case "destination": {
      const { exported, freeBytes } = action;
      return stay({ ...state, browse: { ...state.browse, exported, freeBytes } });
    }
    case "openFolder":
      return { state, effects: [{ type: "openFolder", path: state.destination }] };
    case "leave":
      return { state, effects: [{ type: "quit" }] };
    case "back":
    case "enter":
      return stay({ ...state.browse, ...frame(state) });
    default:
      return stay(state);
  }
}
