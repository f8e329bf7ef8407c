/** A destination with what a phone's backup left, and copies of it, all in this process. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { MediaItem } from "../../src/device/media-source.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { Catalog } from "../../src/transfer/catalog/catalog.ts";
import { addCopy } from "../../src/transfer/copies/add-copy.ts";
import { type BringUpOptions, bringUpToDate } from "../../src/transfer/copies/bring-up-to-date.ts";
import type { CopyEvent, CopySummary } from "../../src/transfer/copies/events.ts";
import type { CopyName, IdentifiedFolder } from "../../src/transfer/copies/sides.ts";
import { inspectDestination, openPlace } from "../../src/transfer/destination/open-place.ts";
import { filesBelow } from "./files-below.ts";

export const phone = "00008150-COPIES";

export function sha256Of(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What a run of a backup left; more than one may follow. */
export interface Backup {
  readonly runId?: string;
  /** Content by name in the destination. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly sidecars?: Readonly<Record<string, string>>;
  /** Entries of albums: the photo by the entry's name. */
  readonly albums?: Readonly<Record<string, string>>;
  readonly device?: string;
}

const none = { items: 0, bytes: 0 };
const summary = {
  ok: true,
  outcomes: { copied: none, present: none, skipped: none, failed: none, cancelled: none },
};

const taken = new Date(Date.UTC(2024, 4, 1, 10, 0, 0));

/** Writes it as a run does: files with their dates, their rows, and a log. */
export async function backedUp(root: string, backup: Backup): Promise<IdentifiedFolder> {
  const { runId = "20240501T120000Z-abc123", files, device = phone } = backup;
  mkdirSync(root, { recursive: true });
  const place = openPlace(await inspectDestination(root, "/"));
  const options = { clock: systemClock, pid: process.pid, wait: false };
  const { id, lock } = await place.claim(options);
  const metadata = join(root, ".offroll");
  {
    using catalog = Catalog.open(metadata, { create: true }) as Catalog;
    catalog.devices.note({ id: device, name: "Anna", model: "iPhone 14 Pro", lastSeen: 1 });
    catalog.runs.start({ id: runId, device, command: "offroll backup", startedAt: 1, kind: "backup" });
    for (const [target, content] of Object.entries(files)) {
      write(root, target, content);
      const item = itemOf(target, content);
      catalog.items.markDone(device, item, {
        ...{ target, sha256: sha256Of(content), photoId: sha256Of(target).slice(0, 8), uuid: undefined },
        ...{ role: "original", captured: "2024-05-01", copiedAt: 1, runId },
        storedMs: taken.getTime(),
      });
    }
    for (const [target, content] of Object.entries(backup.sidecars ?? {})) {
      write(root, target, content);
      const source = target.replace(/\.xmp$/, "");
      catalog.made.note({ target, maker: "sidecar", version: 1, source, sha256: sha256Of(content) });
    }
    await using destination = place.destination(id);
    for (const [target, source] of Object.entries(backup.albums ?? {})) {
      await destination.duplicate(source, target, "link");
      catalog.made.note({ target, maker: "album-entry", version: 1, source });
    }
    catalog.runs.finish(runId, { finishedAt: 2, complete: true, knownFailures: 0, summary: JSON.stringify(summary) });
  }
  const log = await place.metadata.runs.begin(`${runId}.jsonl`);
  const header = { type: "run", v: 1, runId, startedAt: new Date(1).toISOString(), command: "offroll backup" };
  log.write(`${JSON.stringify({ ...header, kind: "backup", device: { id: device, name: "Anna", model: "x" } })}\n`);
  await log[Symbol.asyncDispose]();
  lock[Symbol.dispose]();
  return { ...(await inspectDestination(root, "/")), id };
}

export function itemOf(target: string, content: string | Buffer): MediaItem {
  const name = target.slice(target.lastIndexOf("/") + 1);
  const path = `/DCIM/100APPLE/${name}`;
  const sizeBytes = Buffer.byteLength(content);
  return { id: path, path, name, area: "camera-roll", sizeBytes, createdAt: taken, modifiedAt: taken };
}

function write(root: string, target: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, target)), { recursive: true });
  writeFileSync(join(root, target), content);
  utimesSync(join(root, target), taken, taken);
}

export interface CopyBench {
  readonly folder: string;
  readonly one: string;
  readonly two: string;
  readonly dataFolder: string;
}

export function copyBench(): CopyBench {
  const folder = mkdtempSync(join(tmpdir(), "offroll-copies-"));
  return { folder, one: join(folder, "one"), two: join(folder, "two"), dataFolder: join(folder, "data") };
}

export function around({ dataFolder }: CopyBench): BringUpOptions {
  return { clock: systemClock, pid: process.pid, dataFolder };
}

/** Names the second folder as the copy `usb` of the first. */
export async function added(
  bench: CopyBench,
  first: IdentifiedFolder,
  name = "usb",
  to = bench.two,
): Promise<CopyName> {
  await addCopy(first, { name, place: await inspectDestination(to, "/") }, around(bench));
  return { firstId: first.id, firstPath: first.root, name };
}

export async function brought(
  bench: CopyBench,
  copy: CopyName,
  over: Partial<BringUpOptions> = {},
): Promise<{ summary: CopySummary; events: CopyEvent[] }> {
  const events: CopyEvent[] = [];
  const summary = await bringUpToDate(copy, { ...around(bench), onEvent: (event) => events.push(event), ...over });
  return { summary, events };
}

/** Content by name of everything that a person sees. */
export function contentsOf(root: string): Record<string, string> {
  return Object.fromEntries([...filesBelow(root)].sort().map((f) => [f, readFileSync(join(root, f), "utf8")]));
}

/** Names and times: nothing was written where both are as before. */
export function stateOf(root: string): string[] {
  return [...filesBelow(root)]
    .sort()
    .map((f) => `${f} ${statSync(join(root, f)).mtimeMs} ${statSync(join(root, f)).ino}`);
}

export function catalogOf(root: string): Catalog {
  return Catalog.open(join(root, ".offroll"), { create: false, readOnly: true }) as Catalog;
}
