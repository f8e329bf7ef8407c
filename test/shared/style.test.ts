import { expect, test } from "vitest";
import { noStyle } from "../../src/shared/style.ts";

test("without colour a text stays as it is, to the letter", () => {
  for (const style of Object.values(noStyle)) expect(style("\u001b[1mü漢 ")).toBe("\u001b[1mü漢 ");
});
