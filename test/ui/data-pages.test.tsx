/** What is on the phone besides photos: pages that open one from the other, and lead back. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import { actionFor, helpLine } from "../../src/ui/keymap.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { DataPages } from "../../src/ui/screens/DataPages.tsx";
import type { DataPage, DataState, State } from "../../src/ui/state.ts";
import { opened } from "../helpers/ui.ts";

const shown = (state: State): DataState & State => {
  expect(state.screen).toBe("data");
  return state as DataState & State;
};

test("a key leads to the kinds, Enter to a list and to one of them, Escape back", () => {
  const browse = { ...opened, size: { columns: 70, rows: 10 } } as State;
  const action = actionFor(browse, { input: "m" });
  expect(action).toEqual({ type: "dataPages" });
  const { state: asked, effects } = reduce(browse, action!);
  expect(effects).toEqual([{ type: "readData", device: opened.device, target: { of: "kinds" } }]);
  expect(renderToString(<DataPages state={shown(asked)} />, { columns: 70 })).toContain("Reading");
  const kinds: DataPage = {
    title: "Besides photos",
    rows: [
      { text: "calls  only in encrypted backups" },
      { text: "messages  29", opens: { of: "list", kind: "messages" } },
    ],
    cursor: 0,
  };
  const told = reduce(asked, { type: "dataPage", page: kinds }).state;
  expect(reduce(told, { type: "enter" }).effects).toEqual([]);
  const down = reduce(told, { type: "move", by: 5 }).state;
  const list = reduce(down, { type: "enter" });
  expect(list.effects).toEqual([{ type: "readData", device: opened.device, target: { of: "list", kind: "messages" } }]);
  const many: DataPage = {
    title: "messages: 300",
    rows: Array.from({ length: 200 }, (_, i) => ({ text: `row ${i}` })),
    cursor: 0,
  };
  const listed = reduce(list.state, { type: "dataPage", page: many }).state;
  const end = Array.from({ length: 60 }).reduce<State>((s) => reduce(s, { type: "page", by: 1 }).state, listed);
  const frame = renderToString(<DataPages state={shown(end)} />, { columns: 70 });
  expect(frame).toContain("row 199");
  expect(frame.split("\n").length).toBeLessThanOrEqual(10);
  expect(helpLine(shown(end))).toContain("back");
  const back = reduce(end, { type: "back" }).state;
  expect(shown(back).pages.at(-1)?.title).toBe("Besides photos");
  expect(reduce(back, { type: "back" }).state.screen).toBe("browse");
});

test("what happens to the phone meanwhile is not missed", () => {
  const page = reduce(opened as State, { type: "dataPages" }).state;
  expect(shown(reduce(page, { type: "devices", devices: [] }).state).browse.away).toBe(true);
});
