/** The page of the phone: what is on it, how it scrolls, and what goes on behind. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import { actionFor, helpLine } from "../../src/ui/keymap.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { PhonePage } from "../../src/ui/screens/PhonePage.tsx";
import type { PhoneState, State } from "../../src/ui/state.ts";
import { opened } from "../helpers/ui.ts";

function pageOf(state: State): PhoneState & State {
  expect(state.screen).toBe("phone");
  return state as PhoneState & State;
}

test("a key leads to the page of the phone, which is asked for, scrolls, and leads back", () => {
  const browse = { ...opened, size: { columns: 60, rows: 8 } } as State;
  const action = actionFor(browse, { input: "s" });
  expect(action).toEqual({ type: "phonePage" });
  const { state: asked, effects } = reduce(browse, action!);
  expect(effects).toEqual([{ type: "describePhone" }]);
  expect(renderToString(<PhonePage state={pageOf(asked)} />, { columns: 60 })).toContain("Looking at");
  const lines = ["Anna: iPhone 14", "", ...Array.from({ length: 12 }, (_, i) => `✗ line ${i}`)];
  const told = pageOf(reduce(asked, { type: "described", lines }).state);
  const frame = renderToString(<PhonePage state={told} />, { columns: 60 });
  expect(frame).toContain("Anna: iPhone 14");
  expect(frame).not.toContain("line 11");
  expect(helpLine(told)).toContain("more");
  const down = Array.from({ length: 99 }).reduce<State>((s) => reduce(s, { type: "move", by: 1 }).state, told);
  expect(renderToString(<PhonePage state={pageOf(down)} />, { columns: 60 })).toContain("line 11");
  expect(reduce(down, { type: "back" }).state.screen).toBe("browse");
});

test("what happens to the phone meanwhile is not missed", () => {
  const page = reduce(opened, { type: "phonePage" }).state;
  const away = pageOf(reduce(page, { type: "devices", devices: [] }).state);
  expect(away.browse.away).toBe(true);
  expect(reduce(away, { type: "openFailed", message: "gone", remedy: "plug it in" }).state.screen).toBe("connect");
});
