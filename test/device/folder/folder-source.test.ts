import { appendFile, chmod, mkdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FolderRoute } from "../../../src/device/folder/folder-route.ts";
import { FolderSource } from "../../../src/device/folder/folder-source.ts";
import { openFolder } from "../../../src/device/folder/found-folder.ts";
import type { TraceRecord } from "../../../src/device/index.ts";
import { isUnreadable, type MediaItem, type UnreadableEntry } from "../../../src/device/media-source.ts";
import type { FileDescription } from "../../../src/device/mock/described-phone.ts";
import { type AbortOptions, unlessAborted } from "../../../src/shared/abort.ts";
import { BlockPool } from "../../../src/shared/block-pool.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { keptByPhotos, type SourceHarness, testMediaSource } from "../../conformance/media-source.ts";
import { TestClock } from "../../fakes/test-clock.ts";
import { startFolder } from "../../helpers/folder.ts";
import { generated, generatedAt, listItems, readAll } from "../../helpers/mock.ts";

const bad = "/DCIM/100CANON/IMG_0004.JPG";
const files = [
  generated("/DCIM/100CANON/IMG_0001.JPG", 70_000),
  generated("/DCIM/100CANON/MVI_0002.MP4", 3_000_000),
  generated("/DCIM/100CANON/empty.jpg", 0),
  generated("/DCIM/101CANON/naïve — 写真 😀.jpg", 12_345),
  generated('/DCIM/101CANON/it\'s; $(rm -rf ~) `x` \\ "q".jpg', 2_345),
  generated(bad, 4_000),
  generated("/PRIVATE/M4ROOT/CLIP/C0001.MP4", 30_000),
];

const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });

const edit = "/PhotoData/Mutations/DCIM/100CANON/IMG_0001/Adjustments/FullSizeRender.jpg";
const kept = [generated(keptByPhotos.database, 70_000), generated(keptByPhotos.thumbnail, 4_000)];

/** A described folder whose one file is refused: tests may run as a user who may read everything. */
async function refusingHarness(described: readonly FileDescription[], within: string): Promise<SourceHarness> {
  const setup = await startFolder(described, within);
  const found = await openFolder(setup.folder);
  let isSilent = false;
  // A disk that hangs; who asked leaves by the signal that came along.
  const answer = <T>(work: () => Promise<T>, { signal }: AbortOptions = {}): Promise<T> =>
    isSilent ? unlessAborted(new Promise<T>(() => {}), signal) : work();
  const { files } = found;
  const source = new FolderSource(
    {
      ...found,
      files: {
        root: files.root,
        open: (path, o) => answer(() => (bad.endsWith(path) ? Promise.reject(denied) : files.open(path, o)), o),
        names: (path, o) => answer(() => files.names(path, o), o),
        look: (path, o) => answer(() => files.look(path, o), o),
        find: (path, o) => answer(() => files.find(path, o), o),
        space: () => files.space(),
      },
    },
    { clock: systemClock },
  );
  const isKept = (path: string): boolean => kept.some((k) => k.path === path);
  const there = described.map(({ path }) => path).filter((path) => path.startsWith(within));
  const bytes = (paths: string[]) => new Map(paths.map((path) => [path, setup.truth.get(path) as Buffer]));
  return {
    source,
    truth: bytes(there.filter((path) => !isKept(path))),
    kept: bytes(there.filter(isKept)),
    modifiedAt: new Date(generatedAt),
    unreadable: new Set([bad]),
    silence: () => {
      isSilent = true;
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await setup[Symbol.asyncDispose]();
    },
  };
}

testMediaSource("a folder with a DCIM", () => refusingHarness(files, ""), { silent: true });
testMediaSource("a folder that is a DCIM", () => refusingHarness(files, "/DCIM"));
testMediaSource("a folder without one", () => {
  const elsewhere = files.map((f) => ({ ...f, path: f.path.replace("/DCIM/", "/Old photos/") }));
  return refusingHarness([...elsewhere, generated(bad, 4_000)], "");
});
testMediaSource("a copy of an iPhone", () => {
  const photos = files.filter(({ path }) => path.startsWith("/DCIM/"));
  return refusingHarness([...photos, generated(edit, 20_000), ...kept], "");
});

async function unreadables(entries: AsyncIterable<MediaItem | UnreadableEntry>): Promise<UnreadableEntry[]> {
  const found: UnreadableEntry[] = [];
  for await (const entry of entries) if (isUnreadable(entry)) found.push(entry);
  return found;
}

test("a folder says what it is, and where", async () => {
  await using setup = await startFolder(files);
  const [device] = await setup.hubWith().devices();
  expect(device).toMatchObject({
    state: "ready",
    route: "folder",
    info: { platform: "folder", name: "EOS_DIGITAL", folder: setup.folder },
  });
  expect(device?.info.totalBytes).toBeGreaterThan(0);
});

test("a link is followed nowhere, and told: to a file, to a folder, and to the folder itself", async () => {
  await using setup = await startFolder(files);
  const outside = join(setup.folder, "..", "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret.jpg"), "not of this folder");
  await symlink(join(outside, "secret.jpg"), join(setup.folder, "DCIM", "link.jpg"));
  await symlink(outside, join(setup.folder, "DCIM", "away"));
  await symlink("..", join(setup.folder, "DCIM", "round"));
  await using source = await setup.open();
  expect((await listItems(source)).map((i) => i.path)).toEqual([...setup.truth.keys()].sort());
  const told = await unreadables(source.list());
  expect(told.map((e) => [e.path, e.error.code]).sort()).toEqual([
    ["/DCIM/away", "item-elsewhere"],
    ["/DCIM/link.jpg", "item-elsewhere"],
    ["/DCIM/round", "item-elsewhere"],
  ]);
  expect(await source.locate("/DCIM/link.jpg")).toBeUndefined();
  await expect(source.locate("/DCIM/away/secret.jpg")).rejects.toMatchObject({ code: "item-elsewhere" });
  expect(await unreadables(source.list({ folder: "/DCIM/away" }))).toMatchObject([{ path: "/DCIM/away" }]);
});

test("a folder that becomes a link after it was listed leads nowhere", async () => {
  await using setup = await startFolder(files);
  await using source = await setup.open();
  const item = (await listItems(source)).find((i) => i.path === "/DCIM/100CANON/IMG_0001.JPG") as MediaItem;
  await rename(join(setup.folder, "DCIM", "100CANON"), join(setup.folder, "..", "moved"));
  await symlink(join(setup.folder, "..", "moved"), join(setup.folder, "DCIM", "100CANON"));
  await expect(readAll(source.read(item))).rejects.toMatchObject({ code: "item-elsewhere", scope: "item" });
});

test("a path that points out of the folder stays in it", async () => {
  await using setup = await startFolder(files);
  await writeFile(join(setup.folder, "..", "secret.jpg"), "not of this folder");
  await using source = await setup.open();
  expect(await source.locate("/../secret.jpg")).toBeUndefined();
  for await (const _ of source.list({ folder: "/../" })) break;
  expect((await listItems({ ...source, list: () => source.list({ folder: "/DCIM/../.." }) } as never)).length).toBe(
    files.length,
  );
});

test("names that are not UTF-8 are listed and read", async () => {
  await using setup = await startFolder(files);
  const folder = Buffer.concat([Buffer.from(`${setup.folder}/`), Buffer.from([0x66, 0xfc, 0x72])]);
  await mkdir(folder);
  await writeFile(Buffer.concat([folder, Buffer.from([0x2f, 0xe9, 0x2e, 0x6a, 0x70, 0x67])]), "Latin-1");
  await using source = await setup.open();
  const item = (await listItems(source)).find((i) => i.path.startsWith("/f")) as MediaItem;
  expect((await readAll(source.read(item))).toString()).toBe("Latin-1");
  expect((await source.stat(item)).sizeBytes).toBe(7);
});

test("pipes are not waited for, and what systems keep for themselves is not looked into", async () => {
  await using setup = await startFolder(files);
  for (const name of [".Trash-1000", "System Volume Information", "Android/data", ".offroll", "DCIM/.thumbnails"]) {
    await mkdir(join(setup.folder, name), { recursive: true });
    await writeFile(join(setup.folder, name, "1.jpg"), "junk");
  }
  const { execFileSync } = await import("node:child_process");
  execFileSync("mkfifo", [join(setup.folder, "DCIM", "pipe.jpg")]);
  await using source = await setup.open();
  expect((await listItems(source)).map((i) => i.path)).toEqual([...setup.truth.keys()].sort());
});

test("a folder that may not be read is told, and hides no other", async () => {
  await using setup = await startFolder(files);
  const found = await openFolder(setup.folder);
  const names: typeof found.files.names = (path, options) =>
    path === "/DCIM/100CANON" ? Promise.reject(denied) : found.files.names(path, options);
  const look: typeof found.files.look = (...asked) => found.files.look(...asked);
  const find: typeof found.files.find = (...asked) => found.files.find(...asked);
  const open: typeof found.files.open = (...asked) => found.files.open(...asked);
  const source = new FolderSource(
    { ...found, files: { root: found.files.root, names, look, find, open, space: async () => undefined } },
    { clock: systemClock },
  );
  expect(await unreadables(source.list())).toMatchObject([
    { path: "/DCIM/100CANON", error: { code: "item-no-permission", scope: "item" } },
  ]);
  expect(await listItems(source)).toHaveLength(3);
});

test("a file that was cut or written to since it was listed never comes as if whole", async () => {
  await using setup = await startFolder(files);
  await using source = await setup.open();
  const item = (await listItems(source)).find((i) => i.path === "/DCIM/100CANON/MVI_0002.MP4") as MediaItem;
  await truncate(join(setup.folder, item.path), 2_000_000);
  await expect(readAll(source.read(item))).rejects.toMatchObject({ code: "item-changed", scope: "item" });
  await appendFile(join(setup.folder, item.path), Buffer.alloc(5_000_000));
  expect((await source.stat(item)).sizeBytes).toBe(7_000_000);
});

test("a folder that is taken away in mid-read is a lost device; put back, reading goes on, and another in its place does not count", async () => {
  await using setup = await startFolder(files);
  const clock = new TestClock();
  await using source = await setup.open({ clock });
  const [item] = await listItems(source);
  await rename(setup.folder, `${setup.folder}-away`);
  await expect(readAll(source.read(item as MediaItem))).rejects.toMatchObject({
    code: "device-disconnected",
    scope: "device",
    retryable: true,
  });
  await mkdir(join(setup.folder, "DCIM"), { recursive: true });
  const abort = new AbortController();
  let back = false;
  const waiting = source.reconnect({ signal: abort.signal }).then(() => {
    back = true;
  });
  while (clock.slept.length < 3) await new Promise((resolve) => setImmediate(resolve));
  expect(back, "another folder under the same path is not this one").toBe(false);
  await rm(setup.folder, { recursive: true });
  await rename(`${setup.folder}-away`, setup.folder);
  await waiting;
  expect(
    (await readAll(source.read(item as MediaItem))).equals(setup.truth.get((item as MediaItem).path) as Buffer),
  ).toBe(true);
});

test("a wait for a folder that is gone ends with the signal", async () => {
  await using setup = await startFolder(files);
  const abort = new AbortController();
  await using source = await setup.open({ clock: new TestClock() });
  await rm(setup.folder, { recursive: true });
  const waiting = source.reconnect({ signal: abort.signal });
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: expect.stringMatching(/Cancelled|Abort/) });
});

test("blocks come from the pool that is given, and go back there when a reader leaves", async () => {
  await using setup = await startFolder([generated("/DCIM/long.mp4", 5 * 1024 * 1024 + 17)]);
  await using source = await setup.open();
  const [item] = await listItems(source);
  const blocks = new BlockPool();
  const parts: Buffer[] = [];
  for await (const chunk of source.read(item as MediaItem, { blocks })) {
    parts.push(Buffer.from(chunk));
    blocks.give(chunk);
  }
  expect(Buffer.concat(parts).equals(setup.truth.get("/DCIM/long.mp4") as Buffer)).toBe(true);
  expect(blocks.peakBytes).toBeLessThanOrEqual(3 * 1024 * 1024);
});

test("what is asked of the folder stands in the trace, under one number and with what came of it", async () => {
  await using setup = await startFolder(files);
  const records: TraceRecord[] = [];
  await using source = await setup.open({ trace: (record) => records.push(record) });
  const [item] = await listItems(source);
  await readAll(source.read(item as MediaItem));
  expect(new Set(records.map((r) => `${r.layer} ${r.connection}`)).size).toBe(1);
  const requests = (direction: string): unknown[] =>
    records.filter((r) => r.direction === direction).map((r) => (r.message as { request: string }).request);
  expect(new Set(requests("sent"))).toEqual(new Set(["list", "look", "open", "read"]));
  expect(requests("received").sort()).toEqual(requests("sent").sort());
});

test("a folder that is not there, is no folder or may not be read says so", async () => {
  await using setup = await startFolder(files);
  const at = (folder: string) => setup.hubWith({ via: `folder:${folder}` }).devices();
  await expect(at(join(setup.folder, "no such"))).rejects.toMatchObject({ code: "device-not-found" });
  await expect(at(join(setup.folder, "DCIM", "100CANON", "IMG_0001.JPG"))).rejects.toMatchObject({
    code: "device-not-found",
    message: expect.stringMatching(/is no folder/),
  });
  expect(() => setup.hubWith({ via: "folder:" })).toThrow(/names no folder/);
  await chmod(setup.folder, 0o755);
});

test("a relative path is read against the folder that the program was started in, and a link that is named is followed", async () => {
  await using setup = await startFolder(files);
  await symlink(setup.folder, join(setup.folder, "..", "card"));
  const [device] = await setup.hubWith({ via: "folder:card", cwd: join(setup.folder, "..") }).devices();
  expect(device?.info.folder).toBe(setup.folder);
});

test("a folder that comes and goes is noticed", async () => {
  await using setup = await startFolder(files);
  // Each wait between two looks is when something happens to it.
  const away = `${setup.folder}-away`;
  const moves = [() => rename(setup.folder, away), async () => {}, () => rename(away, setup.folder)];
  const sleep = async () => await moves.shift()?.();
  const route = new FolderRoute({ folder: setup.folder, clock: { now: () => 0, sleep } });
  const changes = route.changes();
  expect((await changes.next()).value).toEqual({ type: "changed" });
  await expect(route.devices()).rejects.toMatchObject({ scope: "device" });
  expect((await changes.next()).value).toEqual({ type: "changed" });
  expect(await route.devices()).toHaveLength(1);
  expect(moves).toEqual([]);
  await changes.return();
});
