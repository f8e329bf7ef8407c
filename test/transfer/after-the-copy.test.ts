/** When the photos are there, whatever fails afterwards is told as what it is, never as a bug. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { DestinationError, toAppError } from "../../src/shared/errors.ts";
import { MemorySource } from "../fakes/memory-source.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";

const files = new Map([1, 2].map((n) => [`/DCIM/100APPLE/IMG_000${n}.JPG`, Buffer.alloc(2000 + n, n)] as const));

test("another program that holds the catalog at the end is named, and the photos are there", async () => {
  const to = temporaryFolder();
  let other: DatabaseSync | undefined;
  let items = 0;
  const { summary } = await exportOnce(new MemorySource(files), to, {
    onEvent(event) {
      if (event.type !== "item") return;
      items += 1;
      if (items < files.size) return;
      other = new DatabaseSync(join(to, ".offroll/catalog.sqlite"));
      other.exec("BEGIN IMMEDIATE");
    },
  });
  other?.close();
  expect(summary).toMatchObject({ ok: false, outcomes: { copied: { items: 2 } } });
  expect(summary.stoppedBy).toMatchObject({ code: "destination-in-use", message: expect.stringContaining("catalog") });
  expect([...filesBelow(to)]).toHaveLength(2);
  const next = await exportOnce(new MemorySource(files), to);
  expect(next.summary).toMatchObject({ ok: true, outcomes: { present: { items: 2 } } });
});

test("a share that takes no copy of the catalog: the files are there, and it is said", async () => {
  const to = temporaryFolder();
  const blocked = exportOnce(new MemorySource(files), to, {
    onShare: true,
    dataFolder: temporaryFolder(),
    onEvent(event) {
      // A folder with something in it stands where the copy should go.
      if (event.type === "summary") mkdirSync(join(to, ".offroll/catalog.sqlite/x"), { recursive: true });
    },
  });
  await expect(blocked).rejects.toMatchObject({
    code: "destination-io",
    message: expect.stringContaining("The files are there"),
  });
  expect([...filesBelow(to)]).toHaveLength(2);
  rmSync(join(to, ".offroll/catalog.sqlite"), { recursive: true });
});

test("what fails while failed work is cleared away does not hide what failed first", () => {
  const first = new DestinationError("destination-full", "full");
  expect(toAppError(new SuppressedError(new Error("unlink"), first))).toBe(first);
});
