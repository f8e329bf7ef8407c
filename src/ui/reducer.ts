/** The UI is a function: state and action in, state and effects out. No I/O, no clock. */
import type { Action } from "./actions.ts";
import { onBrowse } from "./reducers/browse.ts";
import { onConnect } from "./reducers/connect.ts";
import { onData } from "./reducers/data.ts";
import { onDataExport } from "./reducers/data-export.ts";
import { onExport, onProgress, onSummary } from "./reducers/export.ts";
import { onPhonePage } from "./reducers/phone-page.ts";
import { type Step, stay } from "./reducers/step.ts";
import type { State } from "./state.ts";

/** Pure. What every screen shares is done here, the rest by the screen's own reducer. */
export function reduce(state: State, action: Action): Step {
  if (action.type === "resize")
    return stay(
      action.size.columns === state.size.columns && action.size.rows === state.size.rows
        ? state
        : { ...state, size: action.size },
    );
  if (action.type === "help") return stay({ ...state, help: !state.help });
  if (action.type === "quit") return { state, effects: [{ type: "quit" }] };
  if (state.help && action.type === "back") return stay({ ...state, help: false });
  switch (state.screen) {
    case "connect":
      return onConnect(state, action);
    case "browse":
      return onBrowse(state, action);
    case "export":
      return onExport(state, action);
    case "progress":
      return onProgress(state, action);
    case "data":
      return onData(state, action);
    case "dataExport":
      return onDataExport(state, action);
    case "phone":
      return onPhonePage(state, action);
    case "summary":
      return onSummary(state, action);
  }
}
