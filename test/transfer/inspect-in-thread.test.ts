/** A destination is looked at from another thread; nothing of it is touched by the one that draws. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { MediaItem } from "../../src/device/media-source.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import { inspectInThread } from "../../src/transfer/check/index.ts";
import { createDestination, inspectFolder } from "../../src/transfer/destination/local/local-folder.ts";
import { findPlaces, freeBytes } from "../../src/ui/places.ts";
import { temporaryFolder } from "../helpers/engine.ts";

/** Paths that this thread asked for and waited. */
const waitedFor = vi.hoisted(() => [] as string[]);
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const counted = Object.entries(real).map(([name, value]) => [
    name,
    typeof value === "function" && name.endsWith("Sync")
      ? (...args: unknown[]) => {
          waitedFor.push(String(args[0]));
          return Reflect.apply(value as never, real, args);
        }
      : value,
  ]);
  return { ...Object.fromEntries(counted), default: real };
});

const modifiedAt = new Date("2024-05-01T10:00:00Z");

function item(n: number): MediaItem {
  const [path, name] = [`/DCIM/100APPLE/IMG_${n}.JPG`, `IMG_${n}.JPG`];
  return { id: path, path, name, area: "camera-roll", sizeBytes: 1000 + n, modifiedAt, createdAt: modifiedAt };
}

function row(device: string, n: number) {
  const common = { photoId: `p${n}`, role: "original" as const, captured: undefined, sha256: "00", copiedAt: 1 };
  return { ...common, uuid: n % 2 === 0 ? `${device}-${n}` : undefined, runId: "r", target: `${device}/${n}.jpg` };
}

/** A destination with so many files of each of two phones. */
async function destination(files: number): Promise<string> {
  const root = join(temporaryFolder(), "photos");
  mkdirSync(root);
  createDestination(inspectFolder(root, "/"));
  using catalog = Catalog.open(join(root, ".offroll"), { create: true }) as Catalog;
  for (const device of ["u", "v"])
    await Promise.all(
      Array.from({ length: files }, async (_, n) => {
        await catalog.items.markPending(device, item(n), row(device, n));
        await catalog.items.noteDone(device, item(n), row(device, n));
      }),
    );
  return root;
}

test("what is there of one phone is told in pieces, and the thread that draws waits for nothing there", async () => {
  const root = await destination(2_500);
  const [uuids, paths, pieces] = [new Set<string>(), new Set<string>(), [] as number[]];
  waitedFor.length = 0;
  const look = await inspectInThread(
    { path: root, cwd: "/", device: "u", copied: true },
    {
      onCopied: (part) => {
        pieces.push(part.paths.length);
        for (const uuid of part.uuids) uuids.add(uuid);
        for (const path of part.paths) paths.add(path);
      },
    },
  );
  const places = await findPlaces(`${root}/`, { home: root, cwd: root, platform: "linux", recent: [root] });
  const free = await freeBytes(join(root, "not", "yet"));
  expect(waitedFor.filter((path) => path.startsWith(root))).toEqual([]);
  expect(look).toMatchObject({ folder: { root, isNew: false }, doubt: undefined });
  expect([look.freeBytes, free]).toEqual([expect.any(Number), expect.any(Number)]);
  expect([uuids.size, uuids.has("u-2"), paths.size, pieces]).toEqual([1_250, true, 2_500, [2_000, 500]]);
  expect(places.map((p) => p.path)).toContain(`${root}`);
});

test("why it cannot be one, and why another may be meant, are told as they are here", async () => {
  const root = await destination(1);
  writeFileSync(join(root, "file"), "");
  await expect(inspectInThread({ path: "file", cwd: root, copied: false })).rejects.toMatchObject({
    name: "DestinationError",
    code: "destination-not-folder",
  });
  const { id } = inspectFolder(root, "/");
  const remembered = [{ path: root, id }];
  expect((await inspectInThread({ path: root, cwd: "/", copied: false, remembered })).doubt).toBeUndefined();
  const other = [{ path: root, id: "00000000-0000-4000-8000-000000000000" }];
  expect((await inspectInThread({ path: root, cwd: "/", copied: false, remembered: other })).doubt).toMatch(
    /another disk/,
  );
});

test("a look that nobody waits for any more ends", async () => {
  const stop = new AbortController();
  const looked = inspectInThread({ path: await destination(1), cwd: "/", copied: true }, { signal: stop.signal });
  stop.abort();
  await expect(looked).rejects.toMatchObject({ code: "cancelled" });
});

test("the template that was kept there for this phone is told, and no other phone's", async () => {
  const root = await destination(1);
  {
    using catalog = Catalog.open(join(root, ".offroll"), { create: false }) as Catalog;
    catalog.devices.keepTemplate("u", "{phone}/{name}");
  }
  const of = async (device: string): Promise<string | undefined> =>
    (await inspectInThread({ path: root, cwd: "/", device, copied: true })).keptTemplate;
  expect([await of("u"), await of("v")]).toEqual(["{phone}/{name}", undefined]);
});
