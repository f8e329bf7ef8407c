import { renderToString } from "ink";
import { expect, test } from "vitest";
import type { DeviceSummary } from "../../src/device/index.ts";
import type { Action, Effect } from "../../src/ui/actions.ts";
import { actionFor, bindings, helpLine, keyPresses } from "../../src/ui/keymap.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { Browse } from "../../src/ui/screens/Browse.tsx";
import { Connect } from "../../src/ui/screens/Connect.tsx";
import { chosenTotals, visibleItems, windowStart } from "../../src/ui/selectors.ts";
import { type BrowseState, initialState, type State, type UiItem } from "../../src/ui/state.ts";

const device: DeviceSummary = {
  info: {
    id: "u",
    platform: "ios",
    name: "Ann\u001b[31m's iPhone",
    model: "iPhone 14 Pro",
    productType: undefined,
    osVersion: "17.5",
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  },
  state: "needs-trust",
};

const item = (n: number, over: Partial<UiItem> = {}): UiItem => ({
  id: `id${n}`,
  name: `IMG_${String(n).padStart(4, "0")}.HEIC`,
  date: `2024-05-${String(1 + (n % 28)).padStart(2, "0")} 12:00`,
  kind: n % 3 === 0 ? "video" : "photo",
  bytes: 1_000_000 + n,
  files: 1,
  folder: n < 50 ? "100APPLE" : "101APPLE",
  details: [["Camera", n % 2 ? "Apple iPhone 14 Pro" : "Canon R6"]],
  ...over,
});
const items = Array.from({ length: 100 }, (_, i) => item(i));

function play(actions: readonly Action[], start: State = initialState): { state: State; effects: Effect[] } {
  let state = start;
  const effects: Effect[] = [];
  for (const action of actions) {
    const step = reduce(state, action);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const opened = play([
  { type: "devices", devices: [device] },
  { type: "enter" },
  { type: "opened", phone: "Ann's iPhone", items, destination: "/home/ann/Pictures" },
]).state as BrowseState & State;

test("connect, trust, open: the phone's name is safe to show and opening is an effect", () => {
  const { state, effects } = play([
    { type: "devices", devices: [device] },
    { type: "enter" },
    { type: "trust", state: "waiting-for-trust" },
  ]);
  expect(effects).toEqual([{ type: "open", device }]);
  expect(state).toMatchObject({ screen: "connect", opening: { name: "Ann[31m's iPhone", trust: "waiting-for-trust" } });
  expect(
    renderToString(<Connect state={state as never} size={{ columns: 80, rows: 23 }} />, { columns: 80 }),
  ).toContain("tap Trust");
  expect(play([{ type: "back" }], state).effects).toEqual([{ type: "close" }]);
});

test("choosing: toggle moves on, all takes what is shown, invert turns it round, none drops it", () => {
  const some = play([{ type: "toggle" }, { type: "toggle" }], opened).state as BrowseState;
  expect([some.chosen, some.cursor]).toEqual([["id0", "id1"], 2]);
  expect(chosenTotals(some)).toEqual({ items: 2, files: 2, bytes: 2_000_001 });
  const filtered = play(
    [{ type: "filter" }, { type: "text", text: "canon" }, { type: "enter" }, { type: "chooseAll" }],
    opened,
  ).state as BrowseState;
  expect(filtered.chosen).toHaveLength(50);
  expect((play([{ type: "invert" }], filtered as never).state as BrowseState).chosen).toHaveLength(0);
  expect((play([{ type: "chooseNone" }], filtered as never).state as BrowseState).chosen).toEqual([]);
});

test("groups and filter narrow what is shown", () => {
  expect(opened.groups.map((g) => [g.label, g.count])).toEqual([
    ["All", 100],
    ["Photo", 66],
    ["Video", 34],
    ["100APPLE", 50],
    ["101APPLE", 50],
  ]);
  const videos = play(
    [
      { type: "focus", on: "groups" },
      { type: "move", by: 2 },
    ],
    opened,
  ).state as BrowseState;
  expect(visibleItems(videos)).toHaveLength(34);
  const found = play([{ type: "filter" }, { type: "text", text: "img_0007" }], opened).state as BrowseState;
  expect(visibleItems(found).map((i) => i.name)).toEqual(["IMG_0007.HEIC"]);
});

test("Esc always goes one step back; an export starts with what is chosen", () => {
  const sheet = play([{ type: "toggle" }, { type: "export" }], opened).state;
  expect(sheet).toMatchObject({ screen: "export", destination: "/home/ann/Pictures" });
  expect(play([{ type: "back" }], sheet).state.screen).toBe("browse");
  const started = play([{ type: "text", text: "/new" }, { type: "enter" }], sheet);
  expect(started.effects).toEqual([{ type: "startExport", destination: "/home/ann/Pictures/new", ids: ["id0"] }]);
  expect(play([{ type: "back" }], started.state).effects).toEqual([{ type: "cancelExport" }]);
  const failed = play([{ type: "exportFailed", message: "no room" }], started.state).state;
  expect(failed).toMatchObject({ screen: "export", error: "no room" });
  const done = play([{ type: "finished", lines: ["done"] }], started.state).state;
  expect(play([{ type: "back" }], done).state).toMatchObject({
    screen: "browse",
    chosen: [],
    lastDestination: "/home/ann/Pictures/new",
  });
  expect(play([{ type: "back" }, { type: "back" }], opened).state.screen).toBe("connect");
  for (const state of [opened, sheet, started.state, done])
    expect(actionFor(state, { input: "", escape: true }), state.screen).toEqual({ type: "back" });
});

test("every key has one meaning on its screen, and text goes where text is written", () => {
  for (const state of [initialState, opened, { ...opened, help: true }] as State[]) {
    const keys = bindings(state).flatMap((b) => b.keys.split(" "));
    expect(new Set(keys).size).toBe(keys.length);
  }
  expect(actionFor(opened, { input: "q" })).toEqual({ type: "quit" });
  const filtering = play([{ type: "filter" }], opened).state;
  expect(actionFor(filtering, { input: "q" })).toEqual({ type: "text", text: "q" });
  expect(actionFor(filtering, { input: "\u001b[31mx" })).toEqual({ type: "text", text: "[31mx" });
  expect(actionFor(filtering, { input: "c", ctrl: true })).toEqual({ type: "quit" });
  expect(helpLine(opened)).toContain("Space choose");
});

test("keys typed in a hurry are one press each", () => {
  let state: State = opened;
  for (const press of keyPresses(state, { input: "  j " })) {
    const action = actionFor(state, press);
    if (action) state = reduce(state, action).state;
  }
  expect((state as BrowseState).chosen).toEqual(["id0", "id1", "id3"]);
});

test("text pasted with its Enter is text and Enter", () => {
  const sheet = play([{ type: "export" }], opened).state;
  expect(keyPresses(sheet, { input: "/disk\r" }).map((k) => actionFor(sheet, k))).toEqual([
    { type: "text", text: "/disk" },
    { type: "enter" },
  ]);
});

test.each([
  [140, 39],
  [80, 23],
  [60, 23],
  [40, 15],
])("the browse frame fits %i x %i and draws only what is visible", (columns, rows) => {
  const frame = renderToString(<Browse state={{ ...opened, cursor: 70 }} size={{ columns, rows }} />, { columns });
  const lines = frame.split("\n");
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect(line.replace(/\x1b\[[0-9;]*m/g, "").length).toBeLessThanOrEqual(columns);
  expect(frame).toContain("2024-05-15");
  expect(frame.match(/\[ \]/g)!.length).toBeLessThanOrEqual(rows);
});

test("the window keeps the cursor in sight", () => {
  for (const [cursor, count, height] of [
    [0, 5, 10],
    [99, 100, 10],
    [50, 100, 10],
    [3, 100, 10],
  ] as const) {
    const start = windowStart(cursor, count, height);
    expect(start).toBeGreaterThanOrEqual(0);
    expect(cursor).toBeGreaterThanOrEqual(start);
    expect(cursor).toBeLessThan(start + height);
  }
});
