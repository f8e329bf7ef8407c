/** Looking at photos: phones open by themselves, what is shown where, what a key means there. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import type { DeviceSummary } from "../../src/device/index.ts";
import { fromFiles, toUiItem, type UiItem } from "../../src/ui/items.ts";
import { actionFor, bindings, helpLine } from "../../src/ui/keymap.ts";
import { layoutOf, rowsOf } from "../../src/ui/layout.ts";
import { mouseAction } from "../../src/ui/mouse.ts";
import type { PictureStore } from "../../src/ui/pictures/picture-store.ts";
import { Browse } from "../../src/ui/screens/Browse.tsx";
import { Connect } from "../../src/ui/screens/Connect.tsx";
import { countInAll, largePicture, visibleItems } from "../../src/ui/selectors.ts";
import { type BrowseState, initialConnect, initialState, type State } from "../../src/ui/state.ts";
import { shortName, wrapWords } from "../../src/ui/wrap.ts";
import { device, ids, items, opened, openedPhone, photo, pictures, play } from "../helpers/ui.ts";

const other: DeviceSummary = { ...device, info: { ...device.info, id: "v", name: "Bob's Pixel" }, state: "ready" };
const wifi: DeviceSummary = { ...other, state: "network-only" };
const devices = (...list: DeviceSummary[]) => ({ type: "devices", devices: list }) as const;
const types = (effects: readonly { type: string }[]): string[] => effects.map((e) => e.type);
const plain = (frame: string): string => frame.replaceAll(/\u001b\[[0-9;]*m/g, "");
const browseFrame = (state: State, from: PictureStore = pictures): string =>
  plain(renderToString(<Browse state={state as never} pictures={from} />, { columns: state.size.columns }));
const sized = (columns: number, rows: number, state: BrowseState & State = opened) => ({
  ...state,
  size: { columns, rows },
});
/** No pictures and no colours. */
const none = {
  enabled: false,
  get: () => "none",
  version: () => 0,
  subscribe: () => () => {},
} as never as PictureStore;

test("one phone on the cable opens by itself; two are asked about; Wi-Fi is no cable", () => {
  expect(play([devices(device, wifi)]).effects).toEqual([{ type: "open", device }]);
  expect(play([devices(device, other)]).effects).toEqual([]);
  expect(play([devices(wifi)]).effects).toEqual([]);
  // What is known later of the same phone does not open it twice.
  expect(types(play([devices(device), devices({ ...device, state: "ready" })]).effects)).toEqual(["open"]);
  // A second one comes before the first is open: which is meant is asked.
  const second = play([devices(device), devices(device, other)]);
  expect(types(second.effects)).toEqual(["open", "close"]);
  expect(second.state).toMatchObject({ screen: "connect", opening: undefined });
  expect(types(play([{ type: "enter" }], second.state).effects)).toEqual(["open"]);
});

test("a phone that somebody went back from, or that could not be opened, is not opened again until it was away", () => {
  const back = play([devices(device), { type: "back" }, devices(device)]);
  expect(types(back.effects)).toEqual(["open", "close"]);
  expect(types(play([devices(), devices(device)], back.state).effects)).toEqual(["open"]);
  const left = play([{ type: "back" }, devices(device)], opened);
  expect(left.state.screen).toBe("connect");
  expect(types(left.effects)).toEqual(["close"]);
  const failed = play([devices(device), { type: "openFailed", message: "You said no.", remedy: "Say yes." }]);
  const again = play([devices(device)], failed.state);
  expect(again.effects).toEqual([]);
  const frame = renderToString(<Connect state={again.state as never} />, { columns: 80 });
  expect(frame).toContain("✗ You said no.");
  expect(frame).toContain("Say yes.");
  expect(types(play([{ type: "enter" }], again.state).effects)).toEqual(["open"]);
});

test("--device: the phone that is named opens, also beside others and by a part of its name; until it comes it is waited for", () => {
  const wanting: State = { ...initialConnect, wanted: "pixel" };
  expect(play([devices(device, other)], wanting).effects).toEqual([{ type: "open", device: other }]);
  const waiting = play([devices(device)], wanting);
  expect(waiting.effects).toEqual([]);
  expect(renderToString(<Connect state={waiting.state as never} />, { columns: 80 })).toContain(
    'Waiting for a phone called "pixel".',
  );
});

test("e pressed while a phone opens opens the sheet when it can be opened", () => {
  const early = play([devices(device), { type: "export" }]).state;
  expect(play([openedPhone()], early).state).toMatchObject({ screen: "export" });
  const first = fromFiles(items.slice(0, 20).map((i) => i.photo!.parts[0].item));
  expect(play([openedPhone(first, true)], early).state).toMatchObject({ screen: "browse", note: "sheet-later" });
});

test("all that was chosen before the dates were read takes in what is found later, and keeps what was dropped", () => {
  const first = fromFiles(items.slice(0, 20).map((i) => i.photo!.parts[0].item));
  const partial = play([devices(device), openedPhone(first, true)]).state;
  expect(ids(play([{ type: "chooseAll" }, openedPhone()], partial).state)).toHaveLength(100);
  const dropped = visibleItems(partial as BrowseState)[2]!.path;
  const but = play([{ type: "chooseAll" }, { type: "move", by: 2 }, { type: "toggle" }, openedPhone()], partial).state;
  expect(ids(but)).toHaveLength(99);
  expect((but as BrowseState).items.find((i) => i.path === dropped)).toSatisfy((i: UiItem) => !ids(but).includes(i.id));
  // Turned round, it is what comes later that is chosen besides; and none is none.
  expect(ids(play([{ type: "toggle" }, { type: "invert" }, openedPhone()], partial).state)).toHaveLength(99);
  expect(ids(play([{ type: "chooseAll" }, { type: "invert" }, openedPhone()], partial).state)).toHaveLength(0);
  expect(ids(play([{ type: "chooseAll" }, { type: "chooseNone" }, openedPhone()], partial).state)).toHaveLength(0);
  // Only of what was looked for.
  const found = play(
    [{ type: "filter" }, { type: "text", text: "video" }, { type: "enter" }, { type: "chooseAll" }, openedPhone()],
    partial,
  ).state;
  expect(ids(found)).toHaveLength(items.filter((i) => i.search.includes("video")).length);
  // By hand is by hand.
  expect(ids(play([{ type: "toggle" }, openedPhone()], partial).state)).toHaveLength(1);
});

test("the cable out is seen at once, on every screen; back in, the phone is read again", () => {
  const away = play([devices()], opened);
  expect(away.state).toMatchObject({ screen: "browse", away: true });
  const frame = browseFrame(away.state);
  expect(frame).toContain("✗ unplugged");
  expect(frame).toContain("Plug it back in");
  // The sheet does not open for a phone that is not there.
  expect(play([{ type: "export" }], away.state).state).toMatchObject({ screen: "browse", note: "unplugged" });
  const back = play([devices(device)], away.state);
  expect(back.effects).toEqual([{ type: "reconnect" }]);
  expect(back.state).toMatchObject({ away: true });
  expect(play([{ type: "reconnected" }], back.state).state).toMatchObject({ away: false });
  // Nothing to do where it never was away.
  expect(play([devices(device)], opened).effects).toEqual([]);
  // In the sheet, and while it copies, where the export itself waits for the phone.
  const sheet = play([{ type: "export" }, devices()], opened).state;
  expect(sheet).toMatchObject({ screen: "export", browse: { away: true } });
  expect(play([{ type: "enter" }], sheet)).toMatchObject({ state: { screen: "export" }, effects: [] });
  const copying = play([{ type: "export" }, { type: "enter" }, devices()], opened).state;
  expect(copying).toMatchObject({ screen: "progress", browse: { away: true } });
  const resumed = play([devices(device)], copying);
  expect(resumed).toMatchObject({ state: { browse: { away: false } }, effects: [] });
});

test("short days of a month flow together, each photo says its day; long days and other months stand alone", () => {
  const made = (day: string, n: number): UiItem => ({ ...toUiItem(photo(n)), id: `${day}/${n}`, day });
  const list = [
    made("2024-05-20", 1),
    made("2024-05-18", 2),
    made("2024-05-18", 3),
    ...[4, 5, 6, 7].map((n) => made("2024-05-17", n)),
    made("2024-05-16", 8),
    made("2024-04-30", 9),
    made("", 10),
  ];
  expect(rowsOf(list, 3).rows).toEqual([
    { type: "day", day: "2024-05-20", last: "2024-05-18", newMonth: true },
    { type: "items", start: 0, count: 3, mixed: true },
    { type: "day", day: "2024-05-17", last: "2024-05-17", newMonth: false },
    { type: "items", start: 3, count: 3, mixed: false },
    { type: "items", start: 6, count: 1, mixed: false },
    { type: "day", day: "2024-05-16", last: "2024-05-16", newMonth: false },
    { type: "items", start: 7, count: 1, mixed: false },
    { type: "day", day: "2024-04-30", last: "2024-04-30", newMonth: true },
    { type: "items", start: 8, count: 1, mixed: false },
    { type: "day", day: "", last: "", newMonth: true },
    { type: "items", start: 9, count: 1, mixed: false },
  ]);
  // In a list every photo has its line anyway: a heading for each day.
  expect(rowsOf(list, 1).rows.filter((r) => r.type === "day")).toHaveLength(6);
  // A screen of photos of one each on 30 days is full.
  const sparse = Array.from({ length: 30 }, (_, i) => made(`2024-05-${String(30 - i).padStart(2, "0")}`, i));
  const state = { ...sized(130, 40), items: sparse, view: "grid" as const };
  const frame = browseFrame(state, none);
  const { perRow, height, cell } = layoutOf(state.size, "grid");
  expect(frame.match(/\[ \]/g)!.length).toBe(Math.floor((height - 1) / cell.rows) * perRow);
  for (const day of ["May 30 – May 1", "May 30 ", "May 29 "]) expect(frame).toContain(day);
});

test.each([
  [40, "grid"],
  [40, "list"],
  [80, "grid"],
  [80, "list"],
  [100, "list"],
  [110, "grid"],
  [110, "list"],
  [130, "grid"],
  [130, "list"],
] as const)(
  "an iPhone's names fit at %i columns as a %s, with the mark of what is exported, without colour",
  (columns, view) => {
    const exported = new Set(items.map((i) => i.id));
    const state = { ...sized(columns, 30), view, exported, chosen: new Set(["id0"]) };
    const frame = browseFrame(state, none);
    const lines = frame.split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    const [first, second] = [
      lines.findIndex((l) => l.includes("IMG_0000.HEIC")),
      lines.findIndex((l) => l.includes("IMG_0001.HEIC")),
    ];
    expect([first, second]).not.toContain(-1);
    expect(frame).toContain("[x]");
    // In a list on the photo's line, in a grid below its name.
    expect(lines[view === "list" ? first : first + 1]).toContain("✓");
    const plainFrame = browseFrame({ ...state, exported: new Set() }, none);
    expect(plainFrame).not.toMatch(/✓|B…/);
  },
);

test("what is neither on the phone nor in iCloud is not said to be in iCloud", () => {
  const gone = toUiItem({ ...photo(7), availability: "missing" });
  expect([gone.elsewhere, gone.missing]).toEqual([false, true]);
  const list = [gone];
  const state = { ...sized(100, 20), items: list, view: "list" as const };
  expect(browseFrame(state, none)).toContain("missing");
  expect(browseFrame({ ...state, groups: [] }, none)).not.toContain("iCloud");
});

test("names too long for their place keep their end, which tells them apart", () => {
  expect(shortName("IMG_7184.HEIC", 13)).toBe("IMG_7184.HEIC");
  expect(shortName("IMG_20240101_120000.jpg", 13)).toBe("IMG_…0000.jpg");
  expect(shortName("写真写真写真写真.jpg", 9)).toBe("写真….jpg");
});

test("lines of the panel begin with words", () => {
  expect(wrapWords("Nov 26, 2023, 2:07:00 PM +10:00, from library", 26)).toEqual([
    "Nov 26, 2023, 2:07:00 PM",
    "+10:00, from library",
  ]);
  expect(wrapWords("/DCIM/102APPLE/IMG_0088.MOV", 10)).toEqual(["/DCIM/102A", "PPLE/IMG_0", "088.MOV"]);
});

test.each([90, 100, 110, 112, 130, 200])(
  "the large picture has its whole room at %i columns, however much is known of the photo",
  (columns) => {
    const size = { columns, rows: 34 };
    const room = largePicture(size);
    const lines = Array.from({ length: room.rows }, () => "x".repeat(room.columns));
    const drawn = { ...pictures, enabled: true, get: () => ({ lines }), version: () => 0, subscribe: () => () => {} };
    const known = photo(0);
    const facts = { ...known.parts[0].facts, lens: "a back triple camera 6.86mm f/1.78 and more ".repeat(3) };
    const item = toUiItem({ ...known, parts: [{ ...known.parts[0], facts } as never] });
    const state = { ...opened, items: [item], cursor: 0, large: true, size };
    const frame = browseFrame(state, drawn as never);
    const full = frame.split("\n").filter((line) => line.includes("x".repeat(room.columns)));
    expect(full).toHaveLength(room.rows);
    expect(frame).toContain("triple");
  },
);

test("what is looked for is said with where, and found elsewhere it is one key away", () => {
  const inVideos = play([{ type: "swapFocus" }, { type: "move", by: 2 }, { type: "filter" }], opened).state;
  expect(browseFrame(sized(100, 24, inVideos as never))).toContain("a name, a date");
  const typed = play([{ type: "text", text: "img_0007" }], inVideos).state as BrowseState & State;
  expect(visibleItems(typed)).toHaveLength(0);
  expect(countInAll(typed)).toBe(1);
  const frame = browseFrame(sized(80, 24, typed));
  expect(frame).toContain("/img_0007▏ in Videos (1 in All)");
  expect(frame).toContain('Nothing in Videos matches "img_0007".');
  expect(frame).toContain("Tab shows the 1 in All.");
  expect(actionFor(typed, { input: "", tab: true })).toEqual({ type: "everywhere" });
  const all = play([{ type: "everywhere" }], typed).state as BrowseState;
  expect([all.filtering, visibleItems(all).map((i) => i.name)]).toEqual([true, ["IMG_0007.HEIC"]]);
  // Kept, Enter does what the line says; nothing is exported by it.
  const kept = play([{ type: "enter" }], typed).state;
  expect(helpLine(kept)).toContain("Enter show the 1 in All");
  expect(visibleItems(play([{ type: "enter" }], kept).state as BrowseState)).toHaveLength(1);
  // In All there is nowhere else.
  expect(countInAll(play([{ type: "filter" }, { type: "text", text: "img_0007" }], opened).state as BrowseState)).toBe(
    0,
  );
  // The line is one that can be edited.
  const edited = play(
    [
      { type: "edit", edit: "home" },
      { type: "text", text: "x" },
    ],
    typed,
  ).state as BrowseState;
  expect(edited.filter).toBe("ximg_0007");
});

test("the line of keys says what they do where one is", () => {
  expect(helpLine(opened)).toContain("Enter export");
  const groups = play([{ type: "swapFocus" }], opened).state;
  expect(helpLine(groups)).toContain("Enter to its photos");
  expect(helpLine(groups)).not.toMatch(/Space|Enter export/);
  const large = play([{ type: "large" }], opened).state;
  expect(helpLine(large)).toContain("Esc back to the photos");
  for (const state of [
    groups,
    large,
    play([{ type: "filter" }], opened).state,
    play([{ type: "export" }], opened).state,
  ]) {
    const keys = bindings(state).flatMap((b) => b.keys.split(" "));
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("Esc does not leave a phone with what is chosen on it, unless it is meant", () => {
  const once = play([{ type: "toggle" }, { type: "back" }], opened);
  expect(once).toMatchObject({ state: { screen: "browse", note: "leaving-phone" }, effects: [] });
  expect(play([{ type: "back" }], once.state)).toMatchObject({ state: { screen: "connect" } });
  expect(play([{ type: "move", by: 1 }, { type: "back" }], once.state).state.screen).toBe("browse");
});

test("the wheel moves what is under the pointer, whatever has the keys", () => {
  const wheel = (state: State, column: number) => mouseAction(state, { button: 65, column, row: 8, pressed: true })!;
  const inItems = play([{ type: "move", by: 3 }], opened).state;
  const overGroups = play([wheel(inItems, 5)], inItems).state as BrowseState;
  expect([overGroups.group, overGroups.focus]).toEqual([1, "items"]);
  const inGroups = play([{ type: "swapFocus" }], opened).state;
  const overItems = play([wheel(inGroups, 40)], inGroups).state as BrowseState;
  expect([overItems.group, overItems.cursor, overItems.focus]).toEqual([0, 1, "groups"]);
  const large = play([{ type: "large" }], opened).state;
  expect(play([wheel(large, 5)], large).state).toMatchObject({ group: 0, cursor: 1, large: true });
  expect(play([wheel(initialState, 5)], initialState).state).toEqual(initialState);
});

test("where only new photos are shown, the cursor stays with its photo when others are exported, and in the list", () => {
  const exported = (...names: string[]) => ({ type: "destination", exported: new Set(names), freeBytes: 1 }) as const;
  const fresh = play([{ type: "onlyNew" }, { type: "move", by: 5 }], opened).state;
  expect(play([exported("id0", "id1")], fresh).state).toMatchObject({ cursor: 3 });
  const last = play([{ type: "onlyNew" }, { type: "edge", to: "last" }], opened).state;
  expect(play([exported("id99", "id98")], last).state).toMatchObject({ cursor: 97 });
  expect(play([exported(...items.map((i) => i.id))], last).state).toMatchObject({ cursor: 0 });
});
