/** The phone's folders besides its photos, in the panel beside them: lists, conversations, choices, the sheet that exports them. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import { dataLabels } from "../../src/app/data-words.ts";
import type { Message } from "../../src/phone-data/index.ts";
import { displayWidth } from "../../src/shared/text.ts";
import type { Action, Effect } from "../../src/ui/actions.ts";
import { viewRows } from "../../src/ui/data-rows.ts";
import type { DataListEntry, DataTold, ItemView } from "../../src/ui/data-state.ts";
import { actionFor, helpLine } from "../../src/ui/keymap.ts";
import type { KeyPress } from "../../src/ui/keys.ts";
import { Data } from "../../src/ui/screens/Data.tsx";
import { DataExport } from "../../src/ui/screens/DataExport.tsx";
import type { DataExportState, DataState, State } from "../../src/ui/state.ts";
import { opened, play } from "../helpers/ui.ts";

const key = (input: string, more: Partial<KeyPress> = {}): KeyPress => ({ input, ...more });
const keys: Readonly<Record<string, KeyPress>> = {
  enter: key("", { return: true }),
  esc: key("", { escape: true }),
  down: key("", { downArrow: true }),
  pageUp: key("", { pageUp: true }),
  pageDown: key("", { pageDown: true }),
  tab: key("", { tab: true }),
  right: key("", { rightArrow: true }),
};
/** What a person presses, from a state on; letters are themselves. */
function press(start: State, ...names: string[]): { state: State; effects: Effect[] } {
  let [state, effects]: [State, Effect[]] = [start, []];
  for (const name of names) {
    const action = actionFor(state, keys[name] ?? key(name));
    if (!action) continue;
    const step = play([action], state);
    [state, effects] = [step.state, [...effects, ...step.effects]];
  }
  return { state, effects };
}
const tell = (told: DataTold): Action => ({ type: "data", told });
const list = (
  entries: readonly DataListEntry[],
  more: { skip?: number; hasMore?: boolean; words?: string } = {},
): Action => {
  const { skip = 0, hasMore = false, words = "" } = more;
  return tell({ what: "list", kind: "messages", skip, list: { entries, hasMore, words } });
};
const chats = Array.from({ length: 200 }, (_, n) => ({ id: `c${n}`, title: `Chat ${n}`, count: n + 1 }));
const backup: Action = tell({
  what: "backup",
  folder: { to: "/home/ann/phone-data-Ann", isGone: false },
  backup: { folder: "/mnt/b/0001", age: "3 days ago", isEncrypted: false, unfinished: undefined, known: 2 },
});
const at = (columns: number, rows = 20): State => ({ ...(opened as State), size: { columns, rows } });
const inMessages = (columns = 80): State => {
  const { state } = press(at(columns), "m");
  return play([backup, list(chats, { hasMore: true })], state).state;
};
const shown = (state: State): string => {
  if (state.screen === "data") return renderToString(<Data state={state} />, { columns: state.size.columns });
  expect(state.screen).toBe("dataExport");
  return renderToString(<DataExport state={state as DataExportState & State} />, { columns: state.size.columns });
};
const data = (state: State): DataState & State => {
  expect(state.screen).toBe("data");
  return state as DataState & State;
};

test("the folders stand in the panel of the photos, with counts; arrows and m lead to them and back", () => {
  const browse = at(80);
  const asked = press(browse, "m");
  expect(asked.effects).toMatchObject([
    { type: "readData", ask: { of: "list", kind: "messages", skip: 0, device: "u" } },
  ]);
  const told = play(
    [
      backup,
      list(chats.slice(0, 3)),
      tell({
        what: "folder",
        summary: { kind: "messages", count: 1234, newestAt: "2024-01-02T12:00:00Z", problems: [] },
      }),
      tell({
        what: "folder",
        summary: { kind: "calls", absent: "calls are in encrypted backups alone", problems: [] },
      }),
    ],
    asked.state,
  ).state;
  const frame = shown(told);
  expect(frame).toMatch(/›Messages +1,234/);
  expect(frame).toMatch(/ Calls +–/);
  expect(frame).toContain("newest January 2 2024");
  expect(frame).toContain("the newest of 2 backups, made 3 days ago");
  expect(frame).toContain("Chat 2");
  // By arrows through the panel: up to the photos, down to contacts.
  const up = press(told, "tab", "k").state;
  expect(up.screen).toBe("browse");
  const down = press(up, "down", "down").state;
  expect(data(down).kind).toBe("contacts");
  expect(press(told, "m", "m", "m").state).toMatchObject({ kind: "calls" });
  const calls = play(
    [tell({ what: "list", kind: "calls", skip: 0, list: { entries: [], hasMore: false, words: "" } })],
    press(told, "m", "m", "m").state,
  ).state;
  expect(shown(calls)).toContain("Calls are in encrypted backups");
  expect(press(told, "m", "m", "m", "m", "m").state.screen).toBe("browse");
  expect(press(told, "esc").state).toMatchObject({ screen: "browse", group: 0 });
  // What happens to the phone meanwhile is not missed.
  expect(data(play([{ type: "devices", devices: [] }], told).state).browse.away).toBe(true);
});

test("no folder where no backup could hold any", () => {
  const { data: _, ...plain } = opened;
  const state = { ...plain, data: undefined, size: { columns: 80, rows: 20 } } as State;
  expect(actionFor(state, key("m"))).toBeUndefined();
});

test("200 lines are read, and more near their end; a choice is of all kinds and stays", () => {
  let { state, effects } = press(inMessages(), "down", "down", " ");
  expect(effects).toEqual([]);
  expect(data(state).cursor).toBe(3);
  ({ state, effects } = press(state, ...Array.from({ length: 15 }, () => "pageDown")));
  expect(effects).toMatchObject([{ type: "readData", ask: { skip: 200, words: "" } }]);
  state = play([list([{ id: "c200", title: "The last" }], { skip: 200 })], state).state;
  expect(shown(press(state, "G").state)).toContain("The last");
  expect(shown(press(state, "g").state)).toContain("[x]");
  expect(shown(state)).toContain("1 conversation chosen. e exports them.");
  const notes = play(
    [
      tell({
        what: "list",
        kind: "notes",
        skip: 0,
        list: { entries: [{ id: "n", title: "N" }], hasMore: false, words: "" },
      }),
    ],
    press(state, "m", "m").state,
  ).state;
  expect(shown(press(notes, " ").state)).toContain("1 conversation, 1 note chosen");
});

const message = (n: number, more: Partial<Message> = {}): Message => ({
  ...{
    id: `m${n}`,
    at: new Date(2024, 0, 1 + Math.floor(n / 50), 12, n % 50).toISOString(),
    fromMe: n % 2 === 0,
    sender: "+1555",
  },
  ...{ senderName: "Ann", text: `words ${n}`, attachments: [], reactions: [], edits: [], unsent: [], ...more },
});
const conversation = (
  messages: readonly Message[],
  more: { skip?: number; hasOlder?: boolean; mark?: string } = {},
): ItemView => ({
  ...{ kind: "messages", id: "c0", title: "Ann", group: true, hasOlder: more.hasOlder ?? false, mark: more.mark },
  windows: [{ skip: more.skip ?? 0, rows: 200, messages }],
});

test.each([40, 80, 200])(
  "a conversation has bubbles that fit %i columns; text of the phone moves nothing",
  (columns) => {
    const messages = [
      message(0, { text: "mine" }),
      message(1, { text: `\u001b[2J\u202eevil ${"wide 写真 🚀 ".repeat(20)}${"x".repeat(300)}` }),
      message(2, { text: "שלום עולם", replyTo: { id: "m0" } }),
      message(3, {
        ...{ text: "", attachments: [{ name: "IMG\u0007.JPG", mime: "image/jpeg", bytes: 2_000_000 }], failed: true },
        reactions: [
          { kind: "loved", part: 0, fromMe: true },
          { kind: "emoji", emoji: "🎉", part: 0, fromMe: false, sender: "Bob" },
        ],
      }),
      message(4, {
        edits: [
          { part: 0, text: "old words" },
          { part: 0, text: "words 4" },
        ],
      }),
      message(5, { text: "", unsent: [0] }),
      message(60, { announcement: { kind: "renamed", name: "Trip" } }),
    ];
    const rows = viewRows(conversation(messages), columns);
    for (const { text } of rows) {
      expect(displayWidth(text), text).toBeLessThanOrEqual(columns);
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
    const all = rows.map(({ text }) => text).join("\n");
    expect(rows.find(({ text }) => text.includes("mine"))?.text).toMatch(/^ {20,}.*mine ▕$/);
    expect(all).toContain("▏ [image: IMG.JPG");
    for (const words of [
      "↪ “mine”",
      "❤️ me, 🎉 Bob",
      "not delivered",
      "before: “old words”",
      "This message was unsent.",
      "named the group",
    ])
      expect(all.replaceAll(/\s+/g, " ")).toContain(words);
    expect(all.match(/── /g)?.length).toBe(2);
    const end = play([tell({ what: "view", to: "open", view: conversation(messages) })], inMessages(columns)).state;
    const frame = shown(end);
    expect(frame).toContain("Trip");
    expect(frame.split("\n").length).toBeLessThanOrEqual(20);
  },
);

test("a conversation opens at its end, or at what was found; older messages come in above, and the screen stays", () => {
  const first = Array.from({ length: 100 }, (_, n) => message(n + 200));
  const { state: asked, effects } = press(inMessages(), "enter");
  expect(effects).toMatchObject([{ type: "readData", ask: { of: "item", to: "open", entry: { id: "c0" } } }]);
  let state = play(
    [tell({ what: "view", to: "open", view: conversation(first, { hasOlder: true, skip: 50 }) })],
    asked,
  ).state;
  expect(shown(state)).toContain("words 299");
  const up = press(state, "g");
  expect(up.effects).toMatchObject([
    { type: "readData", ask: { of: "window", where: "older", skip: 250, limit: 200 } },
  ]);
  const before = shown(up.state);
  expect(before).toContain("words 200");
  const older = Array.from({ length: 200 }, (_, n) => message(n));
  state = play(
    [
      tell({
        what: "window",
        id: "c0",
        where: "older",
        window: { skip: 250, rows: 200, messages: older },
        hasOlder: false,
      }),
    ],
    up.state,
  ).state;
  expect(shown(state)).toContain("words 200");
  expect(shown(press(state, "g").state)).toContain("words 0");
  const newer = press(state, "G");
  expect(newer.effects).toMatchObject([
    { type: "readData", ask: { of: "window", where: "newer", skip: 0, limit: 50 } },
  ]);
  expect(press(newer.state, "esc").state).toMatchObject({ screen: "data", open: undefined });
  const marked = play([tell({ what: "view", to: "open", view: conversation(first, { mark: "m250" }) })], asked).state;
  expect(shown(marked)).toContain("words 250");
});

test("what is looked for is looked for in all conversations, and found with its place", () => {
  const { state, effects } = press(inMessages(), "/", "t", "r", "a", "i", "n", " ", "q", "enter");
  expect(effects).toMatchObject([{ type: "readData", ask: { of: "list", skip: 0, words: "train q" } }]);
  const hit = {
    conversation: "c7",
    title: "Bob",
    id: "m9",
    row: 9,
    fromMe: false,
    sender: "Bob",
    excerpt: "the train",
  };
  // A search of a million messages is left by Escape, not waited for.
  expect(shown(state)).not.toContain("has these words");
  expect(press(state, "esc").effects).toMatchObject([{ type: "readData", ask: { of: "list", words: "" } }]);
  const found = play([list([{ id: "m9", title: "Bob", hit }], { words: "train q" })], state).state;
  expect(shown(found)).toContain("Bob: the train");
  expect(shown(found)).toContain("found: train q in Messages");
  // A message that is chosen is its conversation.
  expect(data(press(found, " ").state).browse.data?.chosen.messages?.get("c7")).toBe("Bob");
  const back = press(found, "esc");
  expect(back.effects).toMatchObject([{ type: "readData", ask: { of: "list", words: "" } }]);
  expect(shown(play([list([], { words: "zzz" })], state).state)).toContain("has these words");
});

test("a password is asked for, never shown, and not kept once it is tried", () => {
  const asked = play(
    [tell({ what: "waits", waits: { why: "locked", isWrong: false, line: { text: "", caret: 0, fresh: false } } })],
    press(at(80), "m").state,
  ).state;
  const { state: written } = press(asked, "s", "e", "q", "/");
  expect(shown(written)).toContain("Password: ••••");
  expect(shown(written)).not.toContain("seq");
  const { state, effects } = press(written, "enter");
  expect(effects).toEqual([{ type: "unlockData", password: "seq/" }]);
  expect(JSON.stringify(state)).not.toContain("seq/");
  const wrong = play(
    [tell({ what: "waits", waits: { why: "locked", isWrong: true, line: { text: "", caret: 0, fresh: false } } })],
    state,
  ).state;
  expect(shown(wrong)).toContain("does not open it");
  expect(press(wrong, "esc").state.screen).toBe("browse");
  // However little room there is, what is typed is seen, and what else is shown is whole.
  const small = shown({ ...wrong, size: { columns: 24, rows: 9 } } as State);
  expect(small.split("\n").length).toBeLessThanOrEqual(9);
  expect(small).toContain("Password: ");
  expect(small).not.toContain("The backup of");
});

test("the sheet exports what is chosen, the folder, or all; progress, stop, and what came of it", () => {
  const chosen = press(inMessages(), " ", "e").state;
  expect(shown(chosen)).toContain("1 conversation");
  expect(shown(chosen)).toContain("/home/ann/phone-data-Ann");
  const { state: begun, effects } = press(chosen, "down", "right", "down", "2", "0", "2", "4", "enter");
  expect(effects.at(-1)).toMatchObject({
    type: "exportData",
    kinds: ["messages"],
    settings: { to: "/home/ann/phone-data-Ann", forms: "all", since: "2024" },
  });
  expect([...((effects.at(-1) as Extract<Effect, { type: "exportData" }>).ids.messages?.keys() ?? [])]).toEqual(["c0"]);
  const going = play([tell({ what: "exporting", words: "Messages: 5 of 9" })], begun).state;
  expect(shown(going)).toContain("Messages: 5 of 9");
  expect(press(going, "s", "s").effects).toEqual([{ type: "cancelDataExport" }]);
  expect(press(going, "q").effects).toEqual([]);
  const failed = play([tell({ what: "exportFailed", message: "The folder cannot be written." })], going).state;
  expect(shown(failed)).toContain("✗ The folder cannot be written.");
  const done = play([tell({ what: "exported", lines: ["messages: 9 of 9 written"], root: "/d" })], going).state;
  expect(shown(done)).toContain("9 of 9 written");
  expect(press(done, "o").effects).toEqual([{ type: "openFolder", path: "/d" }]);
  expect(press(play([tell({ what: "working", words: "Reading more …" })], inMessages()).state, "e").state.screen).toBe(
    "data",
  );
  expect(data(press(done, "enter").state).browse.data?.settings.since).toBe("2024");
  const whole = press(inMessages(), "e", "k", "right").state;
  expect(whole).toMatchObject({ settings: { what: "folder" } });
  expect(helpLine(whole)).toContain("start");
});

test.each([
  [
    "messages",
    ["usual: HTML pages", "all: HTML pages, CSV tables, plain text", "plain text", "CSV tables", "JSON alone"],
  ],
  ["contacts", ["usual: vCards", "all: vCards, CSV tables", "CSV tables", "JSON alone"]],
  ["notes", ["usual: HTML pages", "all: HTML pages, Markdown", "Markdown", "JSON alone"]],
  ["calls", ["usual: CSV tables", "all: HTML pages, CSV tables", "HTML pages", "JSON alone"]],
  ["voice-memos", ["recordings (M4A)"]],
] as const)("the sheet names the forms alone that %s have", (kind, wanted) => {
  const { state: folder } = press(
    at(80),
    ...Array.from({ length: Object.keys(dataLabels).indexOf(kind) + 1 }, () => "m"),
  );
  let { state } = press(
    play([backup, tell({ what: "list", kind, skip: 0, list: { entries: [], hasMore: false, words: "" } })], folder)
      .state,
    "e",
    "down",
  );
  const seen: string[] = [];
  for (let n = 0; n <= wanted.length; n += 1) {
    seen.push(/As +‹ (.*?) ›/.exec(shown(state))?.[1] ?? "");
    state = press(state, "right").state;
  }
  expect(seen).toEqual([...wanted, wanted[0]]);
});

test("a form that only another folder has is not taken along", () => {
  const sheet = press(inMessages(), "e", "down", "right", "right").state;
  expect(shown(sheet)).toContain("‹ plain text ›");
  expect(press(sheet, "k", "k").state).toMatchObject({ settings: { forms: "txt" } });
  const notes = play(
    [tell({ what: "list", kind: "notes", skip: 0, list: { entries: [], hasMore: false, words: "" } })],
    press(press(sheet, "esc").state, "m", "m").state,
  ).state;
  expect(press(notes, "e").state).toMatchObject({ settings: { what: "folder", forms: "usual" } });
});

test("the folder of the last export is proposed; that it is gone is said until another is written", () => {
  const { state: folder } = press(at(80), "m");
  const gone: Action = tell({
    ...{ what: "backup", folder: { to: "/media/usb/phone", isGone: true } },
    backup: { folder: "/mnt/b/0001", age: undefined, isEncrypted: false, unfinished: undefined, known: 1 },
  });
  const sheet = press(play([gone, list(chats)], folder).state, "e").state;
  expect(shown(sheet)).toContain("/media/usb/phone");
  expect(shown(sheet)).toContain("! The folder of the last export is not there.");
  expect(shown(press(sheet, "x").state)).not.toContain("is not there");
});

const lockedNote = { id: "n1", title: "Secret", locked: "classic", hint: "the usual \u001b[31m", text: "" } as const;
const noteView = (note: object, lines: readonly string[]): DataTold =>
  ({
    what: "view",
    to: "open",
    view: { kind: "notes", id: "n1", title: "Secret", note, lines },
  }) as unknown as DataTold;

test.each([24, 80])("a locked note's password is typed unseen, tried, and not kept: %i columns", (columns) => {
  const { state: folder } = press(at(columns, 14), "m", "m", "m");
  const entries = [{ id: "n1", title: "Secret" }];
  const notes = tell({ what: "list", kind: "notes", skip: 0, list: { entries, hasMore: false, words: "" } });
  const locked = ["This note is locked with a password of its own."];
  const open = play([backup, notes, tell(noteView(lockedNote, locked))], folder).state;
  expect(helpLine(open)).toContain("type its password");
  const typed = press(open, "u", "q", "u", "/").state;
  expect(shown(typed)).toContain("Password: •••");
  if (columns === 80) expect(shown(typed)).toContain("Its hint: the usual");
  expect(shown(typed)).not.toMatch(/qu\/|\u001b\[31m/);
  expect(shown(typed).split("\n").length).toBeLessThanOrEqual(14);
  const { state: tried, effects } = press(typed, "enter");
  expect(effects).toMatchObject([{ type: "unlockNote", password: "qu/", ask: { of: "item", entry: { id: "n1" } } }]);
  expect(JSON.stringify(tried)).not.toContain("qu/");
  const wrong = play([tell({ what: "noteTried", id: "n1", isOpen: false, passwords: 0 })], tried).state;
  expect(shown(wrong).replaceAll(/\s+/g, " ")).toContain("This password does not open it");
  expect(shown(press(wrong, "esc").state)).toContain("This note is locked");
  expect(shown(press(wrong, "esc", "e").state)).toContain("As");
  const opened = play(
    [
      tell({ what: "noteTried", id: "n1", isOpen: true, passwords: 1 }),
      tell(noteView({ ...lockedNote, locked: undefined }, ["the treasure"])),
    ],
    tried,
  ).state;
  expect(shown(opened)).toContain("the treasure");
  expect(helpLine(opened)).not.toContain("type its password");
  const sheet = press({ ...opened, size: { columns: 80, rows: 24 } }, "e").state;
  expect(shown(sheet)).toContain("Locked notes open with the passwords that you typed");
});

test("a note that is locked in the newer way is not asked for a password", () => {
  const { state: folder } = press(at(80), "m", "m", "m");
  const newer = { ...lockedNote, locked: "newer" };
  const notes = tell({ what: "list", kind: "notes", skip: 0, list: { entries: [], hasMore: false, words: "" } });
  const open = play([backup, notes, tell(noteView(newer, ["only the phone itself opens it."]))], folder).state;
  expect(helpLine(open)).not.toContain("type its password");
  expect(data(press(open, "u").state).unlocking).toBeUndefined();
});
