import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertApart } from "../../src/transfer/destination/local/apart.ts";

test("a destination in the folder that is read is refused, and so is the folder in the destination, by whatever names", async () => {
  const home = await mkdtemp(join(tmpdir(), "offroll-apart-"));
  try {
    const card = join(home, "card");
    await mkdir(join(card, "DCIM"), { recursive: true });
    await symlink(join(card, "DCIM"), join(home, "link"));
    const overlaps = { code: "destination-overlaps", scope: "run" };
    for (const inside of [card, join(card, "copy"), join(card, "no", "such", "folder"), join(home, "link", "copy")])
      await expect(assertApart(inside, card), inside).rejects.toMatchObject(overlaps);
    await expect(assertApart(home, card)).rejects.toMatchObject(overlaps);
    await expect(assertApart(card, join(home, "link"))).rejects.toMatchObject(overlaps);
    for (const apart of [join(home, "card2"), join(home, "backup", "new"), "/nowhere"]) await assertApart(apart, card);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
