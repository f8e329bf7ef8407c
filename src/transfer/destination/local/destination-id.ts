/** The id that a used destination carries in `.offroll/destination.json`, beside the catalog: it outlives a rebuilt one. */
import { randomBytes, randomUUID } from "node:crypto";
import { linkSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertPlain, errno } from "../../../shared/disk-errors.ts";
import { readPlainText } from "../../../shared/plain-file.ts";
import { inPlainFolder, writeNewFile } from "../../../shared/plain-folder.ts";
import { metadataFolder } from "../metadata-folder.ts";
import type { RootedDisk } from "./rooted-disk.ts";

const fileName = "destination.json";
const unfinishedName = /^destination\.json\.[0-9a-f]{8}\.new$/;
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
  const id = readDestinationId(metadata) ?? nameDestination(metadata);
  inPlainFolder(metadata, sweepUnfinished);
  return id;
}

function nameDestination(metadata: string): string {
  assertPlain(join(metadata, fileName));
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
      return renamed(from, to) ? id : (readDestinationId(metadata) ?? id);
    } finally {
      rmSync(from, { force: true });
    }
  });
}

/** @returns false where whoever named it meanwhile has swept this one away */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errno(error) !== "ENOENT") throw error;
    return false;
  }
}

/** What runs left that were killed while they named it. Whoever does so right now takes the name that is there. */
function sweepUnfinished(folder: string): void {
  try {
    for (const name of readdirSync(folder)) if (unfinishedName.test(name)) rmSync(join(folder, name), { force: true });
  } catch {
    // It lies there until a run that may remove it.
  }
}
