/** Lists that were kept to be checked by: which of them are taken away. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CameraRoll } from "../../../src/library/roll.ts";
import { inspectDestination, openPlace } from "../../../src/transfer/destination/index.ts";
import { type FreeupPlan, keepList, listIds, newListId, pruneLists } from "../../../src/transfer/freeup/index.ts";
import { temporaryFolder } from "../../helpers/engine.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 28);
const nothing: Parameters<typeof keepList>[2] = {
  plan: { proven: [] as const } as Partial<FreeupPlan> as FreeupPlan,
  roll: { items: [] as const } as Partial<CameraRoll> as CameraRoll,
};

test("older than 60 days and not among the phone's five newest: those alone are taken away", async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, ".offroll/freeup"), { recursive: true });
  writeFileSync(join(root, ".offroll", "destination.json"), '{"id":"one"}');
  const { metadata } = openPlace(await inspectDestination(root, "/"));
  const keep = async (phone: string, daysAgo: number): Promise<string> => {
    const at = now - daysAgo * day;
    const id = newListId(at);
    await keepList(metadata, { id, at, device: { id: phone, name: phone }, copies: 2, ownDisks: [] }, nothing);
    return id;
  };
  const young = [await keep("ann", 0), await keep("ann", 20)];
  const old = [await keep("ann", 61), await keep("ann", 100), await keep("ann", 200)];
  const gone = [await keep("ann", 300), await keep("ann", 301)];
  const others = [await keep("ben", 400)];
  const damaged = "20250101-abcdef";
  writeFileSync(join(root, ".offroll/freeup", `${damaged}.jsonl`), "{");
  expect(await pruneLists(metadata, "ann", now)).toEqual(gone);
  expect((await listIds(metadata)).sort()).toEqual([...young, ...old, ...others, damaged].sort());
  // Six and more of the last weeks: none of them is old enough.
  const weeks = [await keep("ann", 1), await keep("ann", 2), await keep("ann", 3), await keep("ann", 4)];
  expect(await pruneLists(metadata, "ann", now)).toEqual(old);
  expect(await listIds(metadata)).toEqual(expect.arrayContaining(weeks));
});
