/**
 * The phone's library as it was at a run, kept beside the run's log: albums, people and captions then outlive the phone. Private,
 * because it tells more about its owner than the photos do; written again only when something changed.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { CameraRoll } from "../library/index.ts";
import { photoJson } from "../library/item-view.ts";

export interface SnapshotLine {
  readonly type: "library";
  /** Name of the gzipped file in `.offroll/runs`, this run's or an earlier one's: one JSON object a line. */
  readonly snapshot: string;
  readonly items: number;
}

/** @returns undefined where there is no library to be kept */
export function keepSnapshot(metadata: string, runId: string, roll: CameraRoll): SnapshotLine | undefined {
  if (roll.knowledge.source === "tree") return undefined;
  const runs = join(metadata, "runs");
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const lines: string[] = [];
  for (const item of roll.items) {
    const line = JSON.stringify({ ...photoJson(item, roll.knowledge), albumPaths: folderPaths(item) });
    hash.update(line);
    lines.push(line);
  }
  const mark = hash.digest("hex").slice(0, 16);
  const earlier = readdirSync(runs).find((name) => name.endsWith(`.library-${mark}.jsonl.gz`));
  const name = earlier ?? `${runId}.library-${mark}.jsonl.gz`;
  if (earlier === undefined) {
    const header = JSON.stringify({ type: "library", v: 1, runId, items: roll.items.length });
    writeFileSync(join(runs, name), gzipSync([header, ...lines, ""].join("\n")), { mode: 0o600, flag: "wx" });
  }
  try {
    chmodSync(runs, 0o700);
  } catch {
    // FAT has no permissions.
  }
  return { type: "library", snapshot: name, items: roll.items.length };
}

function folderPaths(item: CameraRoll["items"][number]): { title: string; folders: readonly string[] }[] | undefined {
  const albums = item.library?.albums ?? [];
  return albums.length === 0 ? undefined : albums.map(({ title, folders }) => ({ title, folders }));
}
