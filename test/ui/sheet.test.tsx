/** The export sheet, the export as it goes, its end; and the command that does the same. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import { defaultSettings } from "../../src/app/export-choices.ts";
import type { Album } from "../../src/library/roll.ts";
import { stoppedLines } from "../../src/present/summary-lines.ts";
import { noStyle } from "../../src/shared/style.ts";
import { Selection } from "../../src/transfer/plan/index.ts";
import type { Action } from "../../src/ui/actions.ts";
import { groupsOf } from "../../src/ui/groups.ts";
import { toUiItem } from "../../src/ui/items.ts";
import { actionFor, helpLine, keyPresses, pasted } from "../../src/ui/keymap.ts";
import type { KeyPress } from "../../src/ui/keys.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { verdictFirst } from "../../src/ui/run-words.ts";
import { findChoosing, sameCommand } from "../../src/ui/same-command.ts";
import { Export } from "../../src/ui/screens/Export.tsx";
import { Progress } from "../../src/ui/screens/Progress.tsx";
import { Summary } from "../../src/ui/screens/Summary.tsx";
import { exampleNames, exportIds } from "../../src/ui/selectors.ts";
import type { BrowseState, ExportState, ProgressState, State, SummaryState } from "../../src/ui/state.ts";
import { items, opened, play } from "../helpers/ui.ts";

const plain = (frame: string): string => frame.replaceAll(/\u001b\[[0-9;]*m/g, "");
const sheet = play([{ type: "export" }], opened).state as ExportState & State;
const press = (start: State, ...keys: KeyPress[]): State => {
  let state = start;
  for (const key of keys)
    for (const one of keyPresses(state, key)) {
      const action = actionFor(state, one);
      if (action) state = reduce(state, action).state;
    }
  return state;
};
const type = (input: string): KeyPress => ({ input });
const ctrl = (input: string): KeyPress => ({ input, ctrl: true });
const to = (state: State): string => (state as ExportState).settings.destination;
const home = "/home/ann/Pictures";

test("the path is a line as in a shell: the first letter replaces the proposal, every other key edits it", () => {
  expect(to(press(sheet, type("/mnt/disk")))).toBe("/mnt/disk");
  expect(to(press(sheet, { input: "", end: true }, type("/new")))).toBe(`${home}/new`);
  expect(to(press(sheet, ctrl("e"), type("/new")))).toBe(`${home}/new`);
  expect(to(press(sheet, { input: "", backspace: true }))).toBe("/home/ann/Picture");
  expect(to(press(sheet, ctrl("u")))).toBe("");
  expect(to(press(sheet, ctrl("w")))).toBe("/home/ann/");
  expect(to(press(sheet, ctrl("a"), type("/x")))).toBe(`/x${home}`);
  expect(to(press(sheet, { input: "", home: true }, { input: "", delete: true }))).toBe(home.slice(1));
  expect(to(press(sheet, { input: "", leftArrow: true }, ctrl("k")))).toBe("/home/ann/Picture");
  expect(to(press(sheet, { input: "", leftArrow: true, ctrl: true }, ctrl("k")))).toBe("/home/ann/");
  // Keys that come in one piece, as over a slow line.
  expect(to(press(sheet, type("\u0015/mnt\u0017x\u0001~")))).toBe("~/x");
  // Completing goes on from there.
  const places: Action = { type: "places", places: [{ path: "/home/ann/Pictures/2024/", note: "" }], freeBytes: 1 };
  const completed = press(play([places], sheet).state, { input: "", tab: true }, type("x"));
  expect(to(completed)).toBe("/home/ann/Pictures/2024/x");
  // Another line and back: what was written is no proposal any more.
  expect(to(press(sheet, { input: "", downArrow: true }, { input: "", upArrow: true }, type("x")))).toBe(`${home}x`);
});

test("what is pasted is text: its line end starts nothing, and keys that are pasted are none", () => {
  const action = pasted(sheet, "'/mnt/My Disk'\n");
  expect(action).toEqual({ type: "text", text: "'/mnt/My Disk'" });
  const { state, effects } = play([action as Action], sheet);
  expect([state.screen, to(state), effects.map((e) => e.type)]).toEqual(["export", "/mnt/My Disk", ["findPlaces"]]);
  expect(pasted(opened, "aeq\n")).toBeUndefined();
});

test("names: arrows go round the proposals; what is written by hand is a line", () => {
  const names = press(sheet, { input: "", downArrow: true });
  const template = (state: State): string => (state as ExportState).settings.template;
  expect(template(press(names, { input: "", rightArrow: true }))).toBe("{year}/{date}/{name}");
  expect(template(press(names, { input: "", leftArrow: true }))).toBe("{name}");
  const hand = press(names, type("x"), { input: "", leftArrow: true }, type("-"));
  expect(template(hand)).toBe(`${defaultSettings.template}-x`);
  expect(template(press(hand, ctrl("u")))).toBe("x");
});

test("the line of keys speaks of the line one is on", () => {
  expect(helpLine(sheet)).toContain("Ctrl-U clear");
  const choice = press(sheet, { input: "", downArrow: true }, { input: "", downArrow: true });
  expect(helpLine(choice)).toContain("→ change");
  expect(helpLine(choice)).not.toMatch(/Tab|Ctrl-U/);
});

test.each([
  [40, 12],
  [40, 15],
  [60, 15],
  [80, 23],
  [130, 39],
])("at %i x %i no line of the sheet lies over another, and its keys are there", (columns, rows) => {
  const places = [1, 2, 3, 4].map((n) => ({ path: `/mnt/a disk with a long name/${n}/`, note: "drive, 120 GB free" }));
  const states: State[] = [
    sheet,
    play([{ type: "places", places, freeBytes: 5 }], sheet).state,
    play([{ type: "devices", devices: [] }, { type: "enter" }], sheet).state,
    play(
      [
        { type: "move", by: 1 },
        { type: "text", text: "{nope}" },
      ],
      sheet,
    ).state,
  ];
  for (const state of states) {
    const frame = plain(
      renderToString(<Export state={{ ...(state as ExportState & State), size: { columns, rows } }} />, { columns }),
    );
    const lines = frame.split("\n");
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    for (const [at, label] of [
      "Where to",
      "Names",
      "Edited photos",
      "Live Photos",
      "JPEG copies",
      "Sidecar files",
    ].entries()) {
      const line = lines.findIndex((l) => l.slice(2).trimStart().replace("› ", "").startsWith(label));
      const first = lines.findIndex((l) => l.includes("Where to"));
      expect(line, `${label}\n${frame}`).toBe(first + at);
    }
    expect(lines.at(-1)).toContain("Enter start");
  }
});

/** Photos with albums, favourites and captions, as a real library has. */
const lisbon: Album = { key: "a", title: "Lisbon", folders: ["Trips"], path: "Trips/Lisbon" };
const otherLisbon: Album = { key: "b", title: "Lisbon", folders: [], path: "Lisbon" };
const dash: Album = { key: "c", title: "-x 'y", folders: [], path: "-x 'y" };
const rich = items.map(({ photo: plainPhoto }, i) => {
  const albums = [...(i < 5 ? [lisbon] : []), ...(i >= 5 && i < 8 ? [otherLisbon] : []), ...(i === 9 ? [dash] : [])];
  const people = i % 20 === 3 ? ["Ann Lee"] : [];
  return toUiItem({ ...plainPhoto!, library: { uuid: `U${i}`, favourite: i % 4 === 0, albums, people } as never });
});
const richGroups = await groupsOf(rich);
const start: BrowseState & State = { ...opened, items: rich, groups: richGroups };
const inGroup = (label: string, over: object = {}): State => ({
  ...start,
  group: richGroups.findIndex((g) => g.label === label && g.match),
  ...over,
});
/** The sheet with its command found out. */
async function told(state: State, ...actions: Action[]): Promise<ExportState & State> {
  const asked = play([...actions, { type: "export" }], state).state as ExportState & State;
  const choosing = await findChoosing(asked.browse);
  return play([{ type: "choosing", of: asked.browse, choosing }], asked).state as ExportState & State;
}
const commandFor = async (state: State, ...actions: Action[]): Promise<string | undefined> =>
  sameCommand(await told(state, ...actions));

test.each<[string, State, Action[], string | undefined]>([
  ["everything", start, [], ""],
  ["all chosen", start, [{ type: "chooseAll" }], ""],
  ["favourites", inGroup("Favourites"), [], "--favourites"],
  ["videos", inGroup("Videos"), [], "--kind video"],
  ["live", inGroup("Live"), [{ type: "chooseAll" }], "--kind live"],
  ["the latest", inGroup("Latest 30 days"), [], "--since 2024-04-28"],
  ["a folder", inGroup("101APPLE"), [], "--folder 101APPLE"],
  // Both albums are called so on the command line; by its path one is meant alone.
  [
    "an album in a folder",
    inGroup("Lisbon", { group: richGroups.findIndex((g) => g.match?.type === "album" && g.match.key === "a") }),
    [],
    "--album Trips/Lisbon",
  ],
  [
    "an album whose name another has",
    inGroup("Lisbon", { group: richGroups.findIndex((g) => g.match?.type === "album" && g.match.key === "b") }),
    [],
    undefined,
  ],
  ["an album with an odd name", inGroup("-x 'y"), [], `--album='-x '\\''y'`],
  ["edited ones", inGroup("Edited"), [], undefined],
  ["a camera", start, [{ type: "filter" }, { type: "text", text: "canon" }, { type: "enter" }], "--camera canon"],
  ["a person", start, [{ type: "filter" }, { type: "text", text: "lee" }, { type: "enter" }], "--text lee"],
  ["a day", start, [{ type: "move", by: 10 }, { type: "chooseDay" }], "--since 2024-05-23 --until 2024-05-23"],
  ["one photo", start, [{ type: "toggle" }], undefined],
  ["favourites of a day", inGroup("Favourites"), [{ type: "chooseDay" }], "--favourites --since 2024-05-28"],
])("the same in a script, of %s", async (_, state, actions, flags) => {
  const command = await commandFor(state, ...actions);
  expect(command).toBe(flags === undefined ? undefined : `offroll export --to ${home} ${flags}`.trim());
});

test("a command that is told chooses the very same photos", () => {
  // The groups' own filters, evaluated by the engine.
  const favourites = exportIds(inGroup("Favourites") as BrowseState);
  const by = new Selection({ favourites: true });
  expect(rich.filter((i) => by.verdict(i.photo!) === "chosen").map((i) => i.id)).toEqual(favourites);
});

test("where a command cannot say it, that is said; a template of the settings and a second phone are minded", async () => {
  const shown = (state: ExportState & State): string =>
    plain(renderToString(<Export state={state} />, { columns: 80 }));
  const hand: Action[] = [{ type: "toggle" }];
  expect(shown(await told(start, ...hand))).toContain(
    "The same in a script: photos chosen by hand: no command names them",
  );
  // Until it is found out nothing is said.
  expect(shown(play([...hand, { type: "export" }], start).state as ExportState & State)).toContain("in a script: …");
  expect(await commandFor({ ...start, usualTemplate: "{name}" } as State)).toBe(
    `offroll export --to ${home} --template '{year}/{month}/{name}'`,
  );
  expect(await commandFor({ ...start, several: true } as State)).toBe(
    `offroll export --to ${home} --device 'Ann'\\''s iPhone'`,
  );
  expect(await commandFor({ ...start, folder: "/media/me/MY CARD", several: true } as State)).toBe(
    `offroll export --to ${home} --via 'folder:/media/me/MY CARD'`,
  );
  // What is there already is not copied again, wherever the command goes on to the same place.
  const onlyNew = await told({ ...start, onlyNew: true, exported: new Set(["id3", "id5"]) } as State);
  expect(sameCommand(onlyNew)).toBe(`offroll export --to ${home}`);
  expect(sameCommand(play([{ type: "text", text: "/mnt/x" }], onlyNew).state as ExportState)).toBeUndefined();
  // What was found for another choice is not told of this one.
  const other = play([{ type: "back" }, ...hand, { type: "export" }], onlyNew).state as ExportState & State;
  const late: Action = { type: "choosing", of: onlyNew.browse, choosing: { here: [], elsewhere: [] } };
  expect((play([late], other).state as ExportState).choosing).toBeUndefined();
});

const copying = play(
  [
    { type: "export" },
    { type: "enter" },
    {
      type: "progress",
      done: { items: 61, bytes: 610 },
      toCopy: { items: 197, bytes: 1970 },
      bytesPerSecond: 100,
      active: ["a"],
    },
  ],
  opened,
).state as ProgressState & State;

test("Esc goes back to the photos while it copies; stopping is s and a question", () => {
  const esc = play([actionFor(copying, { input: "", escape: true }) as Action], copying);
  expect(esc).toMatchObject({ state: { screen: "browse", run: { cancelling: false } }, effects: [] });
  const asked = play([actionFor(copying, type("s")) as Action], copying);
  expect(asked.effects).toEqual([]);
  expect(plain(renderToString(<Progress state={asked.state as never} />, { columns: 80 }))).toContain(
    "Stop after 61 of 197 files? What is copied stays.",
  );
  const no = press(asked.state, { input: "", escape: true });
  expect(no).toMatchObject({ screen: "progress", asking: false, browse: { run: { cancelling: false } } });
  const yes = play([actionFor(asked.state, type("s")) as Action], asked.state);
  expect(yes.effects).toEqual([{ type: "cancelExport" }]);
  expect(yes.state).toMatchObject({ screen: "progress", asking: false, browse: { run: { cancelling: true } } });
  // It is asked once, and other keys are no answer.
  expect(play([{ type: "stop" }], yes.state).effects).toEqual([]);
  expect(press(asked.state, type("x"))).toMatchObject({ asking: true });
});

test("the end of an export that was stopped says how far it came", () => {
  const of = (items: number) => ({ items, bytes: items });
  const outcomes = { copied: of(61), present: of(3), skipped: of(2), failed: of(1), cancelled: of(135) };
  const stoppedBy = { code: "cancelled", message: "Cancelled.", remedy: "The next run continues from here." };
  const lines = (over: object): string[] => stoppedLines({ outcomes, stoppedBy, ...over } as never, noStyle);
  expect(lines({})).toEqual(["Stopped: 61 of 197 files.", "  The next run continues from here."]);
  expect(lines({ stoppedBy: undefined })).toEqual([]);
  const full = { code: "destination-full", message: "The disk is full.", remedy: "Free some." };
  expect(lines({ stoppedBy: full })).toEqual(["Stopped: 61 of 197 files. The disk is full.", "  Free some."]);
  const none = { copied: of(0), present: of(3), skipped: of(2), failed: of(0), cancelled: of(0) };
  expect(lines({ outcomes: none })[0]).toBe("Stopped.");
});

test("what came of an export stands first, where a small screen begins", () => {
  const lines = ["", "  Copied        4 files", "  Where         /x", "", "Everything chosen is on this disk."];
  expect(verdictFirst(lines)).toEqual([
    "",
    "Everything chosen is on this disk.",
    "",
    "  Copied        4 files",
    "  Where         /x",
  ]);
  expect(verdictFirst(["one"])).toEqual(["one"]);
});

test("at 60 columns the numbers of an export are all there; a long summary can be read to its end", () => {
  const state = { ...copying, size: { columns: 60, rows: 20 } };
  const frame = plain(renderToString(<Progress state={state} />, { columns: 60 }));
  for (const word of ["61 of 197 files", "100 B/s", "14 s left"]) expect(frame.replaceAll(/\s+/g, " ")).toContain(word);
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i} ${"of a long summary ".repeat(i === 20 ? 9 : 0)}`);
  const summary = play(
    [
      { type: "finished", lines },
      { type: "move", by: 50 },
    ],
    state,
  ).state as SummaryState & State;
  const end = plain(renderToString(<Summary state={summary} />, { columns: 60 }));
  expect(end).toContain("line 39");
  expect(end).toContain("↓ j more");
  expect(end.split("\n").length).toBeLessThanOrEqual(20);
});

test("where another destination is remembered, a new one begins only with a second Enter for that very place", () => {
  const asked = play(
    [
      {
        type: "exportFailed",
        message: "Its disk seems to be away.",
        question: { about: "newDestination", answered: {} },
      },
    ],
    copying,
  ).state;
  expect(asked).toMatchObject({ screen: "export", asked: { place: home } });
  expect((asked as ExportState).error).toBe("Its disk seems to be away. Enter again begins a new one there.");
  expect(play([{ type: "enter" }], asked).effects).toMatchObject([
    { type: "startExport", answers: { newDestination: true } },
  ]);
  const elsewhere = play([{ type: "edit", edit: "end" }, { type: "text", text: "2" }, { type: "enter" }], asked);
  expect(elsewhere.effects.at(-1)).toMatchObject({ type: "startExport", settings: { destination: `${home}2` } });
  expect(elsewhere.effects.at(-1)).not.toHaveProperty("answers");
  // Other failures are no question.
  const failed = play([{ type: "exportFailed", message: "no room" }, { type: "enter" }], copying);
  expect(failed.effects.at(-1)).not.toHaveProperty("answers");
});

test("a lock that a run left is broken only with a second Enter, which keeps what was said before", () => {
  const asked = play(
    [
      {
        type: "exportFailed",
        message: "A run left its lock here: process 7 on box.",
        question: { about: "breakLock", answered: { newDestination: true } },
      },
    ],
    copying,
  ).state as ExportState;
  expect(asked.error).toBe(
    "A run left its lock here: process 7 on box. If that run is over for certain, Enter again breaks its lock.",
  );
  expect(play([{ type: "enter" }], asked as ExportState & State).effects).toMatchObject([
    { type: "startExport", answers: { newDestination: true, breakLock: true } },
  ]);
});

test("where a template was kept for this phone, the names shown are those that files get there", () => {
  const kept = { destination: home, template: "{phone}/{name}" };
  const seen = play([{ type: "destination", exported: new Set(), freeBytes: 5, kept }, { type: "export" }], opened);
  const first = (state: State): string | undefined => exampleNames(state as ExportState)[0];
  expect(first(seen.state)).toBe("Ann's iPhone/IMG_0000.HEIC");
  // Another place, or another choice of names, goes by what stands on the sheet.
  expect(first(play([{ type: "text", text: "/mnt/x" }], seen.state).state)).toBe("2024/05/IMG_0000.HEIC");
  const next = play(
    [
      { type: "move", by: 1 },
      { type: "move", by: 1, axis: "across" },
    ],
    seen.state,
  ).state;
  expect(first(next)).toMatch(/^2024\/2024-05-28\/IMG_0000/);
});
