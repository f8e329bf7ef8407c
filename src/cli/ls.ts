/** `offroll ls [FOLDER]`: folders with counts and sizes, or the photos of one. */
import { posix } from "node:path";
import { isUnreadable, type MediaItem, type MediaSource } from "../device/index.ts";
import { buildCameraRoll } from "../library/index.ts";
import { photoJson, photoRow } from "../library/item-view.ts";
import { isMedia } from "../media/index.ts";
import { ItemError } from "../shared/errors.ts";
import { formatBytes, plural, printable } from "../shared/text.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { table } from "./output.ts";
import { TextReport } from "./report-text.ts";
import { type CommonFlags, Session } from "./session.ts";

export async function ls(context: CliContext, folder: string | undefined, flags: CommonFlags): Promise<number> {
  await using session = new Session(context, flags);
  const { source } = await session.openPhone();
  await using _source = source;
  if (session.output.json || folder !== undefined) return await listPhotos(session, source, folder);
  return await listFolders(session, source);
}

async function listFolders(session: Session, source: MediaSource): Promise<number> {
  const { output, context } = session;
  const folders = new Map<string, { count: number; bytes: number }>();
  let unreadable = 0;
  for await (const entry of source.list({ areas: ["camera-roll", "cloud-originals"], signal: context.signal })) {
    if (isUnreadable(entry)) unreadable += 1;
    else if (isMedia(entry.name)) add(folders, entry);
  }
  const rows = [...folders]
    .sort()
    .map(([path, { count, bytes }]) => [printable(path), plural(count, "file"), formatBytes(bytes)]);
  for (const line of table(rows, output.width(), [1, 2])) output.data(line);
  const total = [...folders.values()].reduce((sum, f) => ({ count: sum.count + f.count, bytes: sum.bytes + f.bytes }), {
    count: 0,
    bytes: 0,
  });
  output.say(`${plural(total.count, "file")}, ${formatBytes(total.bytes)} in ${plural(folders.size, "folder")}.`);
  if (unreadable > 0) output.say(`${plural(unreadable, "entry", "entries")} could not be read.`);
  return exitCodes.complete;
}

function add(folders: Map<string, { count: number; bytes: number }>, item: MediaItem): void {
  const path = posix.dirname(item.path);
  const known = folders.get(path) ?? { count: 0, bytes: 0 };
  folders.set(path, { count: known.count + 1, bytes: known.bytes + item.sizeBytes });
}

async function listPhotos(session: Session, source: MediaSource, folder: string | undefined): Promise<number> {
  const { output, context } = session;
  const report = new TextReport(context, output);
  const roll = await buildCameraRoll(source, {
    now: context.clock.now(),
    signal: context.signal,
    folder: folder === undefined ? undefined : await resolveFolder(source, folder, context),
    onProgress: (p) => report.listing(p),
  });
  report.clear();
  const photos = [...roll.items].sort((a, b) => ((a.captured?.local ?? "") < (b.captured?.local ?? "") ? -1 : 1));
  if (output.json) {
    output.document({
      device: { id: source.device.id, name: source.device.name },
      items: photos.map(photoJson),
      otherFiles: roll.otherFiles.length,
      editsNotListed: roll.editCount,
      unreadable: roll.unreadable.map((u) => ({ path: u.path, code: u.error.code, message: u.error.message })),
    });
    return exitCodes.complete;
  }
  for (const line of table(photos.map(photoRow), output.width(), [4])) output.data(line);
  output.say(`${plural(photos.length, "photo or video", "photos and videos")}.`);
  return exitCodes.complete;
}

/** "100APPLE" finds "/DCIM/100APPLE"; a path is taken as it is. @throws {ItemError} when there is no such folder */
async function resolveFolder(source: MediaSource, folder: string, context: CliContext): Promise<string> {
  const wanted = folder.replace(/\/+$/, "");
  for await (const entry of source.list({ areas: ["camera-roll", "cloud-originals"], signal: context.signal })) {
    if (isUnreadable(entry)) continue;
    for (let path = posix.dirname(entry.path); path !== "/"; path = posix.dirname(path))
      if (path === wanted || posix.basename(path) === wanted) return path;
  }
  throw new ItemError("item-not-found", `There is no folder "${printable(folder)}" with photos on the phone.`);
}
