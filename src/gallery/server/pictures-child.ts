/** Makes pictures for the server beside it, one wish like the other, and ends with it. */
import { openPlace } from "../../transfer/destination/index.ts";
import { findIndex } from "./index-file.ts";
import { Pictures } from "./pictures.ts";
import type { FromPictures, PicturesHome, ToPictures } from "./pictures-beside.ts";
import { StoredFiles } from "./stored.ts";

const wanted = new Map<number, AbortController>();
// Ctrl-C on a terminal reaches every process in front of it: this one goes with its parent.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
let opened: Promise<Pictures> | undefined;
process.on("message", (message: PicturesHome | ToPictures) => {
  if ("folders" in message) opened = open(message);
  else if ("cancel" in message) wanted.get(message.cancel)?.abort();
  else if (opened) void make(opened, message);
});

async function open(home: PicturesHome): Promise<Pictures> {
  // One whose disk is away now may be there for the next picture.
  const places = home.folders.map((folder, i) => ({ n: i + 1, folder, place: openPlace(folder) }));
  const index = findIndex(home.indexFolder, home.key);
  if (!index) throw new Error("there is no index any more");
  return new Pictures(index, new StoredFiles(index, places), home);
}

async function make(from: Promise<Pictures>, wish: Exclude<ToPictures, { cancel: number }>): Promise<void> {
  const { id, what, photo, n, size } = wish;
  const end = new AbortController();
  wanted.set(id, end);
  try {
    const pictures = await from;
    const made =
      what === "small"
        ? await pictures.small(photo, end)
        : what === "large"
          ? await pictures.large(photo, n, end)
          : await pictures.bare(photo, n, size, end);
    process.send?.({ id, made, counts: pictures.counts } satisfies FromPictures);
  } catch {
    // Nobody waits for what was cancelled; for everything else the parent is told by this process's end.
    if (!end.signal.aborted) process.exit(1);
  } finally {
    wanted.delete(id);
  }
}
