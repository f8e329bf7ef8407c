/** Phones' libraries as they were kept beside run logs (snapshot.ts writes them), read again: one photo at a time, within bounds. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { RunFiles } from "../destination/store.ts";
import { snapshotName } from "./snapshot.ts";

/** A photo as `ls --json` prints it: docs/format.md. Nothing about it is certain, since anybody may have written the file. */
export type KeptPhoto = Readonly<Record<string, unknown>>;

/** Packed; a library of 100,000 photos has some 10 MB. */
const maxPackedBytes = 128 * 1024 * 1024;
const maxBytes = 1024 ** 3;
/** A photo takes one or two kilobytes. */
const maxLineBytes = 256 * 1024;

/** Names of the libraries that are kept in a place, the newest first, each with the run that wrote it. */
export async function keptLibraries(runs: RunFiles): Promise<{ readonly name: string; readonly runId: string }[]> {
  const names = (await runs.names()) ?? [];
  return names
    .filter((name) => snapshotName.test(name))
    .sort()
    .reverse()
    .map((name) => ({ name, runId: name.slice(0, name.indexOf(".")) }));
}

/** Photos of one kept library. What is damaged, or too large, ends it early: what came before it is good. */
export async function* readKeptLibrary(runs: RunFiles, name: string): AsyncGenerator<KeptPhoto, void, undefined> {
  const packed = await runs.read(name, maxPackedBytes).catch(() => undefined);
  if (!packed) return;
  const unpacked = Readable.from([packed]).pipe(createGunzip());
  let rest: Buffer = Buffer.alloc(0);
  let bytes = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) return;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const photo = photoOf(rest.toString("utf8", 0, end));
        rest = rest.subarray(end + 1);
        if (photo) yield photo;
      }
      if (rest.length > maxLineBytes) return;
    }
  } catch {
    // as said
  } finally {
    unpacked.destroy();
  }
}

function photoOf(line: string): KeptPhoto | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "id" in value ? (value as KeptPhoto) : undefined;
  } catch {
    return undefined;
  }
}
