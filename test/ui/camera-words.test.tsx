/** What the screens say of a camera. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import type { DeviceSummary } from "../../src/device/index.ts";
import type { Action } from "../../src/ui/actions.ts";
import { bindings } from "../../src/ui/keymap.ts";
import { Browse } from "../../src/ui/screens/Browse.tsx";
import { Connect } from "../../src/ui/screens/Connect.tsx";
import { Export } from "../../src/ui/screens/Export.tsx";
import { Progress } from "../../src/ui/screens/Progress.tsx";
import { initialState, type State } from "../../src/ui/state.ts";
import { device, openedPhone, pictures, play } from "../helpers/ui.ts";

const camera: DeviceSummary = {
  info: { ...device.info, platform: "camera", noun: "camera", system: undefined, name: "EOS R", model: "Canon EOS R" },
  state: "no-card",
  route: "mtp",
};

const ofCamera = (partial: boolean): Action => {
  const { opened } = openedPhone(undefined, partial) as Extract<Action, { type: "opened" }>;
  return { type: "opened", opened: { ...opened, phone: "EOS R", noun: "camera", parts: [] } };
};

function frame(state: State): string {
  const wide = { columns: 110 };
  switch (state.screen) {
    case "connect":
      return renderToString(<Connect state={state} />, wide);
    case "browse":
      return renderToString(<Browse state={state} pictures={pictures} />, wide);
    case "export":
      return renderToString(<Export state={state} />, wide);
    case "progress":
      return renderToString(<Progress state={state} />, wide);
    default:
      return "";
  }
}

const seen: Action = { type: "devices", devices: [camera] };
const gone: Action = { type: "devices", devices: [] };
const histories: Readonly<Record<string, readonly Action[]>> = {
  "seen without a card": [seen],
  "being opened": [seen, { type: "trust", state: "no-card" }],
  "its first files": [seen, ofCamera(true)],
  "its first files, and the sheet asked for": [seen, ofCamera(true), { type: "export" }],
  "all of it": [seen, ofCamera(false)],
  "chosen, and going back": [seen, ofCamera(false), { type: "toggle" }, { type: "back" }],
  unplugged: [seen, ofCamera(false), gone],
  "unplugged, and an export asked for": [seen, ofCamera(false), gone, { type: "export" }],
  "the sheet": [seen, ofCamera(false), { type: "export" }],
  "the sheet, unplugged": [seen, ofCamera(false), { type: "export" }, gone],
  "the sheet, unplugged, and Enter": [seen, ofCamera(false), { type: "export" }, gone, { type: "enter" }],
  "an export": [seen, ofCamera(false), { type: "export" }, { type: "enter" }],
  "an export, unplugged": [seen, ofCamera(false), { type: "export" }, { type: "enter" }, gone],
};

test.each(Object.entries(histories))("a camera on the screen, %s: no phone", (_, actions) => {
  const { state } = play(actions, initialState);
  const keys = bindings(state).map(({ does }) => does);
  expect([...frame(state).split("\n"), ...keys].filter((line) => /\bphones?\b/i.test(line))).toEqual([]);
});

test("unplugged it is called what it is", () => {
  expect(frame(play(histories["unplugged"] as Action[], initialState).state)).toContain("The camera is unplugged.");
  expect(bindings(play(histories["all of it"] as Action[], initialState).state).map(({ does }) => does)).toContain(
    "leave this camera",
  );
});
