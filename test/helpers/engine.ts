/** One export of a mock phone into a temporary folder, the whole engine in this process. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { MediaSource } from "../../src/device/media-source.ts";
import type { MockPhone } from "../../src/device/mock/iphone/index.ts";
import type { CameraRoll } from "../../src/library/roll.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import type { DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import { inspectFolder } from "../../src/transfer/destination/local/local-folder.ts";
import { LocalPlace } from "../../src/transfer/destination/local/local-place.ts";
import type { RunSummary, TransferEvent } from "../../src/transfer/events.ts";
import { openTransfer, type TransferOptions } from "../../src/transfer/index.ts";
import { everyPart, PathTemplate, Selection } from "../../src/transfer/plan/index.ts";
import { makePlan } from "../../src/transfer/plan/plan.ts";
import { run } from "../../src/transfer/run/run.ts";
import { filesBelow } from "./files-below.ts";
import { truth } from "./mock.ts";

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "offroll-engine-"));
}

export interface RunResult {
  readonly summary: RunSummary;
  readonly events: TransferEvent[];
}

/** @param over with `disk`: what the photos are reached by */
export type Over = Partial<TransferOptions> & { readonly disk?: DiskPort };

export function transferOptions(to: string, { disk, ...over }: Over = {}): TransferOptions {
  const folder = inspectFolder(to, "/");
  return {
    folder,
    ...(disk ? { place: new LocalPlace(folder, disk) } : {}),
    template: new PathTemplate("{year}/{month}/{name}"),
    selection: new Selection(),
    parts: everyPart,
    extras: { albumsAs: "none" },
    verify: "hash",
    waitMs: 0,
    waitForLock: false,
    clock: systemClock,
    pid: process.pid,
    command: "test",
    dryRun: false,
    adopt: false,
    targetFileSystem: "auto",
    dataFolder: join(to, "..", "offroll-data"),
    ...over,
  };
}

export async function exportOnce(
  source: MediaSource,
  to: string,
  over: Over & { onEvent?: (event: TransferEvent) => void } = {},
): Promise<RunResult> {
  const { onEvent, ...rest } = over;
  await using transfer = await openTransfer(source, transferOptions(to, rest));
  const events: TransferEvent[] = [];
  for await (const event of transfer.run(rest.signal ? { signal: rest.signal } : {})) {
    events.push(event);
    onEvent?.(event);
  }
  const summary = events.at(-1);
  if (summary?.type !== "summary") throw new Error("the last event is no summary");
  return { summary, events };
}

/**
 * Copies everything into a fresh folder on a disk of the caller's, without what `openTransfer` puts around it.
 * @param onEvent told of each event; the last must be a summary without failures, or this throws
 */
export async function copyOnto(
  source: MediaSource,
  over: {
    readonly disk?: DiskPort | undefined;
    readonly roll: CameraRoll;
    readonly template: PathTemplate;
    readonly onStart?: (toCopy: number) => void;
    readonly onEvent?: ((event: TransferEvent) => void) | undefined;
  },
): Promise<string> {
  const root = temporaryFolder();
  mkdirSync(join(root, ".offroll"));
  using catalog = Catalog.open(join(root, ".offroll"), { create: true }) as Catalog;
  const destination = new LocalDestination(root, { ...(over.disk ? { disk: over.disk } : {}) });
  const facts = {
    known: () => undefined,
    takenStems: new Map<string, string>(),
    sizeAt: () => undefined,
    maxFileBytes: Number.MAX_SAFE_INTEGER,
  };
  const plan = await makePlan(over.roll, facts, {
    template: over.template,
    selection: new Selection(),
    parts: everyPart,
    phoneName: "x",
    device: source.device.id,
  });
  over.onStart?.(plan.toCopy.items);
  const options = { runId: "r", catalog, clock: systemClock, verify: "hash" as const, waitMs: 0 };
  let last: TransferEvent | undefined;
  for await (const event of run(plan, source, destination, options)) {
    over.onEvent?.(event);
    last = event;
  }
  expect(last).toMatchObject({ type: "summary", ok: true });
  return root;
}

/** Promise 1: every listed item has one outcome, and the sums add up. */
export function sumsAddUp({ summary, events }: RunResult): boolean {
  const items = events.filter((e) => e.type === "item");
  const total = Object.values(summary.outcomes);
  return (
    new Set(items.map((i) => i.path)).size === items.length &&
    items.length === summary.listed.items &&
    total.reduce((sum, t) => sum + t.items, 0) === summary.listed.items &&
    total.reduce((sum, t) => sum + t.bytes, 0) === summary.listed.bytes
  );
}

/** Promise 2: what is under a final name is some file of the phone, whole. Returns the paths on disk that are not. */
export async function notWhole(phone: MockPhone, paths: readonly string[], to: string): Promise<string[]> {
  const hashes = new Set<string>();
  for (const path of paths)
    hashes.add(
      createHash("sha256")
        .update(await truth(phone, path))
        .digest("hex"),
    );
  return [...filesBelow(to)].filter(
    (f) =>
      !hashes.has(
        createHash("sha256")
          .update(readFileSync(join(to, f)))
          .digest("hex"),
      ),
  );
}
