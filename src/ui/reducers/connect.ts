/** Until a phone is open. With one phone on the cable, or the one that was asked for, nothing needs a key. */
import { type DeviceSummary, phonesNamed } from "../../device/index.ts";
import { printable } from "../../shared/text.ts";
import type { Action } from "../actions.ts";
import type { BrowseState, ConnectState, State } from "../state.ts";
import { browseOf, toExport } from "./browse.ts";
import { clamp, type Frame, frame, type Step, stay } from "./step.ts";

/** The list of phones. */
export function onConnect(state: ConnectState & Frame, action: Action): Step {
  const { opening } = state;
  switch (action.type) {
    case "devices":
      return onDevices(state, action.devices);
    case "problem":
      return stay({
        ...state,
        devices: [],
        cursor: 0,
        left: [],
        problem: action,
        opening: undefined,
        startingDemo: false,
      });
    case "openFailed":
      return stay(
        opening
          ? {
              ...state,
              opening: undefined,
              startingDemo: false,
              left: [...state.left, opening.id],
              failed: { id: opening.id, message: action.message, remedy: action.remedy },
            }
          : { ...state, problem: action, startingDemo: false },
      );
    case "notice":
      return stay({ ...state, notice: action.text });
    case "move":
    case "wheel":
      return stay({ ...state, cursor: clamp(state.cursor + action.by, state.devices.length) });
    case "click":
      return action.on === "device" ? openDevice({ ...state, cursor: action.index }, false) : stay(state);
    case "enter":
      return openDevice(state, false);
    case "export":
      return stay(opening ? { ...state, opening: { ...opening, sheet: true } } : state);
    case "demo":
      return state.startingDemo
        ? stay(state)
        : {
            state: { ...state, startingDemo: true, problem: undefined, failed: undefined },
            effects: [{ type: "demo" }],
          };
    case "trust":
      return stay(opening ? { ...state, opening: { ...opening, trust: action.state } } : state);
    case "reading":
      return stay(opening ? { ...state, opening: { ...opening, read: action.read, toRead: action.toRead } } : state);
    case "opened": {
      // What was given up meanwhile must not come back by itself.
      if (!opening) return stay(state);
      const step = browseOf(frame(state), action.opened, state.devices.length > 1, state.notice);
      if (!opening.sheet) return step;
      const sheet = toExport(step.state as BrowseState & Frame);
      return { ...sheet, effects: [...step.effects, ...sheet.effects] };
    }
    case "back":
      return opening
        ? { state: { ...state, opening: undefined, left: [...state.left, opening.id] }, effects: [{ type: "close" }] }
        : stay(state);
    case "leave":
      return { state, effects: [{ type: "quit" }] };
    default:
      return stay(state);
  }
}

function onDevices(before: ConnectState & Frame, devices: readonly DeviceSummary[]): Step {
  const isThere = (id: string): boolean => devices.some((d) => d.info.id === id);
  const { opening, failed } = before;
  const state = {
    ...before,
    devices,
    problem: undefined,
    failed: failed && isThere(failed.id) ? failed : undefined,
    startingDemo: false,
    left: before.left.filter(isThere),
    cursor: Math.min(before.cursor, Math.max(0, devices.length - 1)),
  };
  // Which of two is meant is not guessed: the one that came first may not be it.
  if (opening?.byItself && before.wanted === undefined && onCable(devices).length > 1 && opening.toRead === 0)
    return { state: { ...state, opening: undefined }, effects: [{ type: "close" }] };
  const meant = meantPhone(state);
  return meant && !opening ? openDevice({ ...state, cursor: devices.indexOf(meant) }, true) : stay(state);
}

function onCable(devices: readonly DeviceSummary[]): readonly DeviceSummary[] {
  return devices.filter((d) => d.state !== "network-only");
}

/** The phone that can only be meant. */
function meantPhone({ devices, wanted, left }: ConnectState): DeviceSummary | undefined {
  const phones = wanted === undefined ? devices : phonesNamed(devices, wanted);
  const [only, ...more] = onCable(phones);
  return only && more.length === 0 && only.state !== "unreachable" && !left.includes(only.info.id) ? only : undefined;
}

function openDevice(state: ConnectState & Frame, byItself: boolean): Step {
  const device = state.devices[state.cursor];
  if (!device || state.opening) return stay(state as State);
  const { id, name } = device.info;
  const opening = { id, name: printable(name), read: 0, toRead: 0, byItself, sheet: false };
  return {
    state: { ...state, opening, problem: undefined, failed: undefined },
    effects: [{ type: "open", device }],
  };
}
