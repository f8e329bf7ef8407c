/** Whatever is pressed and whatever happens meanwhile: no key breaks the UI, and every screen fits its terminal. */
import fc from "fast-check";
import { renderToString } from "ink";
import { expect, test } from "vitest";
import type { Message } from "../../src/phone-data/index.ts";
import { displayWidth } from "../../src/shared/text.ts";
import type { Action, World } from "../../src/ui/actions.ts";
import type { DataTold } from "../../src/ui/data-state.ts";
import { fromFiles } from "../../src/ui/items.ts";
import { actionFor, helpLine, keyPresses } from "../../src/ui/keymap.ts";
import type { KeyPress } from "../../src/ui/keys.ts";
import { lineOf } from "../../src/ui/line-edit.ts";
import { type MouseReport, mouseAction } from "../../src/ui/mouse.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { Browse } from "../../src/ui/screens/Browse.tsx";
import { Connect } from "../../src/ui/screens/Connect.tsx";
import { Data } from "../../src/ui/screens/Data.tsx";
import { DataExport } from "../../src/ui/screens/DataExport.tsx";
import { Export } from "../../src/ui/screens/Export.tsx";
import { PhonePage } from "../../src/ui/screens/PhonePage.tsx";
import { Progress } from "../../src/ui/screens/Progress.tsx";
import { Summary } from "../../src/ui/screens/Summary.tsx";
import { visibleItems, wantedPictures } from "../../src/ui/selectors.ts";
import { initialState, type State } from "../../src/ui/state.ts";
import { device, items, openedPhone, pictures } from "../helpers/ui.ts";

const named: KeyPress[] = [
  ..."upArrow downArrow leftArrow rightArrow pageUp pageDown home end return escape backspace delete tab"
    .split(" ")
    .map((name): KeyPress => ({ input: "", [name]: true })),
  ..."aekuwhdbf".split("").map((input): KeyPress => ({ input, ctrl: true })),
];
const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...named) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(..."jkhlgGxdaniu/vpe?qsbom ".split("").map((input): KeyPress => ({ input }))),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 5 }).map((input): KeyPress => ({ input })) },
);
const report = fc.record({
  button: fc.constantFrom(0, 2, 64, 65),
  column: fc.nat(140),
  row: fc.nat(45),
  pressed: fc.boolean(),
});
const phones = [[], [device], [device, { ...device, info: { ...device.info, id: "v" } }]];
const words = { message: "It did not work, for a reason that takes a line and more to tell.", remedy: "Try again." };
const message = (n: number): Message => ({
  ...{
    id: `m${n}`,
    at: `2024-01-${10 + (n % 9)}T12:00:00Z`,
    fromMe: n % 2 === 0,
    text: `w\u001b[31mörter 写真 ${"x".repeat(n * 9)}`,
  },
  ...{ attachments: [], reactions: [{ kind: "loved", part: 0, fromMe: true }], edits: [], unsent: [] },
});
const entries = Array.from({ length: 30 }, (_, n) => ({
  id: `c${n}`,
  title: `Ann 写真 ${n}`,
  count: n,
  detail: "iMessage",
}));
const messagesOf = (from: number): Message[] => Array.from({ length: 20 }, (_, n) => message(from + n));
const view = { kind: "messages", id: "c1", title: "Ann", group: true, hasOlder: true } as const;
const dataTold: DataTold[] = [
  {
    what: "backup",
    folder: { to: "/home/ann/data", isGone: true },
    backup: { folder: "/b", age: "3 days ago", isEncrypted: true, unfinished: undefined, known: 2 },
  },
  { what: "folder", summary: { kind: "messages", count: 30, newestAt: "2024-01-18T12:00:00Z", problems: [] } },
  { what: "folder", summary: { kind: "calls", absent: "only in encrypted backups", problems: ["a page is damaged"] } },
  { what: "list", kind: "messages", skip: 0, list: { entries, hasMore: true, words: "" } },
  { what: "list", kind: "messages", skip: 30, list: { entries: [], hasMore: false, words: "" } },
  { what: "list", kind: "notes", skip: 0, list: { entries: [], hasMore: false, total: 0, words: "ann" } },
  { what: "view", to: "preview", view: { ...view, windows: [{ skip: 0, rows: 20, messages: messagesOf(0) }] } },
  {
    what: "view",
    to: "open",
    view: { ...view, windows: [{ skip: 20, rows: 20, messages: messagesOf(20) }], mark: "m25" },
  },
  {
    what: "window",
    id: "c1",
    where: "older",
    window: { skip: 40, rows: 20, messages: messagesOf(40) },
    hasOlder: false,
  },
  { what: "window", id: "c1", where: "newer", window: { skip: 0, rows: 20, messages: messagesOf(60) }, hasOlder: true },
  { what: "working", words: "Unlocking the backup: 40 %" },
  { what: "waits", waits: { why: "locked", isWrong: true, line: lineOf("") } },
  {
    what: "waits",
    waits: {
      why: "problem",
      message: "No backup of it is known on this computer, alas.",
      steps: ["  offroll phone backup DIR"],
    },
  },
  { what: "exporting", words: "Messages: 3 of 9" },
  {
    what: "exported",
    lines: ["messages: 3 of 3 written", "  a long line that has to be broken somewhere, if the terminal is narrow"],
    root: "/d",
  },
  { what: "exportFailed", message: "The folder cannot be written." },
];
const world = fc.oneof(
  fc.constantFrom<World>(
    ...phones.map((devices) => ({ type: "devices", devices }) as const),
    { type: "problem", ...words },
    { type: "notice", text: "Your settings are not used." },
    { type: "trust", state: "waiting-for-trust" },
    { type: "reading", read: 5, toRead: 9 },
    openedPhone(fromFiles(items.slice(0, 20).map((i) => i.photo!.parts[0].item)), true) as World,
    openedPhone() as World,
    openedPhone() as World,
    { type: "openFailed", ...words },
    { type: "reconnected" },
    { type: "destination", exported: new Set(["id1", "id7"]), freeBytes: 10 },
    { type: "places", places: [{ path: "/mnt/disk/", note: "drive, 1 GB free" }], freeBytes: undefined },
    {
      type: "progress",
      done: { items: 1, bytes: 1 },
      toCopy: { items: 2, bytes: 2 },
      bytesPerSecond: 1,
      active: ["写真"],
    },
    { type: "failure", line: "a: b" },
    { type: "waiting", ...words, remainingSeconds: 3 },
    { type: "resumed" },
    { type: "making", what: "jpg", done: 1, total: 2 },
    { type: "exportFailed", message: "no", question: { about: "newDestination", answered: {} } },
    { type: "exportFailed", message: "no", question: { about: "breakLock", answered: { newDestination: true } } },
    { type: "finished", lines: ["", "All is here."] },
    {
      type: "described",
      lines: ["A phone: it is there", "", "✗ a line that takes more than the width of a narrow screen, and so on"],
    },
    { type: "finished", lines: ["", "All is here."], offer: true },
    { type: "autosaved", lines: ["From now on …"] },
    { type: "exportFailed", message: "no", question: { about: "takeOver", answered: {} } },
    ...dataTold.map((told) => ({ type: "data", told }) as const),
  ),
  fc
    .record({ columns: fc.integer({ min: 20, max: 140 }), rows: fc.integer({ min: 12, max: 45 }) })
    .map((size): World => ({ type: "resize", size })),
);
const happening = fc.oneof(
  { weight: 5, arbitrary: key.map((press) => ({ press })) },
  { weight: 2, arbitrary: world.map((action) => ({ action })) },
  { weight: 1, arbitrary: report.map((mouse) => ({ mouse })) },
);

function actionsOf(state: State, what: { press?: KeyPress; action?: Action; mouse?: MouseReport }): Action[] {
  if (what.action) return [what.action];
  const all = what.mouse
    ? [mouseAction(state, what.mouse)]
    : keyPresses(state, what.press as KeyPress).map((press) => actionFor(state, press));
  return all.filter((action) => action !== undefined);
}

function frameOf(state: State): string {
  const options = { columns: state.size.columns };
  switch (state.screen) {
    case "connect":
      return renderToString(<Connect state={state} />, options);
    case "browse":
      return renderToString(<Browse state={state} pictures={pictures} />, options);
    case "export":
      return renderToString(<Export state={state} />, options);
    case "progress":
      return renderToString(<Progress state={state} />, options);
    case "data":
      return renderToString(<Data state={state} />, options);
    case "dataExport":
      return renderToString(<DataExport state={state} />, options);
    case "phone":
      return renderToString(<PhonePage state={state} />, options);
    case "summary":
      return renderToString(<Summary state={state} />, options);
  }
}

function assertSound(state: State): void {
  expect(() => helpLine(state)).not.toThrow();
  if (state.screen === "browse") {
    const count = visibleItems(state).length;
    expect(state.cursor).toBeGreaterThanOrEqual(0);
    expect(state.cursor).toBeLessThan(Math.max(1, count));
    expect(state.groups[state.group]?.match).toBeDefined();
    expect(() => wantedPictures(state)).not.toThrow();
  }
  if (state.screen === "connect") expect(state.cursor).toBeLessThan(Math.max(1, state.devices.length));
}

test("no sequence of keys, clicks and events breaks the UI; frames fit", () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 5, maxLength: 60 }), (list) => {
      let state = initialState;
      const begin: Action[] = [{ type: "devices", devices: [device] }, openedPhone()];
      for (const action of begin) state = reduce(state, action).state;
      for (const what of list)
        for (const action of actionsOf(state, what)) {
          state = reduce(state, action).state;
          assertSound(state);
        }
      const frame = frameOf({ ...state, help: false });
      for (const line of frame.replaceAll(/\u001b\[[0-9;]*m/g, "").split("\n"))
        expect(displayWidth(line), line).toBeLessThanOrEqual(state.size.columns);
      if (["browse", "export", "data", "dataExport"].includes(state.screen))
        expect(frame.split("\n").length, frame).toBeLessThanOrEqual(state.size.rows);
    }),
    { numRuns: 150 },
  );
});
