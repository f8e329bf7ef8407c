/** Until a phone is open. */
import { printable } from "../../shared/text.ts";
import type { Action } from "../actions.ts";
import type { ConnectState, State } from "../state.ts";
import { browseOf } from "./browse.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

export function onConnect(state: ConnectState & Frame, action: Action): Step {
  switch (action.type) {
    case "devices":
      return stay({
        ...state,
        devices: action.devices,
        problem: undefined,
        startingDemo: false,
        cursor: Math.min(state.cursor, Math.max(0, action.devices.length - 1)),
      });
    case "problem":
      return stay({ ...state, devices: [], problem: action, opening: undefined, startingDemo: false });
    case "openFailed":
      return stay({ ...state, problem: action, opening: undefined, startingDemo: false });
    case "notice":
      return stay({ ...state, notice: action.text });
    case "move":
      return stay({ ...state, cursor: clamp(state.cursor + action.by, state.devices.length) });
    case "click":
      return action.on === "device" ? openDevice({ ...state, cursor: action.index }) : stay(state);
    case "enter":
      return openDevice(state);
    case "demo":
      return state.startingDemo
        ? stay(state)
        : { state: { ...state, startingDemo: true, problem: undefined }, effects: [{ type: "demo" }] };
    case "trust":
      return stay(state.opening ? { ...state, opening: { ...state.opening, trust: action.state } } : state);
    case "reading":
      return stay(
        state.opening ? { ...state, opening: { ...state.opening, read: action.read, toRead: action.toRead } } : state,
      );
    case "opened":
      // What was given up meanwhile must not come back by itself.
      return state.opening ? browseOf(frame(state), action.opened) : stay(state);
    case "back":
      return state.opening ? { state: { ...state, opening: undefined }, effects: [{ type: "close" }] } : stay(state);
    case "leave":
      return { state, effects: [{ type: "quit" }] };
    default:
      return stay(state);
  }
}

function openDevice(state: ConnectState & Frame): Step {
  const device = state.devices[state.cursor];
  if (!device || state.opening) return stay(state as State);
  const opening = { name: printable(device.info.name), read: 0, toRead: 0 };
  return { state: { ...state, opening, problem: undefined }, effects: [{ type: "open", device }] };
}
