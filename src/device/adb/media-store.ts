/**
 * Android's MediaStore, asked through the shell: dates, favourites and albums of every photo in two queries.
 * Source: AOSP, MediaProvider, apex/framework/java/android/provider/MediaStore.java; frameworks/base/cmds/content.
 */
import type { AbortOptions } from "../../shared/abort.ts";
import { ProtocolError } from "../../shared/errors.ts";
import type { PhoneFacts } from "../media-source.ts";
import type { AdbShell } from "./shell.ts";

/** The path comes last: it is the one value that may hold anything. */
const columns = {
  current: ["datetaken", "is_favorite", "bucket_display_name", "_data"],
  // Android 10 and older have no favourites; a missing column fails the whole query.
  old: ["datetaken", "bucket_display_name", "_data"],
} as const;
const tables = ["images", "video"] as const;
/** 100,000 rows of 300 bytes; more is not believed. */
const mostBytes = 64 * 1024 * 1024;

/** One row of `content query`. */
export interface MediaRow {
  readonly path: string;
  readonly facts: PhoneFacts;
}

/** Both queries, streamed. Rows that cannot be parsed are left out: the files are there anyway. */
export async function queryMediaStore(shell: AdbShell, options: AbortOptions = {}): Promise<MediaRow[]> {
  const rows: MediaRow[] = [];
  for (const table of tables) rows.push(...(await queryTable(shell, table, options)));
  return rows;
}

async function queryTable(shell: AdbShell, table: string, options: AbortOptions): Promise<MediaRow[]> {
  for (const names of [columns.current, columns.old]) {
    const uri = `content://media/external/${table}/media`;
    const command = `content query --uri ${uri} --projection ${names.join(":")} 2>/dev/null`;
    try {
      const rows = parseContentRows(await shell.text(command, mostBytes, options), names);
      if (rows !== undefined) return rows.flatMap(mediaRow);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return []; // an index too large to be true: files are read instead
    }
  }
  return [];
}

/**
 * "Row: 0 datetaken=1706741999000, is_favorite=0, _data=/storage/…", one row a line unless a value has line ends.
 * @returns undefined for anything else than rows, or "No result found."
 */
export function parseContentRows(text: string, names: readonly string[]): Map<string, string>[] | undefined {
  const rows: string[] = [];
  for (const line of text.split("\n")) {
    if (new RegExp(`^Row: \\d+ ${names[0]}=`).test(line)) rows.push(line.replace(/^Row: \d+ /, ""));
    else if (rows.length === 0 && line.startsWith("No result found")) return [];
    // What a phone's linker or shell says comes before the first row.
    else if (rows.length > 0) rows[rows.length - 1] += `\n${line}`;
  }
  if (rows.length === 0) return undefined;
  return rows.map((row) => {
    const values = new Map<string, string>();
    let rest = row.replace(/\n$/, "");
    for (const [i, name] of names.entries()) {
      if (!rest.startsWith(`${name}=`)) break;
      rest = rest.slice(name.length + 1);
      const next = names[i + 1];
      const end = next === undefined ? rest.length : rest.indexOf(`, ${next}=`);
      if (end === -1) break;
      values.set(name, rest.slice(0, end));
      rest = rest.slice(end + 2);
    }
    return values;
  });
}

function mediaRow(values: ReadonlyMap<string, string>): MediaRow[] {
  const text = (name: string): string | undefined => {
    const value = values.get(name);
    return value === undefined || value === "NULL" || value === "" ? undefined : value;
  };
  const path = text("_data");
  if (path === undefined) return [];
  const taken = Number(text("datetaken"));
  const favourite = text("is_favorite");
  return [
    {
      path,
      facts: {
        takenAt: Number.isFinite(taken) && taken > 0 && taken < 8.64e15 ? new Date(taken) : undefined,
        favourite: favourite === undefined ? undefined : favourite === "1",
        album: text("bucket_display_name"),
      },
    },
  ];
}
