/** The sheet, the export as it goes, and its end. */

import { type Field, fieldsFor, templates } from "../../app/export-choices.ts";
import { awayWords, backWords } from "../../present/device-words.ts";
import { type Action, isWorld } from "../actions.ts";
import { noneChosen } from "../chosen.ts";
import { turn } from "../export-settings.ts";
import { editLine, insertText, type Line, lineOf, pastedPath } from "../line-edit.ts";
import { exportIds, summaryRows, templateProblem } from "../selectors.ts";
import type { BrowseState, ExportAnswers, ExportState, ProgressState, SummaryState } from "../state.ts";
import { onPhone } from "./phone.ts";
import { onRun, onRunKey, startedRun } from "./run.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

/** The export sheet over these photos, with what was asked for last time. */
export function sheetOf(inFrame: Frame, browse: BrowseState): Step {
  const { settings, freeBytes } = browse;
  const line = lineOf(settings.destination, true);
  return {
    state: {
      ...inFrame,
      screen: "export",
      browse,
      settings,
      field: 0,
      line,
      choosing: undefined,
      places: [],
      freeBytes,
    },
    effects: [
      { type: "findPlaces", destination: settings.destination },
      { type: "findCommand", browse },
    ],
  };
}

/** The sheet. */
export function onExport(state: ExportState & Frame, action: Action): Step {
  const fields = fieldsFor(state.browse.parts);
  const field = fields[state.field] ?? "destination";
  const { settings, line } = state;
  switch (action.type) {
    case "text": {
      const isBegun = field === "destination" && (line.fresh || line.text === "") && action.text.length > 1;
      return written(state, field, insertText(line, isBegun ? pastedPath(action.text) : action.text));
    }
    case "edit":
      return written(state, field, editLine(line, action.edit));
    case "complete":
      return field === "destination" && state.places[0]
        ? written(state, field, lineOf(state.places[0].path))
        : stay(state);
    case "places":
      return stay({ ...state, places: action.places, freeBytes: action.freeBytes });
    case "choosing":
      return stay(isSameChoice(action.of, state.browse) ? { ...state, choosing: action.choosing } : state);
    case "move":
      return action.axis === "across" ? across(state, field, action.by) : stay(toField(state, state.field + action.by));
    case "wheel":
      return stay(toField(state, state.field + action.by));
    case "back":
      // Choices stay for the next look at the sheet.
      return stay({ ...state.browse, settings, ...frame(state) });
    case "enter":
      return start(state);
    case "openFailed":
      return stay({ ...state, error: `${action.message} ${action.remedy}` });
    default: {
      if (!isWorld(action)) return stay(state);
      const { state: browse, effects } = onPhone(state.browse, action);
      return { state: { ...state, browse }, effects };
    }
  }
}

/** Who went back and chose otherwise meanwhile wants another command. */
function isSameChoice(a: BrowseState, b: BrowseState): boolean {
  return (["items", "chosen", "group", "filter", "onlyNew", "exported"] as const).every((key) => a[key] === b[key]);
}

function toField(state: ExportState & Frame, to: number): ExportState & Frame {
  const fields = fieldsFor(state.browse.parts);
  const at = clamp(to, fields.length);
  if (at === state.field) return state;
  const field = fields[at] ?? "destination";
  return {
    ...state,
    field: at,
    line: lineOf(field === "template" ? state.settings.template : state.settings.destination),
  };
}

function written(state: ExportState & Frame, field: Field, line: Line): Step {
  const { settings } = state;
  if (field === "template")
    return stay({ ...state, line, settings: { ...settings, template: line.text }, error: undefined });
  if (field !== "destination") return stay(state);
  const next = { ...state, line, settings: { ...settings, destination: line.text }, error: undefined };
  if (line.text === settings.destination) return stay(next);
  return { state: next, effects: [{ type: "findPlaces", destination: line.text }] };
}

/** The next choice of a line; where one is written, along it. Names are both: behind the last letter lies the next proposal. */
function across(state: ExportState & Frame, field: Field, by: number): Step {
  const { settings, line } = state;
  const isWithin = line.caret < line.text.length || (by < 0 && !templates.includes(line.text));
  if (field === "destination" || (field === "template" && isWithin))
    return written(state, field, editLine(line, by < 0 ? "left" : "right"));
  const turned = turn(settings, field, by);
  return stay({ ...state, settings: turned, line: field === "template" ? lineOf(turned.template) : line });
}

function start(state: ExportState & Frame): Step {
  const { settings, browse } = state;
  const fields = fieldsFor(browse.parts);
  const destination = settings.destination.trim();
  if (destination === "") return stay({ ...toField(state, 0), error: "Write where the photos go." });
  const problem = templateProblem(settings.template);
  if (problem !== undefined) return stay({ ...toField(state, fields.indexOf("template")), error: problem });
  if (browse.away) return stay({ ...state, error: `${awayWords(browse.noun)} ${backWords(browse.noun)}.` });
  const used = { ...settings, destination };
  return {
    state: {
      ...frame(state),
      screen: "progress",
      browse: { ...browse, settings: used, run: startedRun(destination) },
      asking: false,
    },
    effects: [
      {
        type: "startExport",
        settings: used,
        ids: exportIds(browse),
        ...(state.asked?.place === destination ? { answers: state.asked.yes } : {}),
      },
    ],
  };
}

const questionWords: Readonly<Record<keyof ExportAnswers, string>> = {
  newDestination: "Enter again begins a new one there.",
  takeOver: "Enter again takes it over: that run ends in order, and this one goes on.",
  breakLock: "If that run is over for certain, Enter again breaks its lock.",
};

/** A running export on its own screen. */
export function onProgress(state: ProgressState & Frame, action: Action): Step {
  const { browse } = state;
  // Something that must be put right before it can begin is put right in the sheet.
  if (action.type === "exportFailed") {
    const sheet = sheetOf(frame(state), { ...browse, run: undefined });
    const { destination } = browse.run;
    const { question, message } = action;
    if (!question) return { ...sheet, state: { ...sheet.state, error: message } as Step["state"] };
    const asked = { place: destination, yes: { ...question.answered, [question.about]: true } };
    const error = `${message} ${questionWords[question.about]}`;
    return { ...sheet, state: { ...sheet.state, error, asked } as Step["state"] };
  }
  if (isWorld(action)) {
    const seen = onPhone(browse, action);
    const ran = onRun(browse.run, action);
    const run = ran?.run ?? browse.run;
    const effects = [...seen.effects, ...(ran?.effects ?? [])];
    if (run.outcome === undefined) return { state: { ...state, browse: { ...seen.state, run } }, effects };
    return {
      state: summaryOf(state, { ...seen.state, run, chosen: noneChosen, anchor: undefined }),
      effects,
    };
  }
  switch (action.type) {
    case "meanwhile":
      return stay({ ...browse, ...frame(state), chosen: noneChosen, anchor: undefined });
    case "back":
      return stay(
        state.asking
          ? { ...state, asking: false }
          : { ...browse, ...frame(state), chosen: noneChosen, anchor: undefined },
      );
    case "stop":
      if (browse.run.cancelling) return stay(state);
      if (!state.asking) return stay({ ...state, asking: true });
      return {
        state: { ...state, asking: false, browse: { ...browse, run: { ...browse.run, cancelling: true } } },
        effects: [{ type: "cancelExport" }],
      };
    default: {
      const next = onRunKey(browse.run, action);
      return next ? { state: { ...state, browse: { ...browse, run: next.run } }, effects: next.effects } : stay(state);
    }
  }
}

/** The end of an export; what it said is said once. */
export function summaryOf(inFrame: Frame, browse: ProgressState["browse"]): SummaryState & Frame {
  const { destination, outcome = [], offer } = browse.run;
  return {
    ...frame(inFrame),
    screen: "summary",
    browse: { ...browse, run: undefined },
    destination,
    lines: offer ? [...outcome, "", offerWords(browse)] : outcome,
    ...(offer ? { offer: "asked" as const } : {}),
    top: 0,
  };
}

function offerWords({ phone, noun }: BrowseState): string {
  return `b: back ${phone} up by itself from now on, whenever the ${noun} is plugged in.`;
}

/** A yes to the offer. */
function offerTaken(state: SummaryState & Frame): Step {
  if (state.offer !== "asked") return stay(state);
  const { browse, destination, lines } = state;
  return {
    state: { ...state, offer: "answered", lines: [...lines.slice(0, -1), "Setting it up …"] },
    effects: [{ type: "turnOnAutosave", phone: browse.device, to: destination }],
  };
}

/** What there is to say after it. */
export function onSummary(state: SummaryState & Frame, action: Action): Step {
  if (action.type === "autosaved" && state.offer === "answered") {
    const lines = [...state.lines.slice(0, -1), ...action.lines];
    const { rows, room } = summaryRows({ ...state, lines });
    return stay({ ...state, lines, offer: undefined, top: Math.max(0, rows.length - room) });
  }
  if (action.type === "autosave") return offerTaken(state);
  if (isWorld(action)) {
    const { state: browse, effects } = onPhone(state.browse, action);
    return { state: { ...state, browse }, effects };
  }
  switch (action.type) {
    case "move":
    case "wheel": {
      const { rows, room } = summaryRows(state);
      return stay({ ...state, top: clamp(state.top + action.by, rows.length - room + 1) });
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
