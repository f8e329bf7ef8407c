/** Voice memos as one looks through them. */
import type { PhoneFile } from "../../device/phone-files.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { dateKey } from "../row-order.ts";
import { sqlText, type TableContext, TableList } from "../table-list.ts";
import {
  editedRecording,
  type FoundMemo,
  filesBelow,
  isRecording,
  readVoiceMemos,
  recordingDatabases,
  recordingFolders,
  recordingTable,
} from "./read-voice-memos.ts";

/** So many names are looked up at once. */
const namesAtOnce = 400;

/** A list of memos, and the recordings of all of them. */
export interface MemoList {
  readonly list: TableList<FoundMemo>;
  readonly recordings: readonly PhoneFile[];
}

/** The newest first. @returns undefined where recordings lie in both places, in two lists, or without a row: then they are read whole */
export async function memoList(context: TableContext): Promise<MemoList | undefined> {
  const aborts = context.signal ? { signal: context.signal } : {};
  const places = await Promise.all(
    recordingFolders.map(async (where) => ({ where, files: await filesBelow(context.files, where, aborts) })),
  );
  const [place, ...others] = places.filter(({ files }) => files.length > 0);
  if (!place || others.length > 0) return undefined;
  const { where, files } = place;
  const [name, second] = recordingDatabases.filter((each) =>
    files.some(({ path }) => path === `${where.folder}/${each}`),
  );
  if (name === undefined || second !== undefined) return undefined;
  const recordings = files.filter(isRecording);
  const stems = new Set(recordings.map(({ path }) => path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "")));
  // An edit without its recording may have no row.
  const edits = new Set(files.flatMap((file) => editedRecording(file) ?? []));
  if (edits.difference(stems).size > 0) return undefined;
  const database = { domain: where.domain, path: `${where.folder}/${name}` };
  const list = await TableList.open(context, database, async (db) => {
    const table = recordingTable(db);
    if (!db.has(table, "ZPATH") || !db.has(table, "ZDATE") || (await hasOrphans(db, table, recordings)))
      return undefined;
    return {
      ...{ table, idColumn: "ZUNIQUEID", order: "newest first" },
      from: `SELECT rowid AS id, ${dateKey("ZDATE")} AS k FROM ${table}`,
      read: async (rows) =>
        (await readVoiceMemos([db], files, rows))
          .sort((a, b) => newer(a.memo.at ?? "", b.memo.at ?? ""))
          .map((value) => ({ id: value.memo.id, value })),
    };
  });
  return list && { list, recordings };
}

/** Whether a recording has no row. */
async function hasOrphans(db: PhoneDatabase, table: string, recordings: readonly PhoneFile[]): Promise<boolean> {
  // The last part of a path: what is left when all that is no slash is taken from its end, taken from its beginning.
  const known = `SELECT replace(ZPATH, rtrim(ZPATH, replace(ZPATH, '/', '')), '') FROM ${table} WHERE ZPATH IS NOT NULL`;
  const names = recordings.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
  for (let i = 0; i < names.length; i += namesAtOnce) {
    const some = names.slice(i, i + namesAtOnce).map((name) => `(${sqlText(name)})`);
    const sql = `SELECT 1 FROM (VALUES ${some.join(",")}) WHERE column1 NOT IN (${known}) LIMIT 1`;
    for await (const batch of db.query(["one"], sql)) if (batch.length > 0) return true;
  }
  return false;
}

function newer(a: string, b: string): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
