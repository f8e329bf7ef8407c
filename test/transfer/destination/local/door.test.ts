/** Folders that are swapped for links while photos are written: what we write stays below the root. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { randomFrom } from "../../../../fixtures/make/random.ts";
import type { DiskPort } from "../../../../src/transfer/destination/local/disk-port.ts";
import { HandleDoor } from "../../../../src/transfer/destination/local/handle-door.ts";
import { LocalDestination } from "../../../../src/transfer/destination/local/local-destination.ts";
import { nodeDisk } from "../../../../src/transfer/destination/local/node-disk.ts";
import { filesBelow } from "../../../helpers/files-below.ts";

const { openDoor: _, ...withoutHandles } = nodeDisk;
const disks: [string, DiskPort][] = [
  ["by handles", nodeDisk],
  ["by looking", withoutHandles],
];
const id = "11111111-1111-4111-8111-111111111111";

function place(disk: DiskPort) {
  const work = mkdtempSync(join(tmpdir(), "offroll-door-"));
  const root = join(work, "root");
  mkdirSync(join(root, ".offroll"), { recursive: true });
  writeFileSync(join(root, ".offroll/destination.json"), JSON.stringify({ id }));
  const outside = join(work, "outside");
  mkdirSync(outside);
  const destination = new LocalDestination(root, { disk, id });
  return {
    work,
    root,
    outside,
    destination,
    async store(path: string, text = path) {
      const key = Buffer.from(path).toString("hex").padEnd(64, "0").slice(0, 64);
      await using file = await destination.create({ key, sizeBytes: text.length });
      await file.write(Buffer.from(text));
      return await file.commit(path, undefined);
    },
    async [Symbol.asyncDispose]() {
      await destination[Symbol.asyncDispose]();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

/** False: something stands at the name already. */
function ifFree(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return false;
  }
}

const openFolders = (): number =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return statSync(`/proc/self/fd/${fd}`).isDirectory();
    } catch {
      return false;
    }
  }).length;

for (const [how, disk] of disks) {
  test(`${how}: a folder that was written to and is a link now is not followed`, async () => {
    await using h = place(disk);
    expect(await h.store("2024/05/a.jpg")).toBe("stored");
    renameSync(join(h.root, "2024"), join(h.outside, "2024"));
    symlinkSync(join(h.outside, "2024"), join(h.root, "2024"));
    await expect(h.store("2024/05/b.jpg")).rejects.toMatchObject({ code: "destination-unsafe" });
    await expect(h.destination.stat("2024/05/a.jpg")).rejects.toMatchObject({ code: "destination-unsafe" });
    await expect(h.destination.hash("2024/05/a.jpg")).rejects.toMatchObject({ code: "destination-unsafe" });
    await expect(h.destination.remove("2024/05/a.jpg", "x")).rejects.toMatchObject({ code: "destination-unsafe" });
    expect([...filesBelow(h.outside)]).toEqual(["2024/05/a.jpg"]);
    expect(await h.store("2023/05/b.jpg")).toBe("stored");
  });

  test(`${how}: partials that are a link, or become one, take nothing out`, async () => {
    await using h = place(disk);
    symlinkSync(h.outside, join(h.root, ".offroll/partials"));
    await expect(h.store("a.jpg")).rejects.toMatchObject({ code: "destination-unsafe" });
    rmSync(join(h.root, ".offroll/partials"));
    expect(await h.store("a.jpg")).toBe("stored");
    rmSync(join(h.root, ".offroll"), { recursive: true });
    symlinkSync(h.outside, join(h.root, ".offroll"));
    await expect(h.store("b.jpg")).rejects.toMatchObject({ code: "destination-unsafe" });
    expect([...filesBelow(h.outside)]).toEqual([]);
  });

  test(`${how}: a folder that went missing is made again, as long as the disk is the same`, async () => {
    await using h = place(disk);
    await h.store("2024/05/a.jpg");
    rmSync(join(h.root, "2024"), { recursive: true });
    expect(await h.store("2024/05/b.jpg")).toBe("stored");
  });

  test(`${how}: another folder at the root's place gets nothing, before the first byte and after it`, async () => {
    for (const first of [true, false]) {
      await using h = place(disk);
      if (!first) await h.store("2024/05/a.jpg");
      renameSync(h.root, join(h.work, "away"));
      // One that was used: no folder has to be made there.
      mkdirSync(join(h.root, ".offroll/partials"), { recursive: true });
      mkdirSync(join(h.root, "2024/05"), { recursive: true });
      writeFileSync(join(h.root, ".offroll/destination.json"), JSON.stringify({ id: "another" }));
      await expect(h.store("2024/05/b.jpg")).rejects.toMatchObject({ code: "destination-not-there" });
      const there = (readdirSync(h.root, { recursive: true }) as string[]).sort();
      expect(there).toEqual([".offroll", ".offroll/destination.json", ".offroll/partials", "2024", "2024/05"]);
      // Nothing at all there: no folder is made in its place.
      rmSync(h.root, { recursive: true });
      await expect(h.store("2024/05/b.jpg")).rejects.toMatchObject({ code: "destination-not-there" });
      expect(existsSync(h.root)).toBe(false);
      // Back again, it goes on.
      renameSync(join(h.work, "away"), h.root);
      expect(await h.destination.isThere()).toBe(true);
      expect(await h.store("2024/05/b.jpg")).toBe("stored");
    }
  });

  // Without handles a moment remains between looking and doing.
  const races = how === "by handles" && process.platform === "linux";
  test.runIf(races)(
    `${how}: folders are swapped for links at random; nothing that is stored leaves the root`,
    async () => {
      const seed = Date.now() % 100_000;
      const random = randomFrom(seed);
      await using h = place(disk);
      let stored = 0;
      let refused = 0;
      for (let round = 0; round < 30; round += 1) {
        const folder = `20${10 + (round % 5)}`;
        const storing = Promise.allSettled(
          Array.from({ length: 8 }, (_, i) => h.store(`${folder}/${i % 2}/${round}-${i}.jpg`)),
        );
        const inside = join(h.root, folder);
        for (let swap = 0; swap < 5; swap += 1) {
          await new Promise((done) => setTimeout(done, random() * 3));
          if (!existsSync(inside)) continue;
          const aside = join(h.work, `aside-${round}-${swap}`);
          renameSync(inside, aside);
          // The program may make the folder anew between any two of these lines; what was moved then stays aside.
          if (!ifFree(() => symlinkSync(h.outside, inside))) continue;
          await new Promise((done) => setTimeout(done, random() * 2));
          rmSync(inside);
          ifFree(() => renameSync(aside, inside));
        }
        for (const result of await storing)
          if (result.status === "fulfilled") stored += 1;
          else {
            refused += 1;
            const { code } = result.reason as { code?: string };
            expect(["destination-unsafe", "destination-not-there"], `seed ${seed}: ${result.reason}`).toContain(code);
          }
        expect([...filesBelow(h.outside)], `seed ${seed}`).toEqual([]);
      }
      expect(stored + refused).toBe(240);
      expect(stored).toBeGreaterThan(0);
    },
  );
}

test("folders held open are few, and closed at the end", async () => {
  const before = openFolders();
  {
    await using h = place(nodeDisk);
    for (let i = 0; i < 200; i += 1) await h.store(`${i}/a.jpg`);
    if (existsSync("/proc/self/fd")) expect(openFolders() - before).toBeLessThan(80);
    expect([...filesBelow(h.root)]).toHaveLength(200);
  }
  expect(openFolders()).toBe(before);
});

test.runIf(existsSync("/proc/self/fd"))(
  "a disk that was away while a name was given is told as away, not as a swapped folder",
  async () => {
    await using p = place(nodeDisk);
    mkdirSync(join(p.root, "2024"));
    const door = (await HandleDoor.open(p.root)) as HandleDoor;
    const away = (): void => renameSync(p.root, `${p.root}-away`);
    const back = (): void => renameSync(`${p.root}-away`, p.root);
    // Still away when it is looked at, and back already.
    await expect(
      door.through(
        "2024/a",
        async () => away(),
        async () => {},
      ),
    ).rejects.toMatchObject({
      code: "destination-not-there",
    });
    back();
    await expect(
      door.through(
        "2024/a",
        async () => away(),
        async () => back(),
      ),
    ).rejects.toMatchObject({
      code: "destination-not-there",
    });
    // A folder that was swapped alone is that.
    const swap = async (): Promise<void> => {
      renameSync(join(p.root, "2024"), join(p.root, "elsewhere"));
      symlinkSync(p.outside, join(p.root, "2024"));
    };
    await expect(door.through("2024/a", swap, async () => {})).rejects.toMatchObject({ code: "destination-unsafe" });
    door.close();
  },
);
