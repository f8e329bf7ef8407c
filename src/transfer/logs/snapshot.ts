/**
 * The phone's library as it was at a run, kept beside the run's log: albums, people and captions then outlive the phone. Private,
 * because it tells more about its owner than the photos do; written again only when something changed, and never held as a whole.
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { photoJson } from "../../library/photo-json.ts";
import type { CameraRoll, RollItem } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { forEachYielding, Yielder } from "../../shared/async.ts";
import { type RunFiles, unfinishedEnding } from "../destination/store.ts";

/** The log's line that names a run's snapshot. */
export interface SnapshotLine {
  readonly type: "library";
  /** Name of the gzipped file in `.offroll/runs`, this run's or an earlier one's: one JSON object a line. */
  readonly snapshot: string;
  readonly items: number;
}

/** Of a kept library. Under its name one is whole: a later run takes it for its own. */
export const snapshotName = /\.library-[0-9a-f]{16}\.jsonl\.gz$/;
/** What is compressed at once: a hand-over to another thread for every line costs more than the compressing. */
const pageChars = 32 * 1024;

/** Done a little at a time, beside the copying. @returns undefined where there is no library to be kept */
export async function keepSnapshot(
  runs: RunFiles,
  runId: string,
  roll: CameraRoll,
  options: AbortOptions = {},
): Promise<SnapshotLine | undefined> {
  if (roll.knowledge.source === "tree") return undefined;
  const there = await tidied(runs);
  const mark = await markOf(roll, options);
  const earlier = there.find((name) => name.endsWith(`.library-${mark}.jsonl.gz`));
  const name = earlier ?? `${runId}.library-${mark}.jsonl.gz`;
  if (earlier === undefined) {
    const put = (packed: AsyncIterable<Buffer>): Promise<void> => runs.put(name, packed);
    await pipeline(Readable.from(pages(roll, runId)), createGzip(), put, options);
  }
  return { type: "library", snapshot: name, items: roll.items.length };
}

/** What is there, without what a run left that was stopped. */
async function tidied(runs: RunFiles): Promise<readonly string[]> {
  const names = (await runs.names()) ?? [];
  for (const name of names)
    if (name.endsWith(unfinishedEnding) && snapshotName.test(name.slice(0, -unfinishedEnding.length)))
      await runs.remove(name);
  return names;
}

async function markOf(roll: CameraRoll, { signal }: AbortOptions): Promise<string> {
  const hash = createHash("sha256");
  // Whoever copies meanwhile has the thread most of the time.
  const often = { between: 8, yielder: new Yielder(1) };
  const add = (item: RollItem): void => {
    throwIfAborted(signal);
    hash.update(lineOf(item, roll));
  };
  await forEachYielding(roll.items, add, often);
  return hash.digest("hex").slice(0, 16);
}

function* pages(roll: CameraRoll, runId: string): Generator<string, void, undefined> {
  let page = `${JSON.stringify({ type: "library", v: 1, runId, items: roll.items.length })}\n`;
  for (const item of roll.items) {
    page += `${lineOf(item, roll)}\n`;
    if (page.length < pageChars) continue;
    yield page;
    page = "";
  }
  yield page;
}

function lineOf(item: RollItem, roll: CameraRoll): string {
  return JSON.stringify({ ...photoJson(item, roll.knowledge), albumPaths: folderPaths(item) });
}

function folderPaths(item: RollItem): { title: string; folders: readonly string[] }[] | undefined {
  const albums = item.library?.albums ?? [];
  return albums.length === 0 ? undefined : albums.map(({ title, folders }) => ({ title, folders }));
}
