/** Looks at one destination beside the main thread; see `look-aside.ts`. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import { Catalog } from "../catalog/catalog.ts";
import { assertRightPlace } from "../destination/known-destinations.ts";
import { type DestinationFolder, inspectDestination } from "../destination/local/local-folder.ts";
import type { LookReply, LookRequest } from "./look-aside.ts";

const rowsAtOnce = 2_000;

const { path, cwd, device, copied, remembered } = workerData as LookRequest;
const reply = (message: LookReply): void => parentPort?.postMessage(message);

function tellCopied({ metadata }: DestinationFolder): void {
  using catalog = Catalog.open(metadata, { create: false, readOnly: true });
  if (!catalog) return;
  let [uuids, paths]: [string[], string[]] = [[], []];
  for (const row of catalog.items.eachRow(device === undefined ? { state: "done" } : { state: "done", device })) {
    if (row.uuid !== undefined) uuids.push(row.uuid);
    paths.push(row.path);
    if (paths.length < rowsAtOnce) continue;
    reply({ type: "copied", uuids, paths });
    [uuids, paths] = [[], []];
  }
  reply({ type: "copied", uuids, paths });
}

function doubtAbout(folder: DestinationFolder): string | undefined {
  try {
    assertRightPlace(folder, remembered ?? []);
    return undefined;
  } catch (error) {
    return toAppError(error).message;
  }
}

/** Free where a folder is, or will be: the nearest one above it that exists. */
function freeBytes(folder: string): number | undefined {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const s = statfsSync(at);
      return s.blocks === 0 ? undefined : s.bavail * s.bsize;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

try {
  const folder = inspectDestination(path, cwd);
  if (copied) tellCopied(folder);
  reply({ type: "done", look: { folder, doubt: doubtAbout(folder), freeBytes: freeBytes(folder.root) } });
} catch (error) {
  const { code, message, remedy } = toAppError(error);
  reply({ type: "failed", code, message, remedy });
}
