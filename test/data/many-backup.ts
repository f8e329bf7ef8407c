/** A backup of a phone with as many messages as anybody's, made in a minute: real files on a disk, as a phone's computer lays them. */
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type BackedUp, bytesOf, fileIdFor, writeBackup } from "../helpers/phone-backup.ts";
import { manyMessages } from "./many-messages.ts";

const attachmentBytes = 1024 * 1024;
const [home, media] = ["HomeDomain", "MediaDomain"] as const;

/** Where it is, and what is in it. */
export interface ManyBackup {
  readonly root: string;
  /** The backup itself, below it. */
  readonly folder: string;
  /** sms.db, in the backup. */
  readonly database: string;
  /** SHA-256 of each, by path. */
  readonly attachments: ReadonlyMap<string, string>;
}

/** So many messages, and an attachment of a megabyte to every 500, no two alike. @param root a folder of its own */
export function manyBackup(root: string, messages: number): ManyBackup {
  mkdirSync(root, { recursive: true });
  const made = join(root, "sms.db");
  manyMessages(made, messages);
  const paths = attachmentPaths(made);
  const unwritten = (domain: string, path: string, sizeBytes: number): BackedUp => ({
    ...{ domain, path, row: { Size: sizeBytes }, stored: null },
  });
  const sms = "Library/SMS/sms.db";
  const folder = writeBackup(root, {
    files: [unwritten(home, sms, statSync(made).size), ...paths.map((path) => unwritten(media, path, attachmentBytes))],
  });
  const database = placeOf(folder, home, sms);
  renameSync(made, database);
  const attachments = new Map<string, string>();
  for (const path of paths) {
    const bytes = bytesOf(path, attachmentBytes);
    writeFileSync(placeOf(folder, media, path), bytes);
    attachments.set(path, createHash("sha256").update(bytes).digest("hex"));
  }
  return { root, folder, database, attachments };
}

function placeOf(folder: string, domain: string, path: string): string {
  const id = fileIdFor(domain, path);
  const place = join(folder, id.slice(0, 2), id);
  mkdirSync(dirname(place), { recursive: true });
  return place;
}

/** Below their domain; the database tells the size that they have. */
function attachmentPaths(file: string): string[] {
  const db = new DatabaseSync(file);
  db.exec(`UPDATE attachment SET total_bytes = ${attachmentBytes}`);
  const rows = db.prepare("SELECT filename FROM attachment").all();
  db.close();
  return rows.map(({ filename }) => String(filename).replace("~/", ""));
}
