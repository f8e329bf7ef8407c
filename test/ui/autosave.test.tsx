/** What the UI offers of auto-save: once after an export that went well, and to take a running copy over. */
import { renderToString } from "ink";
import { expect, test } from "vitest";
import { actionFor, helpLine } from "../../src/ui/keymap.ts";
import { Summary } from "../../src/ui/screens/Summary.tsx";
import type { State, SummaryState } from "../../src/ui/state.ts";
import { opened, play } from "../helpers/ui.ts";

const copying = play([{ type: "export" }, { type: "enter" }], opened).state;
const finished = { type: "finished", lines: ["", "All is here."] } as const;
const b = { input: "b" };

test("after an export that went well it is offered, taken with one key, and what came of it is read", () => {
  const offered = play([{ ...finished, offer: true }], copying).state as SummaryState & State;
  expect(helpLine(offered)).toMatch(/^b back it up by itself · /);
  expect(renderToString(<Summary state={offered} />, { columns: 80 })).toMatch(/b: back .* up by itself from now on/);
  const action = actionFor(offered, b);
  expect(action).toEqual({ type: "autosave" });
  const taken = play([{ type: "autosave" }, { type: "autosave" }], offered);
  expect(taken.effects).toEqual([{ type: "turnOnAutosave", phone: "u", to: "/home/ann/Pictures" }]);
  expect((taken.state as SummaryState).lines.at(-1)).toBe("Setting it up …");
  expect(actionFor(taken.state, b)).toBeUndefined();
  const told = play([{ type: "autosaved", lines: ["From now on …", "Installed."] }], taken.state).state as SummaryState;
  expect(told.lines.slice(-3)).toEqual(["", "From now on …", "Installed."]);
});

test("without an offer the key does nothing, and the offer is gone with its screen", () => {
  const plain = play([finished], copying).state;
  expect([actionFor(plain, b), play([{ type: "autosave" }], plain).effects]).toEqual([undefined, []]);
  const offered = play([{ ...finished, offer: true }], copying).state;
  const left = play([{ type: "back" }, { type: "autosaved", lines: ["late"] }], offered).state;
  expect(left).toMatchObject({ screen: "browse", run: undefined });
});

test("where auto-save copies there, Enter again takes it over, and for that place alone", () => {
  const question = { about: "takeOver", answered: {} } as const;
  const asked = play([{ type: "exportFailed", message: "Auto-save copies this phone there now.", question }], copying);
  expect(asked.state).toMatchObject({ screen: "export", error: expect.stringContaining("Enter again takes it over") });
  const again = play([{ type: "enter" }], asked.state).effects;
  expect(again).toMatchObject([{ type: "startExport", answers: { takeOver: true } }]);
  const elsewhere = play([{ type: "text", text: "/else" }, { type: "enter" }], asked.state).effects.at(-1);
  expect(elsewhere).toMatchObject({ type: "startExport" });
  expect(elsewhere).not.toHaveProperty("answers");
});
