/** The UI without a terminal: the reducer as a function, frames as text at several sizes. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import { defaultSettings } from "../../src/app/export-choices.ts";
import { dayWords, monthWords, shortDay, takenWords } from "../../src/present/dates.ts";
import { formatBytes, formatCount, localeOf, setLocale } from "../../src/shared/text.ts";
import type { Action } from "../../src/ui/actions.ts";
import { totalsOf } from "../../src/ui/chosen.ts";
import { commandLine, turn } from "../../src/ui/export-settings.ts";
import { groupsOf, moveGroup } from "../../src/ui/groups.ts";
import { badges, fromFiles, type UiItem } from "../../src/ui/items.ts";
import { actionFor, bindings, helpLine, keyPresses } from "../../src/ui/keymap.ts";
import { layoutOf, moveRows, rowsOf, visibleRows } from "../../src/ui/layout.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { Browse } from "../../src/ui/screens/Browse.tsx";
import { Connect } from "../../src/ui/screens/Connect.tsx";
import { Export } from "../../src/ui/screens/Export.tsx";
import { Progress } from "../../src/ui/screens/Progress.tsx";
import { exampleNames, exportIds, visibleItems, wantedPictures, windowStart } from "../../src/ui/selectors.ts";
import {
  type BrowseState,
  type ExportState,
  initialState,
  type ProgressState,
  type State,
} from "../../src/ui/state.ts";
import { device, ids, items, opened, openedPhone, pictures, play, settings } from "../helpers/ui.ts";

test("connect, trust, open: the phone's name is safe to show and opening is an effect", () => {
  const { state, effects } = play([
    { type: "devices", devices: [device] },
    { type: "enter" },
    { type: "trust", state: "waiting-for-trust" },
  ]);
  expect(effects).toEqual([{ type: "open", device }]);
  expect(state).toMatchObject({ screen: "connect", opening: { name: "Ann[31m's iPhone", trust: "waiting-for-trust" } });
  expect(renderToString(<Connect state={state as never} />, { columns: 80 })).toContain("tap Trust");
  expect(play([{ type: "back" }], state).effects).toEqual([{ type: "close" }]);
  expect(play([{ type: "back" }, openedPhone()], state).state.screen).toBe("connect");
  expect(play([{ type: "demo" }, { type: "demo" }]).effects).toEqual([{ type: "demo" }]);
  // What was done on this computer without being asked for is said.
  const told = play([
    { type: "notice", text: "adb's server was started." },
    { type: "devices", devices: [device] },
  ]).state;
  expect(renderToString(<Connect state={told as never} />, { columns: 80 })).toContain("adb's server was started.");
});

test("choosing: toggle moves on, ranges, days, all, invert, none", () => {
  const some = play([{ type: "toggle" }, { type: "toggle" }], opened).state as BrowseState;
  expect([ids(some as never), some.cursor]).toEqual([["id0", "id1"], 2]);
  expect(totalsOf(some.chosen)).toEqual({ items: 2, files: 2, bytes: 2_000_001 });
  const range = play([{ type: "toggle" }, { type: "move", by: 4 }, { type: "range" }], opened).state;
  expect(ids(range)).toEqual(["id0", "id1", "id2", "id3", "id4", "id5"]);
  expect(ids(play([{ type: "move", by: 3 }, { type: "chooseDay" }], opened).state)).toEqual(["id2", "id3"]);
  const filtered = play(
    [{ type: "filter" }, { type: "text", text: "canon" }, { type: "enter" }, { type: "chooseAll" }],
    opened,
  ).state;
  expect(ids(filtered)).toHaveLength(50);
  expect(totalsOf((filtered as BrowseState).chosen)).toMatchObject({ items: 50, files: 50 });
  const others = play([{ type: "back" }, { type: "invert" }], filtered).state as BrowseState;
  const added = others.items.filter((i) => others.chosen.has(i.id));
  const sum = (of: (i: UiItem) => number): number => added.reduce((all, i) => all + of(i), 0);
  expect(totalsOf(others.chosen)).toEqual({ items: 50, files: sum((i) => i.files), bytes: sum((i) => i.bytes) });
  expect(ids(play([{ type: "invert" }], filtered).state)).toHaveLength(0);
  expect(ids(play([{ type: "chooseNone" }], filtered).state)).toEqual([]);
});

test("groups, filter and what is not exported yet narrow what is shown", () => {
  expect(opened.groups.slice(0, 6).map((g) => [g.label, g.count])).toEqual([
    ["All", 100],
    ["Latest 30 days", 58],
    ["Videos", 34],
    ["Live", 10],
    ["Edited", 11],
    ["Only in iCloud", 1],
  ]);
  const videos = play([{ type: "swapFocus" }, { type: "move", by: 2 }], opened).state as BrowseState;
  expect(visibleItems(videos)).toHaveLength(34);
  const found = play([{ type: "filter" }, { type: "text", text: "img_0007" }], opened).state as BrowseState;
  expect(visibleItems(found).map((i) => i.name)).toEqual(["IMG_0007.HEIC"]);
  const fresh = play(
    [{ type: "destination", exported: new Set(["id0", "id5"]), freeBytes: 5 }, { type: "onlyNew" }],
    opened,
  ).state as BrowseState;
  expect(visibleItems(fresh)).toHaveLength(98);
  expect(badges(items[7]!, true)).toBe("✓ exported in iCloud only");
});

test("albums lie in their folders; headings are passed over", async () => {
  const album = (key: string, title: string, folders: string[]) => ({ key, title, folders, path: "" });
  const list = items.map((item, i) =>
    i < 3 ? { ...item, albums: [album("a", "Lisbon", ["Trips", "Sea"]), album("b", "Oslo", ["Trips"])] } : item,
  );
  const groups = await groupsOf(list);
  const labels = groups.map((g) => `${"  ".repeat(g.depth)}${g.label} ${g.match ? g.count : ""}`.trimEnd());
  expect(labels.slice(labels.indexOf("Albums"))).toEqual([
    "Albums",
    "  Trips",
    "    Oslo 3",
    "    Sea",
    "      Lisbon 3",
    "Folders",
    "  100APPLE 50",
    "  101APPLE 50",
  ]);
  const at = groups.findIndex((g) => g.label === "Only in iCloud");
  expect(groups[moveGroup(groups, at, 1)]!.label).toBe("Oslo");
  expect(groups[moveGroup(groups, at, 2)]!.label).toBe("Lisbon");
  expect(groups[moveGroup(groups, at, 99)]!.label).toBe("101APPLE");
});

test("the first files can be looked at and chosen before the library is read: both stay with their photos", () => {
  const files = items.map((i) => i.photo!.parts[0].item);
  const first = fromFiles(files.slice(0, 20));
  const early = play([{ type: "devices", devices: [device] }, { type: "enter" }, openedPhone(first, true)]);
  expect(early.effects.map((e) => e.type)).toEqual(["open"]);
  const path = visibleItems(early.state as BrowseState)[4]!.path;
  const chosen = play([{ type: "move", by: 4 }, { type: "toggle" }, { type: "export" }], early.state).state;
  expect(chosen.screen).toBe("browse"); // not yet: what the files are is still being read
  expect((chosen as BrowseState).note).toBe("sheet-later");
  // Progress is no key: what was asked for is still wanted when the library is read.
  const asked = play([{ type: "reading", read: 1, toRead: 2 }, openedPhone()], chosen);
  expect(asked.effects.map((e) => e.type)).toEqual(["inspectDestination", "findPlaces", "findCommand"]);
  expect(asked.state).toMatchObject({ screen: "export" });
  const { state, effects } = play([{ type: "move", by: 1 }, openedPhone()], chosen);
  expect(effects).toEqual([{ type: "inspectDestination", destination: "/home/ann/Pictures" }]);
  const whole = state as BrowseState;
  expect(whole.items.filter((i) => whole.chosen.has(i.id)).map((i) => i.path)).toEqual([path]);
});

test("Esc always goes one step back; an export starts with what is chosen and how it was asked for", () => {
  const sheet = play([{ type: "toggle" }, { type: "export" }], opened);
  expect(sheet.state).toMatchObject({ screen: "export", settings });
  expect(sheet.effects).toEqual([
    { type: "findPlaces", destination: "/home/ann/Pictures" },
    { type: "findCommand", browse: (sheet.state as ExportState).browse },
  ]);
  const asked = play(
    [
      { type: "edit", edit: "end" },
      { type: "text", text: "/new" },
      { type: "move", by: 2 },
      { type: "move", by: 1, axis: "across" },
    ],
    sheet.state,
  ).state;
  const back = play([{ type: "back" }], asked).state as BrowseState;
  expect(back).toMatchObject({
    screen: "browse",
    settings: { destination: "/home/ann/Pictures/new", edits: "original" },
  });
  const started = play([{ type: "enter" }], asked);
  expect(started.effects).toEqual([
    {
      type: "startExport",
      settings: { ...settings, destination: "/home/ann/Pictures/new", edits: "original" },
      ids: ["id0"],
    },
  ]);
  expect(play([{ type: "pause" }], started.state).effects).toEqual([{ type: "pauseExport", paused: true }]);
  const failed = play([{ type: "exportFailed", message: "no room" }], started.state).state;
  expect(failed).toMatchObject({ screen: "export", error: "no room" });
  const done = play([{ type: "finished", lines: ["done"] }], started.state).state;
  expect(play([{ type: "openFolder" }], done).effects).toEqual([
    { type: "openFolder", path: "/home/ann/Pictures/new" },
  ]);
  expect(ids(play([{ type: "back" }], done).state)).toEqual([]);
  expect(play([{ type: "large" }, { type: "back" }], opened).state).toMatchObject({ screen: "browse", large: false });
  expect(play([{ type: "back" }], opened).state.screen).toBe("connect");
  for (const state of [opened, sheet.state, started.state, done])
    expect(actionFor(state, { input: "", escape: true }), state.screen).toEqual({ type: "back" });
});

test("the sheet: a path is completed, choices go round, names are shown, the command says the same", () => {
  const asked = play([{ type: "export" }], opened).state as ExportState & State;
  const all = { here: [], elsewhere: [] };
  const sheet = play([{ type: "choosing", of: asked.browse, choosing: all }], asked).state as ExportState & State;
  const { state } = play(
    [
      { type: "places", places: [{ path: "/home/ann/Pictures/2024/", note: "" }], freeBytes: 9e9 },
      { type: "complete" },
    ],
    sheet,
  );
  expect((state as ExportState).settings.destination).toBe("/home/ann/Pictures/2024/");
  expect(exampleNames(sheet)).toEqual(["2024/05/IMG_0000.HEIC", "2024/05/IMG_0001.HEIC", "2024/05/IMG_0002.HEIC"]);
  let turned = settings as ExportState["settings"];
  for (let i = 0; i < 4; i += 1) turned = turn(turned, "edits", 1);
  expect(turned).toEqual(settings);
  expect(
    commandLine({
      ...settings,
      destination: "/a b",
      edits: "all",
      sidecar: "xmp",
      template: "{album|No album}/{name}",
    }),
  ).toBe("offroll export --to '/a b' --template '{album|No album}/{name}' --edits all --sidecar xmp");
  for (const [columns, rows] of [
    [140, 39],
    [80, 23],
    [60, 19],
  ] as const) {
    const frame = renderToString(<Export state={{ ...sheet, size: { columns, rows } }} />, { columns });
    for (const word of ["Where to", "Names", "Live Photos", "offroll export --to"]) expect(frame).toContain(word);
    for (const line of frame.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

test("progress tells what is kept, and how many failed", () => {
  const start = play([{ type: "export" }, { type: "enter" }], opened).state;
  const failures = Array.from({ length: 9 }, (_, i): Action => ({ type: "failure", line: `f${i}` }));
  const { state } = play([...failures, { type: "stop" }, { type: "stop" }], start);
  const frame = renderToString(<Progress state={state as ProgressState & State} />, { columns: 80 });
  expect(frame).toContain("9 files could not be copied");
  expect(frame).toContain("copied stay");
});

test("photos are looked at while an export goes on; it is never stopped by a key that was meant for something else", () => {
  const start = play([{ type: "toggle" }, { type: "export" }, { type: "enter" }], opened).state;
  const progress: Action = {
    type: "progress",
    done: { items: 3, bytes: 250_000 },
    toCopy: { items: 9, bytes: 1_000_000 },
    bytesPerSecond: 250_000,
    active: ["a"],
  };
  const looking = play([{ type: "meanwhile" }, progress, { type: "move", by: 2 }], start);
  const { state } = looking;
  expect([looking.effects, ids(state)]).toEqual([[], []]);
  const words = renderToString(<Browse state={state as never} pictures={pictures} />, { columns: 100 });
  expect(words).toContain("Copying, 25 %: 3 of 9 files, 250 kB of 1.0 MB, 250 kB/s, 3 s left. Enter shows it.");
  const waiting: Action = {
    type: "waiting",
    message: "The phone is away.",
    remedy: "Plug it in.",
    remainingSeconds: 9,
  };
  const away = renderToString(<Browse state={play([waiting], state).state as never} pictures={pictures} />, {
    columns: 100,
  });
  expect(away).toContain("The phone is away. Plug it in.");
  const once = play([{ type: "leave" }], state);
  expect([once.effects, (once.state as BrowseState).note]).toEqual([[], "leaving"]);
  expect(play([progress, { type: "leave" }], once.state).effects).toEqual([{ type: "quit" }]);
  expect(play([{ type: "move", by: 1 }, { type: "leave" }], once.state).effects).toEqual([]);
  expect(play([{ type: "back" }], state)).toMatchObject({ state: { screen: "progress" }, effects: [] });
  expect(play([{ type: "enter" }], state).state).toMatchObject({ screen: "progress", browse: { cursor: 3 } });
  const ended = play([{ type: "toggle" }, { type: "finished", lines: ["", "All is here."] }], state);
  expect(ended.effects).toEqual([{ type: "inspectDestination", destination: "/home/ann/Pictures" }]);
  expect(ended.state).toMatchObject({ screen: "browse" });
  expect(ids(ended.state)).toEqual(["id3"]);
  expect(renderToString(<Browse state={ended.state as never} pictures={pictures} />, { columns: 100 })).toContain(
    "The export has ended: All is here.",
  );
  const shown = play([{ type: "export" }], ended.state).state;
  expect(shown).toMatchObject({ screen: "summary", lines: ["", "All is here."] });
  expect(play([{ type: "back" }, { type: "export" }], shown).state).toMatchObject({ screen: "export" });
  expect(play([{ type: "leave" }], ended.state).effects).toEqual([{ type: "quit" }]);
  expect(play([{ type: "exportFailed", message: "no room" }], state).state).toMatchObject({
    screen: "browse",
    run: { outcome: ["✗ no room"] },
  });
});

test("names can be written by hand: what is wrong with them is said at once, and nothing starts with it", () => {
  const sheet = play([{ type: "export" }, { type: "move", by: 1 }], opened).state;
  const typed = play(
    [
      { type: "text", text: "-{day}" },
      { type: "edit", edit: "erase" },
    ],
    sheet,
  ).state as ExportState & State;
  expect(typed.settings.template).toBe(`${settings.template}-{day`);
  const frame = renderToString(<Export state={typed} />, { columns: 100 });
  expect(frame).toMatch(/✗ .*brace without its partner/);
  const refused = play([{ type: "enter" }], typed);
  expect(refused.effects).toEqual([]);
  expect(refused.state).toMatchObject({ screen: "export", field: 1, error: expect.stringMatching(/./) });
  const right = play([{ type: "text", text: "}" }], refused.state).state as ExportState & State;
  expect(right.error).toBeUndefined();
  expect(exampleNames(right)[0]).toMatch(/^2024\/05\/IMG_0000-\d\d\.HEIC$/);
  // Choices go on from what was written.
  expect((play([{ type: "move", by: 1, axis: "across" }], right).state as ExportState).settings.template).toBe(
    defaultSettings.template,
  );
});

test("an Android phone's sheet asks about Motion Photos instead of edits and Live Photos", () => {
  const phone = { ...(openedPhone() as { opened: object }).opened, parts: ["motion"] } as never;
  const sheet = play([{ type: "devices", devices: [device] }, { type: "opened", opened: phone }, { type: "export" }])
    .state as ExportState & State;
  const android = play(
    [
      { type: "choosing", of: sheet.browse, choosing: { here: [], elsewhere: [] } },
      { type: "move", by: 2 },
      { type: "move", by: 1, axis: "across" },
    ],
    sheet,
  ).state as ExportState & State;
  expect(android.settings.motion).toBe("extract");
  const frame = renderToString(<Export state={android} />, { columns: 100 });
  expect(frame).toContain("Motion Photos");
  expect(frame.replaceAll(/\s+/g, " ")).toContain("--motion extract");
  expect(frame).not.toMatch(/Live Photos|Edited/);
});

test("numbers and dates are written as the person's environment asks for", () => {
  expect(localeOf({ LANG: "de_DE.UTF-8" })).toBe("de-DE");
  expect(localeOf({ LC_ALL: "fr_CA@euro", LANG: "de_DE" })).toBe("fr-CA");
  for (const env of [{}, { LANG: "C" }, { LANG: "C.UTF-8" }, { LC_ALL: "POSIX" }, { LANG: "no such thing" }])
    expect(localeOf(env)).toBe("en-US");
  const captured = { local: "2024-05-01T14:34:56", offsetMinutes: 120, zone: "inferred", source: "exif" } as const;
  expect(takenWords(captured)).toMatch(/^May 1, 2024, 2:34:56\sPM \+02:00 \(zone inferred\), from exif$/);
  setLocale("de-DE");
  try {
    expect([formatBytes(1_234_567), formatCount(12_345), dayWords("2024-05-01"), monthWords("2024-05-01")]).toEqual([
      "1,2 MB",
      "12.345",
      "Wednesday, 1. May",
      "May 2024",
    ]);
    expect(takenWords(captured)).toBe("01.05.2024, 14:34:56 +02:00 (zone inferred), from exif");
    // Order, separators and hours are the locale's; words are English, digits Latin, and nothing turns the line round.
    setLocale("ar-EG");
    expect([formatBytes(1_234_567), formatCount(12_345), dayWords("2024-05-01"), takenWords(captured)]).toEqual([
      "1.2 MB",
      "12,345",
      "Wednesday, 1 May",
      "01/05/2024, 2:34:56 PM +02:00 (zone inferred), from exif",
    ]);
    setLocale("ja-JP");
    expect([dayWords("2024-05-01"), shortDay("2024-05-01"), monthWords("2024-05-01")]).toEqual([
      "May 1 Wednesday",
      "May 1",
      "2024 May",
    ]);
    setLocale("zh-CN");
    expect(takenWords(captured)).toContain("2024 May 1 14:34:56");
    setLocale("th-TH");
    expect(monthWords("2024-05-01")).toBe("May 2024");
  } finally {
    setLocale("en-US");
  }
});

test("every key has one meaning on its screen, and text goes where text is written", () => {
  const sheet = play([{ type: "export" }], opened).state;
  const running = play([{ type: "enter" }], sheet).state;
  for (const state of [initialState, opened, { ...opened, help: true }, sheet, running] as State[]) {
    const keys = bindings(state).flatMap((b) => b.keys.split(" "));
    expect(new Set(keys).size).toBe(keys.length);
  }
  expect(actionFor(opened, { input: "q" })).toEqual({ type: "leave" });
  expect(play([{ type: "leave" }], opened).effects).toEqual([{ type: "quit" }]);
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
  expect(ids(state)).toEqual(["id0", "id1", "id3"]);
});

test("Tab and Enter among keys typed in a hurry are what they are alone", () => {
  let state: State = opened;
  const effects: string[] = [];
  for (const press of keyPresses(state, { input: "\tjj\t \re" })) {
    const action = actionFor(state, press);
    if (!action) continue;
    const step = reduce(state, action);
    state = step.state;
    effects.push(...step.effects.map((e) => e.type));
  }
  // The third group, its first photo, and on to the sheet, where the last key is text.
  expect(state).toMatchObject({
    screen: "export",
    browse: { group: 2 },
    settings: { destination: "e" },
  });
  expect(exportIds((state as ExportState).browse)).toEqual(["id0"]);
});

test("text pasted with its Enter is text and Enter", () => {
  const sheet = play([{ type: "export" }], opened).state;
  expect(keyPresses(sheet, { input: "/disk\r" }).map((k) => actionFor(sheet, k))).toEqual([
    { type: "text", text: "/disk" },
    { type: "enter" },
  ]);
});

test.each([
  [140, 39, "grid"],
  [140, 39, "list"],
  [80, 23, "grid"],
  [80, 23, "list"],
  [60, 23, "list"],
  [40, 15, "list"],
  [40, 15, "grid"],
  [250, 70, "grid"],
] as const)("the browse frame fits %i x %i as a %s and draws only what is visible", (columns, rows, view) => {
  const state = { ...opened, cursor: 70, view, size: { columns, rows } };
  const frame = renderToString(<Browse state={state} pictures={pictures} />, { columns });
  const lines = frame.split("\n");
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect(line.replace(/\x1b\[[0-9;]*m/g, "").length).toBeLessThanOrEqual(columns);
  expect(frame).toContain("IMG_0070");
  const { perRow, height, cell } = layoutOf(state.size, view);
  const most = view === "grid" ? perRow * Math.ceil(height / cell.rows) : rows;
  expect(frame.match(/\[ \]/g)!.length).toBeLessThanOrEqual(most);
  const wanted = wantedPictures(state);
  expect(wanted.length).toBeLessThanOrEqual(most + 1);
  if (view === "grid") expect(wanted[0]!.item.id).toBe("id70");
});

test("in a grid up and down keep the column, and days begin a new row", () => {
  // Two photos a day.
  const rows = rowsOf(items, 2);
  expect(rows.rows.slice(0, 4).map((r) => r.type)).toEqual(["day", "items", "day", "items"]);
  expect(moveRows(items, 2, 1, 1)).toBe(3);
  expect(moveRows(items, 2, 3, -1)).toBe(1);
  expect(moveRows(items, 2, 0, -1)).toBe(0);
  expect(moveRows(items, 1, 98, 5)).toBe(99);
  for (const height of [1, 7, 20, 50]) {
    const shown = visibleRows(rows, 50, height, 8);
    expect(shown).toContain(rows.rows[rows.rowOf(50)]);
    const used = shown.reduce((sum, r) => sum + (r.type === "day" ? 1 : 8), 0);
    expect(used).toBeLessThanOrEqual(Math.max(8, height));
  }
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
