/** The terminal UI's front door: who wants to leave before it is open is let go. */
import { expect, test } from "vitest";
import { startUi } from "../../src/ui/index.ts";
import { homeOf } from "../helpers/program.ts";

test("Ctrl-C while the screens are loaded ends it before the terminal is taken", async () => {
  const written: string[] = [];
  const host = homeOf().host({ signal: AbortSignal.abort() });
  const stdout = { write: (text: string) => written.push(text), columns: 80, rows: 24 };
  await expect(startUi({ ...host, stdout })).rejects.toMatchObject({ code: "cancelled" });
  expect(written.join("")).not.toContain("\x1b[?1049h");
});
