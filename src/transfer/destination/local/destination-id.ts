/** The id that a used destination carries in `.offroll/destination.json`, beside the catalog: it outlives a rebuilt one. */
import { randomBytes, randomUUID } from "node:crypto";
import { linkSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertPlain, errno } from "../../../shared/disk-errors.ts";
import { readPlainText } from "../../../shared/plain-file.ts";
import { inPlainFolder, writeNewFile } from "../../../shared/plain-folder.ts";
import { metadataFolder } from "../metadata-folder.ts";
import type { RootedDisk } from "./rooted-disk.ts";

const fileName = "destination.json";
const maxBytes = 4096;

/** @param metadata the destination's `.offroll`; undefined for a new destination */
export function readDestinationId(metadata: string): string | undefined {
  try {
    return inPlainFolder(metadata, (folder) =>
      idIn(readPlainText(join(folder, fileName), { followLinks: false, maxBytes })),
    );
  } catch {
    return undefined;
  }
}

/** The same, of a destination that is in use. */
export async function destinationIdIn(disk: RootedDisk): Promise<string | undefined> {
  const file = await disk.open(`${metadataFolder}/${fileName}`, "read");
  try {
    const buffer = Buffer.alloc(maxBytes);
    return idIn(buffer.toString("utf8", 0, await file.read(buffer, 0)));
  } finally {
    await file.close();
  }
}

function idIn(text: string | undefined): string | undefined {
  try {
    const { id } = JSON.parse(text ?? "{}") as { id?: unknown };
    return typeof id === "string" && id !== "" ? id : undefined;
  } catch {
    return undefined; // a power cut left it empty
  }
}

/** Of several that start at one moment, one names the destination, and the others take that. */
export function ensureDestinationId(metadata: string): string {
  const known = readDestinationId(metadata);
  if (known) return known;
  assertPlain(join(metadata, "destination.json"));
  const id = randomUUID();
  const unfinished = `${fileName}.${randomBytes(4).toString("hex")}.new`;
  writeNewFile(join(metadata, unfinished), `${JSON.stringify({ id })}\n`, 0o644);
  return inPlainFolder(metadata, (folder) => {
    const [from, to] = [join(folder, unfinished), join(folder, fileName)];
    try {
      linkSync(from, to);
      return id;
    } catch (error) {
      const theirs = readDestinationId(metadata);
      if (theirs) return theirs;
      // No hard links here; or what has the name says nothing.
      if (errno(error) === undefined) throw error;
      renameSync(from, to);
      return id;
    } finally {
      rmSync(from, { force: true });
    }
  });
}
