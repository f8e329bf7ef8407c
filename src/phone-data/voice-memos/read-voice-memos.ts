/**
 * Recordings of Voice Memos, with the files they lie in. Both rows without a file and files without a row exist.
 * Source: the schemas of CloudRecordings.db from iOS 12 on, and of Recordings.db before.
 */
import type { PhoneFile, PhoneFiles } from "../../device/phone-files.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import type { VoiceMemo } from "../contract.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { appleDate, iso, numberIn, present, textIn } from "../values.ts";

/** Where they may lie; which release moved them is not known. */
export const recordingFolders = [
  { domain: "AppDomainGroup-group.com.apple.VoiceMemos.shared", folder: "Recordings" },
  { domain: "MediaDomain", folder: "Media/Recordings" },
] as const;
export const recordingDatabases = ["CloudRecordings.db", "Recordings.db"] as const;

const recording = /\.(m4a|qta|mp4|caf|aac|wav|aif|aiff)$/i;

/** One memo, and its file on the phone where it has one; for an edited one also the parts that its edit is made of. */
export interface FoundMemo {
  readonly memo: VoiceMemo;
  readonly file: PhoneFile | undefined;
  readonly parts: readonly PhoneFile[];
}

const columns = [
  ...["ZDATE", "ZDURATION", "ZLOCALDURATION", "ZPATH", "ZUNIQUEID", "ZFOLDER", "ZEVICTIONDATE"],
  ...["ZENCRYPTEDTITLE", "ZCUSTOMLABELFORSORTING", "ZCUSTOMLABEL"],
] as const;

/**
 * @param db undefined where there is none: then the files alone tell
 * @param only numbers of rows, and no file without one; all by default
 */
export async function readVoiceMemos(
  db: PhoneDatabase | undefined,
  folder: readonly PhoneFile[],
  only?: readonly number[],
): Promise<FoundMemo[]> {
  const files = new Map(folder.filter((f) => f.kind === "file").map((file) => [lastPart(file.path), file]));
  const found: FoundMemo[] = [];
  const claimed = new Set<string>();
  const names = db ? await folderNames(db) : new Map<number, string>();
  if (db)
    for await (const row of db.rowsOf(recordingTable(db), columns, only && { column: "rowid", values: only })) {
      const name = lastPart(textIn(row.ZPATH) ?? "");
      const file = files.get(name);
      const stem = name.replace(/\.[^.]*$/, "");
      const parts = folder.filter((f) => f.kind === "file" && stem !== "" && f.path.includes(`/${stem}.composition/`));
      if (file) claimed.add(name);
      for (const part of parts) claimed.add(lastPart(part.path));
      const memo = present<VoiceMemo>({
        id: textIn(row.ZUNIQUEID) ?? `recording-${row.rowid}`,
        title: titleOf(textIn(row.ZENCRYPTEDTITLE), textIn(row.ZCUSTOMLABELFORSORTING), textIn(row.ZCUSTOMLABEL)),
        at: iso(appleDate(row.ZDATE)),
        duration: numberIn(row.ZDURATION) ?? numberIn(row.ZLOCALDURATION),
        folder: names.get(numberIn(row.ZFOLDER) ?? -1),
        trashed: row.ZEVICTIONDATE === null ? undefined : true,
        missing: file
          ? undefined
          : name === ""
            ? "the phone has no file of it"
            : "not in this backup: it may be only in iCloud",
        edited: parts.length > 0 ? true : undefined,
      } as VoiceMemo);
      found.push({ memo, file, parts });
    }
  if (only) return found;
  for (const [name, file] of files) if (!claimed.has(name) && isRecording(file)) found.push(orphanOf(name, file));
  return found;
}

/** Not a part of an edit. */
export function isRecording({ kind, path }: PhoneFile): boolean {
  return kind === "file" && recording.test(path) && !path.includes(".composition/");
}

function orphanOf(name: string, file: PhoneFile): FoundMemo {
  const at = iso(file.createdAt ?? file.modifiedAt);
  return { memo: present<VoiceMemo>({ id: name, title: name, at, orphan: true } as VoiceMemo), file, parts: [] };
}

/** The table of them; it may not be there. */
export function recordingTable(db: PhoneDatabase): string {
  return db.has("ZCLOUDRECORDING") ? "ZCLOUDRECORDING" : "ZRECORDING";
}

async function folderNames(db: PhoneDatabase): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  for await (const row of db.rows("ZFOLDER", ["ZENCRYPTEDNAME", "ZNAME"])) {
    const name = textIn(row.ZENCRYPTEDNAME) ?? textIn(row.ZNAME);
    if (typeof row.rowid === "number" && name !== undefined) names.set(row.rowid, name);
  }
  return names;
}

/** Since iOS 17 the last is a time stamp only. */
function titleOf(
  title: string | undefined,
  sorting: string | undefined,
  label: string | undefined,
): string | undefined {
  return title ?? sorting ?? label;
}

/** Older phones keep the whole path. */
function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Everything below the folder of recordings; none where the phone has no such domain. */
export async function filesBelow(
  files: PhoneFiles,
  where: { domain: string; folder: string },
  options: AbortOptions,
): Promise<PhoneFile[]> {
  const found: PhoneFile[] = [];
  for await (const file of files.list({ domain: where.domain, under: where.folder, ...options })) found.push(file);
  return found;
}
