/** The sheet of an export of a phone's data, the export as it goes, and its end. */
import { offeredForm, offeredForms } from "../../app/data-forms.ts";
import { type Action, isWorld } from "../actions.ts";
import { outcomeRows, sheetFields } from "../data-rows.ts";
import { type DataExportSettings, type DataTold, exportedKinds } from "../data-state.ts";
import { editLine, insertText, type Line, lineOf, pastedPath } from "../line-edit.ts";
import type { DataExportState, DataState } from "../state.ts";
import { onPhotosBehind } from "./photos-behind.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

type Here = DataExportState & Frame;

/** The sheet over a folder, as it was left. */
export function sheetOfData(inFrame: Frame, data: DataState): Step {
  const seen = data.browse.data;
  if (!seen) return stay({ ...data, ...inFrame });
  const hasChosen = Object.keys(seen.chosen).length > 0;
  const what = hasChosen ? "chosen" : seen.settings.what === "chosen" ? "folder" : seen.settings.what;
  const settings = withForms({ ...seen.settings, what }, data);
  const line = lineOf(settings.to, true);
  return {
    state: { ...inFrame, screen: "dataExport", data, settings, field: 1, line, places: [], freeBytes: undefined },
    effects: [{ type: "findPlaces", destination: settings.to }],
  };
}

export function onDataExport(state: Here, action: Action): Step {
  if (action.type === "data") return told(state, action.told);
  if (action.type === "places") return stay({ ...state, places: action.places, freeBytes: action.freeBytes });
  if (isWorld(action)) {
    const behind = onPhotosBehind({ ...state.data, ...frame(state) }, action);
    if (behind.state.screen !== "data") return behind;
    const { help, size, ...data } = behind.state;
    return { state: { ...state, data }, effects: behind.effects };
  }
  if (action.type === "leave" && !state.run) return { state, effects: [{ type: "quit" }] };
  if (state.outcome) return onOutcome(state, action);
  return state.run ? onRunning(state, action) : onSheet(state, action);
}

function onSheet(state: Here, action: Action): Step {
  const field = sheetFields[state.field] ?? "to";
  const isWritten = field === "to" || field === "since" || field === "until";
  switch (action.type) {
    case "text": {
      const isBegun = field === "to" && (state.line.fresh || state.line.text === "") && action.text.length > 1;
      return isWritten
        ? written(state, field, insertText(state.line, isBegun ? pastedPath(action.text) : action.text))
        : stay(state);
    }
    case "edit":
      return isWritten ? written(state, field, editLine(state.line, action.edit)) : stay(state);
    case "complete":
      return field === "to" && state.places[0] ? written(state, field, lineOf(state.places[0].path)) : stay(state);
    case "move":
      if (action.axis !== "across") return stay(toField(state, state.field + action.by));
      if (isWritten) return written(state, field, editLine(state.line, action.by < 0 ? "left" : "right"));
      return stay({ ...state, settings: turned(state, field, action.by), error: undefined });
    case "wheel":
      return stay(toField(state, state.field + action.by));
    case "back":
      return leaveSheet(state);
    case "enter":
      return start(state);
    default:
      return stay(state);
  }
}

/** Choices stay for the next look at the sheet. */
function leaveSheet({ data, settings, ...state }: Here): Step {
  const seen = data.browse.data && { ...data.browse.data, settings };
  return stay({ ...data, browse: { ...data.browse, data: seen }, ...frame(state) });
}

function toField(state: Here, to: number): Here {
  const field = clamp(to, sheetFields.length);
  const name = sheetFields[field] ?? "to";
  const text = name === "since" || name === "until" || name === "to" ? state.settings[name] : "";
  return field === state.field ? state : { ...state, field, line: lineOf(text) };
}

function written(state: Here, field: "to" | "since" | "until", line: Line): Step {
  const next = { ...state, line, settings: { ...state.settings, [field]: line.text }, error: undefined };
  if (field !== "to" || line.text === state.settings.to) return stay(next);
  return { state: next, effects: [{ type: "findPlaces", destination: line.text }] };
}

/** Of the forms one that something has of what is exported. */
function withForms(settings: DataExportSettings, { kind, browse }: DataState): DataExportSettings {
  const kinds = exportedKinds(settings, kind, browse.data?.chosen ?? {});
  return { ...settings, forms: offeredForm(settings.forms, kinds) };
}

function turned({ settings, data }: Here, field: "what" | "forms", by: number): DataExportSettings {
  const next = <T>(values: readonly T[], now: T): T =>
    values[(values.indexOf(now) + by + values.length) % values.length] ?? now;
  const chosen = data.browse.data?.chosen ?? {};
  if (field === "forms") {
    const forms = next(offeredForms(exportedKinds(settings, data.kind, chosen)), settings.forms);
    return { ...settings, forms };
  }
  const whats = Object.keys(chosen).length > 0 ? (["chosen", "folder", "all"] as const) : (["folder", "all"] as const);
  return withForms({ ...settings, what: next(whats, settings.what) }, data);
}

function start(state: Here): Step {
  const to = state.settings.to.trim();
  if (to === "") return stay({ ...toField(state, sheetFields.indexOf("to")), error: "Write where the files go." });
  const { data } = state;
  const settings = { ...state.settings, to };
  const seen = data.browse.data;
  const ids = settings.what === "chosen" ? (seen?.chosen ?? {}) : {};
  const kinds = exportedKinds(settings, data.kind, ids);
  const kept = { ...data, browse: { ...data.browse, data: seen && { ...seen, settings } } };
  return {
    state: { ...state, data: kept, settings, error: undefined, run: { words: "Beginning …", cancelling: false } },
    effects: [{ type: "exportData", settings, kinds, ids }],
  };
}

function onRunning(state: Here, action: Action): Step {
  if (action.type !== "stop" && action.type !== "back") return stay(state);
  if (!state.run || state.run.cancelling) return stay(state);
  return { state: { ...state, run: { ...state.run, cancelling: true } }, effects: [{ type: "cancelDataExport" }] };
}

function onOutcome(state: Here, action: Action): Step {
  const { outcome } = state;
  if (!outcome) return stay(state);
  switch (action.type) {
    case "move":
    case "wheel":
    case "page": {
      const { rows, room } = outcomeRows(outcome.lines, state.size);
      const by = action.type === "page" ? action.by * room : action.by;
      return stay({ ...state, outcome: { ...outcome, top: clamp(outcome.top + by, rows.length - room + 1) } });
    }
    case "openFolder":
      return outcome.root === undefined
        ? stay(state)
        : { state, effects: [{ type: "openFolder", path: outcome.root }] };
    case "back":
    case "enter":
      return leaveSheet(state);
    default:
      return stay(state);
  }
}

function told(state: Here, what: DataTold): Step {
  switch (what.what) {
    case "exporting":
      return stay(state.run ? { ...state, run: { ...state.run, words: what.words } } : state);
    case "exported":
      return stay({ ...state, run: undefined, outcome: { lines: what.lines, root: what.root, top: 0 } });
    case "exportFailed":
      return stay({ ...state, run: undefined, error: what.message });
    case "folder": {
      const seen = state.data.browse.data;
      const folders = { ...seen?.folders, [what.summary.kind]: what.summary };
      return stay({
        ...state,
        data: { ...state.data, browse: { ...state.data.browse, data: seen && { ...seen, folders } } },
      });
    }
    default:
      return stay(state);
  }
}
