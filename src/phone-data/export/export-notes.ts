/** Notes into files: folders as folders, attachments beside. */
import { posix } from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { Note, NoteAttachment } from "../contract.ts";
import { NoteMedia, noteMediaFolder } from "../notes/note-media.ts";
import { oldNoteStore, readOldNotes } from "../notes/old-notes.ts";
import { type FoundNote, type FoundNoteAttachment, lockedWithNote, noteStore, readNotes } from "../notes/read-notes.ts";
import { noteHtml, noteMarkdown, noteTitle, type ShownAttachment } from "../notes/write-notes.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { filesBelow } from "../voice-memos/read-voice-memos.ts";
import { type ExportContext, holds, isAmong, isInTime, jsonLines, lossWords, wants } from "./context.ts";
import { madeCopy } from "./made-copy.ts";
import { type KindReport, Tally } from "./tally.ts";

export async function exportNotes(context: ExportContext): Promise<KindReport> {
  const { out, choice } = context;
  const tally = new Tally("notes");
  const root = out.folder("notes", "", "notes");
  const notes: Note[] = [];
  let isAnywhere = false;
  for await (const found of notesOf(context, tally, () => (isAnywhere = true))) {
    tally.found += 1;
    const { note } = found;
    if (
      !isAmong(choice, "notes", note.id) ||
      !isInTime(note.modifiedAt ?? note.createdAt, choice) ||
      !holds(`${note.title ?? ""}\n${note.text}`, choice.text)
    ) {
      tally.leave("not-chosen", "they were not asked for");
      continue;
    }
    if (note.locked) tally.leave(`locked-${note.locked}`, lockWords(note.locked), noteTitle(note), 1);
    notes.push(await writeNote(context, root, { found, tally }));
    tally.written += 1;
    context.onProgress("notes", notes.length, undefined);
  }
  if (!isAnywhere) return tally.report("there are no notes on this phone");
  await out.write({ owner: "notes.json", folder: root, stem: "notes", ext: ".json" }, jsonLines(notes));
  return tally.report();
}

/** What a person can do about a locked note. */
export function lockWords(kind: NonNullable<Note["locked"]>): string {
  return kind === "classic"
    ? "they are locked and only their titles are written: their passwords open them, in a file of --notes-password-file or typed (u on the note in the terminal UI)"
    : "they are locked in the newer way, which only the phone itself opens: only their titles are written";
}

/** Of the store of today, or of the one before iOS 9; both where there are both. */
export async function* notesOf(
  context: Pick<ExportContext, "files" | "privately" | "signal" | "choice">,
  tally: Tally,
  onStore: () => void,
): AsyncGenerator<FoundNote, void, undefined> {
  const signal = context.signal && { signal: context.signal };
  const onLoss = (loss: Parameters<typeof lossWords>[0]): void =>
    tally.leave("damaged", "the store of notes is damaged", lossWords(loss), loss.rows);
  const options = { privately: context.privately, onLoss, ...signal };
  await using db = await PhoneDatabase.open(context.files, noteStore, options);
  if (db) {
    onStore();
    const of = { domain: noteStore.domain, folder: noteMediaFolder };
    const media = new NoteMedia(await filesBelow(context.files, of, { ...signal }));
    const onDamage = (what: string): void =>
      tally.leave("body-damaged", "their text or a table in them cannot be read", what);
    yield* readNotes(db, { passwords: context.choice.notePasswords, media, onDamage });
  }
  await using old = await PhoneDatabase.open(context.files, oldNoteStore, options);
  if (!old) return;
  onStore();
  yield* readOldNotes(old);
}

async function writeNote(
  context: ExportContext,
  root: string,
  { found, tally }: { found: FoundNote; tally: Tally },
): Promise<Note> {
  const { out } = context;
  const { note, blocks } = found;
  let folder = note.trashed ? out.folder("notes trashed", root, "Recently Deleted") : root;
  if (!note.trashed && note.folder !== undefined)
    for (const [i, name] of note.folder.split("/").entries())
      folder = out.folder(
        `notes folder ${note.account ?? ""} ${note.folder
          .split("/")
          .slice(0, i + 1)
          .join("/")}`,
        folder,
        name,
      );
  const attachments: NoteAttachment[] = [];
  const shown = new Map<string, ShownAttachment>();
  for (const each of found.attachments) {
    const attachment = await attachmentFile(context, folder, { each, note, tally });
    if (each.inline === undefined && !each.table)
      attachments.push({
        ...attachment,
        ...(attachment.file !== undefined && { file: posix.join(folder.slice(root.length + 1), attachment.file) }),
        ...(attachment.copy !== undefined && { copy: posix.join(folder.slice(root.length + 1), attachment.copy) }),
      });
    shown.set(each.id, shownOf(each, attachment));
  }
  const written = { ...note, attachments };
  const name = {
    folder,
    stem: noteTitle(note),
    modified: note.modifiedAt === undefined ? undefined : new Date(note.modifiedAt),
  };
  if (wants(context, "notes", "html"))
    await out.write(
      { ...name, owner: `note html ${note.id}`, ext: ".html" },
      noteHtml({ note: written, blocks, shown }),
    );
  if (wants(context, "notes", "md"))
    await out.write(
      { ...name, owner: `note md ${note.id}`, ext: ".md" },
      noteMarkdown({ note: written, blocks, shown }),
    );
  return written;
}

async function attachmentFile(
  context: ExportContext,
  folder: string,
  { each, note, tally }: { each: FoundNoteAttachment; note: Note; tally: Tally },
): Promise<NoteAttachment> {
  const { out, files } = context;
  const { attachment, file, id } = each;
  const example = `${noteTitle(note)}: ${attachment.name ?? attachment.uti ?? id}`;
  if (attachment.missing === lockedWithNote)
    tally.leave("attachments-locked", "attachments of locked notes are locked too, and not opened", example);
  else if (attachment.missing !== undefined)
    tally.leave("attachments-missing", "attachments of notes are not in this backup", example);
  if (!file) return attachment;
  try {
    const ext = posix.extname(attachment.name ?? "") || posix.extname(file.path);
    const name = attachment.name ?? `${noteTitle(note)}${ext}`;
    const stem = name.endsWith(ext) ? name.slice(0, name.length - ext.length) : name;
    const [owner, place] = [`note attachment ${id}`, out.folder(`attachments of ${folder}`, folder, "attachments")];
    const written = await out.copy({ owner, folder: place, stem, ext }, file, files);
    tally.beside("attachments");
    const from = { file, written, owner, folder: place, modified: undefined, mime: undefined, tally };
    const isShown = wants(context, "notes", "html") || wants(context, "notes", "md");
    const copy = await madeCopy(context, from, isShown ? ["jpeg", "m4a"] : ["m4a"]);
    const below = (path: string): string => path.slice(folder.length + 1);
    return {
      ...{ ...attachment, file: below(written.path), bytes: written.bytes, sha256: written.sha256 },
      ...(copy && { copy: below(copy.path) }),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.scope === "run") throw error;
    tally.leave(
      "attachments-unreadable",
      "attachments of notes cannot be read",
      `${noteTitle(note)}: ${error.message}`,
    );
    return { ...attachment, missing: error.message };
  }
}

/** Of what has no name of its own. */
const attachmentNames: Readonly<Record<string, string>> = {
  ...{ "com.apple.notes.gallery": "Scan", "com.apple.notes.table": "Table", "com.apple.paper": "Drawing" },
  ...{ "com.apple.drawing": "Drawing", "com.apple.drawing.2": "Drawing", "com.apple.paper.doc.scan": "Scan" },
};

function shownOf(each: FoundNoteAttachment, { name, uti, file, copy, url, missing }: NoteAttachment): ShownAttachment {
  const opened = copy ?? file ?? "";
  return {
    name: name ?? attachmentNames[uti ?? ""] ?? uti ?? "attachment",
    isPicture: /\.(jpe?g|png|gif|webp|avif|bmp)$/i.test(opened),
    isSound: /\.(m4a|mp3|aac|wav|ogg)$/i.test(opened),
    ...(file !== undefined && { file }),
    ...(copy !== undefined && { copy }),
    ...(url !== undefined && { url }),
    ...(missing !== undefined && { missing }),
    ...(each.table && { table: each.table }),
    ...(each.inline !== undefined && { inline: each.inline }),
  };
}
