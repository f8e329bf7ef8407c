/** A few sequences of what may happen to a phone and its backups; `npm run test:phone-random` plays as many as one likes, with kills. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { quickTemporary } from "../helpers/backup-phone.ts";
import { PhoneSequences } from "../helpers/phone-sequences.ts";

test("whatever happens in whatever order, the last good backup is whole and a restored phone is what it was", async () => {
  const folder = mkdtempSync(join(quickTemporary(), "offroll-phone-sequences-"));
  try {
    await using sequences = await PhoneSequences.start(folder);
    for (const seed of [5, 6, 7]) expect(await sequences.run(seed, 4)).toEqual([]);
    expect(sequences.counts.restores).toBeGreaterThan(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
