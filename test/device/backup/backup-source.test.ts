/** The camera roll of a phone's backup as a phone: by the suite of every route, and beside the same phone at the cable. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type BackupOpener, DeviceHub } from "../../../src/device/index.ts";
import type { MediaSource } from "../../../src/device/media-source.ts";
import type { FileDescription } from "../../../src/device/mock/described-phone.ts";
import type { PhoneFiles } from "../../../src/device/phone-files.ts";
import { findBackup, openBackup } from "../../../src/phone-backup/index.ts";
import { type AbortOptions, unlessAborted } from "../../../src/shared/abort.ts";
import { keptByPhotos, type SourceHarness, testMediaSource } from "../../conformance/media-source.ts";
import { sha256Of } from "../../helpers/copies.ts";
import { everyKind, libraryPhone } from "../../helpers/library-phone.ts";
import { generatedAt, listItems, startMock, truth } from "../../helpers/mock.ts";
import { type BackedUp, bytesOf, fileIdFor, writeBackup } from "../../helpers/phone-backup.ts";
import { homeOf } from "../../helpers/program.ts";

const password = "of the test";
const at = Date.parse(generatedAt) / 1000;
const bad = "/DCIM/100APPLE/IMG_0004.JPG";
const photos: readonly (readonly [string, number])[] = [
  ["/DCIM/100APPLE/IMG_0001.JPG", 70_000],
  ["/DCIM/100APPLE/IMG_0002.MOV", 3_000_000],
  ["/DCIM/100APPLE/empty.jpg", 0],
  ["/DCIM/101APPLE/naïve — 写真 😀.jpg", 12_345],
  [bad, 4_000],
  ["/PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender.jpg", 20_000],
];
const kept: readonly (readonly [string, number])[] = [
  [keptByPhotos.database, 70_000],
  [keptByPhotos.thumbnail, 4_000],
];

function backedUp([path, size]: readonly [string, number]): BackedUp {
  return { domain: "CameraRollDomain", path: `Media${path}`, bytes: bytesOf(path, size), modified: at, born: at };
}

/** As the program opens them, with a password that is known. */
function openerOf(root: string, wrap: (files: PhoneFiles) => PhoneFiles = (files) => files): BackupOpener {
  return {
    look: async (folder) => {
      const { udid: id, name, productType, osVersion, stateId, folder: found } = await findBackup(folder, "/");
      return { device: { id, name, productType, osVersion }, folder: found, stateId };
    },
    open: async (folder) =>
      wrap(
        await openBackup(await findBackup(folder, "/"), {
          password: async () => Buffer.from(password),
          privately: { folder: join(root, ".private"), pid: process.pid },
        }),
      ),
  };
}

async function opened(root: string, wrap?: (files: PhoneFiles) => PhoneFiles): Promise<MediaSource> {
  const hub = new DeviceHub({
    ...{ via: `backup:${root}`, recordFolder: "/nonexistent", hostName: "test-host", platform: "linux" },
    backups: openerOf(root, wrap),
  });
  return await hub.open((await hub.find(undefined)).info);
}

function freshRoot(): string {
  const root = mkdtempSync(join(tmpdir(), "offroll-backup-source-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

const places = {
  home: { domain: "HomeDomain", path: "Library/SMS/sms.db", bytes: bytesOf("sms", 100) },
  beside: { domain: "CameraRollDomain", path: "Media/DCIM2/other.jpg", bytes: bytesOf("other", 100) },
  elsewhere: { domain: "MediaDomain", path: "Media/DCIM/100APPLE/IMG_0009.JPG", bytes: bytesOf("nine", 100) },
} as const;

/** Written once: reading changes nothing. */
let written: string | undefined;
afterAll(() => {
  if (written !== undefined) rmSync(written, { recursive: true, force: true });
});

function writtenOnce(): string {
  if (written !== undefined) return written;
  const root = mkdtempSync(join(tmpdir(), "offroll-backup-source-"));
  written = root;
  const files = [...photos, ...kept].map(backedUp);
  const folder = writeBackup(root, { files: [...files, ...Object.values(places)], password });
  const id = fileIdFor("CameraRollDomain", `Media${bad}`);
  rmSync(join(folder, id.slice(0, 2), id));
  return root;
}

async function harness(): Promise<SourceHarness> {
  const root = writtenOnce();
  let isSilent = false;
  const source = await opened(root, (inner) => silenced(inner, () => isSilent));
  const bytes = (of: typeof photos) => new Map(of.map(([path, size]) => [path, bytesOf(path, size)]));
  return {
    source,
    truth: bytes(photos),
    kept: bytes(kept),
    unreadable: new Set([bad]),
    modifiedAt: new Date(generatedAt),
    silence: () => {
      isSilent = true;
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

/** A disk that hangs; who asked leaves by the signal that came along. */
function silenced(files: PhoneFiles, isSilent: () => boolean): PhoneFiles {
  const never = async ({ signal }: AbortOptions): Promise<void> => {
    if (isSilent()) await unlessAborted(new Promise<never>(() => {}), signal);
  };
  return {
    device: files.device,
    takenAt: files.takenAt,
    isEncrypted: files.isEncrypted,
    domains: (options) => files.domains(options),
    async *list(query = {}) {
      await never(query);
      yield* files.list(query);
    },
    async find(domain, path, options = {}) {
      await never(options);
      return await files.find(domain, path, options);
    },
    read: (file, range) => files.read(file, range),
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

// Clear ones pass the suite of `PhoneFiles`, on which all of this stands.
testMediaSource("an encrypted backup", harness, { silent: true });

test("a backup that is away pauses a run, and goes on when it is back; one made anew is another", async () => {
  const root = freshRoot();
  const folder = writeBackup(root, { files: photos.map(backedUp) });
  await using source = await opened(root);
  const [item] = await listItems(source);
  renameSync(folder, `${root}-away`);
  onTestFinished(() => rmSync(`${root}-away`, { recursive: true, force: true }));
  const read = async () => await Array.fromAsync(source.read(item!));
  await expect(read()).rejects.toMatchObject({ code: "device-disconnected", retryable: true });
  renameSync(`${root}-away`, folder);
  await source.reconnect({});
  expect(Buffer.concat(await read())).toEqual(bytesOf(item!.path, item!.sizeBytes));
});

function treeOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .filter((path) => !path.includes("/.offroll/"));
  return new Map(
    files
      .map((path): [string, string] => [
        path.slice(folder.length),
        // A sidecar is made when it is made; a photo has its own time.
        `${path.endsWith(".xmp") ? "" : statSync(path).mtimeMs} ${sha256Of(readFileSync(path))}`,
      ])
      .sort(),
  );
}

test("a backup's photos are named, dated and left out as the phone's own; what the cable brought is not copied again", async () => {
  const made = libraryPhone(everyKind());
  const { baseFolder } = made;
  // A phone keeps fractions of a second, its backup does not.
  const files = made.files.map((file) => ({ ...file, modified: file.modified.replace("Z", ".123Z") }));
  await using mock = await startMock({ files }, { baseFolder });
  const root = freshRoot();
  const described = async ({ path, modified }: FileDescription): Promise<BackedUp> => ({
    ...{ domain: "CameraRollDomain", path: `Media${path}`, bytes: await truth(mock.phone, path) },
    ...{ modified: Math.floor(Date.parse(modified) / 1000), born: Math.floor(Date.parse(modified) / 1000) },
  });
  writeBackup(join(root, "backups"), {
    ...{ udid: "00008110-001A2B3C4D5E6F7A", name: "Test iPhone", password },
    files: await Promise.all(files.map(described)),
  });
  const home = homeOf(mock.daemon.address);
  const viaBackup = ["--via", `backup:${join(root, "backups")}`, "--password-command", `echo ${password}`];
  const byCable = await home.run(["export", join(root, "cable"), "--yes", "--sidecar", "xmp"]);
  const fromBackup = await home.run(["export", join(root, "backup"), "--yes", "--sidecar", "xmp", ...viaBackup]);
  expect([byCable.code, fromBackup.code], byCable.stderr + fromBackup.stderr).toEqual([0, 0]);
  const cable = treeOf(join(root, "cable"));
  expect(cable.size).toBeGreaterThan(20);
  expect([...treeOf(join(root, "backup")).keys()]).toEqual([...cable.keys()]);
  expect(treeOf(join(root, "backup"))).toEqual(cable);
  const again = await home.run(["export", join(root, "cable"), "--yes", "--sidecar", "xmp", "--json", ...viaBackup]);
  const end = JSON.parse(again.stdout.trim().split("\n").at(-1) as string) as {
    outcomes: { copied: { items: number } };
  };
  expect([again.code, end.outcomes.copied.items], again.stderr).toEqual([0, 0]);
  const inside = await home.run([
    "export",
    join(root, "backups", "00008110-001A2B3C4D5E6F7A", "out"),
    "--yes",
    ...viaBackup,
  ]);
  expect([inside.code, inside.stderr]).toEqual([1, expect.stringContaining("destination-")]);
  expect((await home.run(["ls", ...viaBackup])).stdout).toContain("100APPLE");
});
