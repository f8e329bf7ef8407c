/** Notes as one looks through them. */
import { PhoneDatabase } from "../phone-database.ts";
import { dateKey } from "../row-order.ts";
import { type TableContext, TableList } from "../table-list.ts";
import { filesBelow } from "../voice-memos/read-voice-memos.ts";
import { NoteMedia, noteMediaFolder } from "./note-media.ts";
import { oldNoteStore } from "./old-notes.ts";
import { entityNames, type FoundNote, noteStore, objectTable, readNotes } from "./read-notes.ts";

/** The newest first. @param passwords that locked ones are tried with, as they are when a note is read @returns undefined where notes lie in the store of iOS 8 too: then they are read whole */
export async function noteList(
  context: TableContext,
  passwords: () => readonly string[],
): Promise<TableList<FoundNote> | undefined> {
  const aborts = context.signal ? { signal: context.signal } : {};
  if (await hasOldNotes(context)) return undefined;
  let media: Promise<NoteMedia> | undefined;
  return await TableList.open(context, noteStore, async (db) => {
    if (!db.has(objectTable, "Z_ENT")) return undefined;
    const kinds = [...(await entityNames(db))].flatMap(([number, name]) => (name === "ICNote" ? [number] : []));
    const dates = ["ZMODIFICATIONDATE1", "ZMODIFICATIONDATE"].filter((column) => db.has(objectTable, column));
    const date = dates.length > 0 ? `coalesce(${dates.join(", ")}, NULL)` : "NULL";
    return {
      ...{ table: objectTable, idColumn: "ZIDENTIFIER", order: "newest first" },
      from: `SELECT rowid AS id, ${dateKey(date)} AS k FROM ${objectTable} WHERE Z_ENT IN (${kinds.join(",")})`,
      read: async (rows) => {
        media ??= filesBelow(context.files, { domain: noteStore.domain, folder: noteMediaFolder }, aborts).then(
          (files) => new NoteMedia(files),
        );
        const found: FoundNote[] = [];
        const options = { passwords: passwords(), media: await media, only: rows, onDamage: () => {} };
        for await (const each of readNotes(db, options)) found.push(each);
        return found
          .sort((a, b) => newer(a.note.modifiedAt ?? "", b.note.modifiedAt ?? ""))
          .map((value) => ({ id: value.note.id, value }));
      },
    };
  });
}

async function hasOldNotes(context: TableContext): Promise<boolean> {
  const options = { privately: context.privately, onLoss: () => {}, ...(context.signal && { signal: context.signal }) };
  await using old = await PhoneDatabase.open(context.files, oldNoteStore, options);
  return old !== undefined && (await old.count("ZNOTE")) !== 0;
}

function newer(a: string, b: string): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
