/** The index made in a process of its own: whole, or not at all. */
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { indexBeside } from "../../src/gallery/server/index-beside.ts";
import { findIndex } from "../../src/gallery/server/index-file.ts";
import { makeDestination } from "../helpers/made-destination.ts";

const root = (): string =>
  makeDestination(
    ["1", "2", "3"].map((n) => ({
      id: `0000000${n}`,
      captured: `2024-05-0${n}T12:00:00+02:00`,
      files: [{ target: `2024/05/${n}.jpg`, bytes: Buffer.from(n) }],
    })),
  );

test("an index made beside is the one that is found afterwards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-index-"));
  await indexBeside({ roots: [root()], folder, key: "k" }, {});
  using index = findIndex(folder, "k");
  expect(index?.get("SELECT count(*) AS n FROM photo")).toEqual({ n: 3 });
  expect(findIndex(folder, "another")).toBeUndefined();
});

test("what cannot be made says why; one that nobody wants leaves nothing finished", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-index-"));
  const none = mkdtempSync(join(tmpdir(), "offroll-none-"));
  await expect(indexBeside({ roots: [none], folder, key: "k" }, {})).rejects.toThrow(`${none} is not there now.`);
  expect(findIndex(folder, "k")).toBeUndefined();
  await expect(
    indexBeside({ roots: [root()], folder, key: "k" }, { signal: AbortSignal.abort(new Error("enough")) }),
  ).rejects.toThrow("enough");
  expect(findIndex(folder, "k")).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});
