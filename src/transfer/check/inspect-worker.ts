/** Looks at one destination beside the main thread; see `inspect-in-thread.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import { readCatalog } from "../catalog/catalog-home.ts";
import { openDestination } from "../destination/open-place.ts";
import type { DestinationFolder, Place } from "../destination/place.ts";
import { assertRightPlace } from "../destination/right-place.ts";
import type { InspectReply, InspectRequest } from "./inspect-in-thread.ts";

const rowsAtOnce = 2_000;

const { path, cwd, device, copied, remembered } = workerData as InspectRequest;
const reply = (message: InspectReply): void => parentPort?.postMessage(message);

/** @returns the template that was kept for this phone */
async function tellCopied({ metadata }: Place): Promise<string | undefined> {
  using catalog = await readCatalog(metadata);
  if (!catalog) return undefined;
  let [uuids, paths]: [string[], string[]] = [[], []];
  for (const row of catalog.items.eachRow(device === undefined ? { state: "done" } : { state: "done", device })) {
    if (row.uuid !== undefined) uuids.push(row.uuid);
    paths.push(row.path);
    if (paths.length < rowsAtOnce) continue;
    reply({ type: "copied", uuids, paths });
    [uuids, paths] = [[], []];
  }
  reply({ type: "copied", uuids, paths });
  return device === undefined ? undefined : catalog.devices.template(device);
}

async function doubtAbout(folder: DestinationFolder): Promise<string | undefined> {
  try {
    await assertRightPlace(folder, remembered ?? []);
    return undefined;
  } catch (error) {
    return toAppError(error).message;
  }
}

try {
  const { found, place } = await openDestination(path, cwd);
  const keptTemplate = copied ? await tellCopied(place) : undefined;
  const inspected = { folder: found, doubt: await doubtAbout(found), freeBytes: await place.freeBytes(), keptTemplate };
  reply({ type: "done", inspected });
} catch (error) {
  const { code, message, remedy } = toAppError(error);
  reply({ type: "failed", code, message, remedy });
}
