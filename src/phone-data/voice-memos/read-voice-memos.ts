/**
 * Recordings of Voice Memos, with the files they lie in. Both rows without a file and files without a row exist.
 * Source: the schemas of CloudRecordings.db from iOS 12 on, and of Recordings.db before.
 */
import type { PhoneFile, PhoneFiles } from "../../device/phone-files.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import type { ForeignValue } from "../../shared/foreign-rows.ts";
import type { VoiceMemo } from "../contract.ts";
import type { PhoneDatabase, PhoneRow } from "../phone-database.ts";
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
 * @param databases the first tells what the second tells too; none: then the files alone tell
 * @param only numbers of rows of the first, and no file without one; all by default
 */
export async function readVoiceMemos(
  databases: readonly PhoneDatabase[],
  folder: readonly PhoneFile[],
  only?: readonly number[],
): Promise<FoundMemo[]> {
  const recordings = new RecordingFiles(folder);
  const found = new Map<string, FoundMemo>();
  for (const db of databases) {
    const names = await folderNames(db);
    for await (const row of db.rowsOf(recordingTable(db), columns, only && { column: "rowid", values: only })) {
      const memo = memoOf(row, recordings, names);
      // One that an older list has too has been told by the newer one, by its id or by its file.
      const isKnown = found.has(memo.memo.id) || (db !== databases[0] && recordings.isClaimed(row.ZPATH));
      recordings.claim(row.ZPATH);
      if (!isKnown) found.set(memo.memo.id, memo);
    }
  }
  const memos = [...found.values()];
  return only ? memos : [...memos, ...recordings.orphans()];
}

function memoOf(
  row: PhoneRow<(typeof columns)[number] | "rowid">,
  recordings: RecordingFiles,
  folders: ReadonlyMap<number, string>,
): FoundMemo {
  const { name, file, parts } = recordings.of(row.ZPATH);
  const memo = present<VoiceMemo>({
    id: textIn(row.ZUNIQUEID) ?? `recording-${row.rowid}`,
    title: titleOf(textIn(row.ZENCRYPTEDTITLE), textIn(row.ZCUSTOMLABELFORSORTING), textIn(row.ZCUSTOMLABEL)),
    at: iso(appleDate(row.ZDATE)),
    duration: numberIn(row.ZDURATION) ?? numberIn(row.ZLOCALDURATION),
    folder: folders.get(numberIn(row.ZFOLDER) ?? -1),
    trashed: row.ZEVICTIONDATE === null ? undefined : true,
    missing: file ? undefined : missingWords(name, parts),
    edited: parts.length > 0 ? true : undefined,
  } as VoiceMemo);
  return { memo, file, parts };
}

function missingWords(name: string, parts: readonly PhoneFile[]): string {
  if (parts.length > 0) return "not in this backup: only the parts that its edit is made of are";
  return name === "" ? "the phone has no file of it" : "not in this backup: it may be only in iCloud";
}

const composition = /\/([^/]+)\.composition\//;

/** The name of the recording whose edit this is a part of, without its extension; undefined where it is none. */
export function editedRecording({ path }: PhoneFile): string | undefined {
  return composition.exec(path)?.[1];
}

/** What lies in the folder: recordings by their names, and parts of edits by the names of theirs. */
class RecordingFiles {
  readonly #files = new Map<string, PhoneFile>();
  readonly #parts = new Map<string, PhoneFile[]>();
  readonly #claimed = new Set<string>();

  constructor(folder: readonly PhoneFile[]) {
    for (const file of folder) {
      if (file.kind !== "file") continue;
      const stem = editedRecording(file);
      const parts = stem === undefined ? undefined : this.#parts.get(stem);
      if (stem === undefined) this.#files.set(lastPart(file.path), file);
      else if (parts) parts.push(file);
      else this.#parts.set(stem, [file]);
    }
  }

  of(path: ForeignValue): { name: string; file: PhoneFile | undefined; parts: readonly PhoneFile[] } {
    const name = lastPart(textIn(path) ?? "");
    return { name, file: this.#files.get(name), parts: this.#parts.get(stemOf(name)) ?? [] };
  }

  claim(path: ForeignValue): void {
    this.#claimed.add(lastPart(textIn(path) ?? ""));
  }

  isClaimed(path: ForeignValue): boolean {
    const name = lastPart(textIn(path) ?? "");
    return name !== "" && this.#claimed.has(name);
  }

  /** Recordings that no row tells of; and edits whose recording is not there, nor a row of it. */
  orphans(): FoundMemo[] {
    const found: FoundMemo[] = [];
    const stems = new Set([...this.#claimed].map(stemOf));
    for (const [name, file] of this.#files) {
      if (this.#claimed.has(name) || !isRecording(file)) continue;
      const isFirst = !stems.has(stemOf(name));
      stems.add(stemOf(name));
      found.push(orphanOf(name, file, (isFirst && this.#parts.get(stemOf(name))) || []));
    }
    for (const [stem, parts] of this.#parts) if (!stems.has(stem)) found.push(orphanOf(stem, undefined, parts));
    return found;
  }
}

function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}

/** Not a part of an edit. */
export function isRecording({ kind, path }: PhoneFile): boolean {
  return kind === "file" && recording.test(path) && !path.includes(".composition/");
}

function orphanOf(name: string, file: PhoneFile | undefined, parts: readonly PhoneFile[]): FoundMemo {
  const [dated = file] = [file, ...parts].filter((each) => each !== undefined);
  const memo = present<VoiceMemo>({
    ...{ id: name, title: name, at: iso(dated?.createdAt ?? dated?.modifiedAt), orphan: true },
    missing: file ? undefined : missingWords(name, parts),
    edited: parts.length > 0 ? true : undefined,
  } as VoiceMemo);
  return { memo, file, parts };
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
