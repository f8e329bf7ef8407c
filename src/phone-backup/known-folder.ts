/** A folder of backups that is known by an id of its own: under the same path another disk may be mounted, or none. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { diskError } from "../shared/disk-errors.ts";
import { makeFolders } from "../shared/make-folders.ts";
import { writeOwnFile } from "../shared/own-files.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { printable } from "../shared/text.ts";

const idFile = ".offroll-phones.json";
const idForm = /^[0-9a-f-]{36}$/;

/** Undefined where the folder is away, or has none. */
export function idOfFolder(dir: string): string | undefined {
  try {
    const text = readPlainText(join(dir, idFile), { maxBytes: 4096, followLinks: false });
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === "string" && idForm.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Its id; the folder is made, and an id is given, where there is none. @throws {DestinationError} what the disk refuses */
export async function claimFolder(dir: string): Promise<string> {
  const known = idOfFolder(dir);
  if (known !== undefined) return known;
  try {
    await makeFolders(dir, 0o700);
    const id = randomUUID();
    writeOwnFile(join(dir, idFile), `${JSON.stringify({ v: 1, id })}\n`);
    return id;
  } catch (error) {
    throw diskError(error, printable(dir));
  }
}
