/** A copy of an attachment that opens anywhere, beside it: made once, kept as long as it is made of the same. */
import { posix } from "node:path";
import type { PhoneFile } from "../../device/phone-files.ts";
import { AppError } from "../../shared/errors.ts";
import { type CopyForm, copyExtensions, copyForm, NoCopy } from "./attachment-copies.ts";
import type { ExportContext } from "./context.ts";
import type { KnownFile } from "./export-files.ts";
import type { Tally } from "./tally.ts";

/** An attachment that was written. */
export interface WrittenAttachment {
  readonly file: PhoneFile;
  readonly written: KnownFile;
  readonly owner: string;
  readonly folder: string;
  readonly modified: Date | undefined;
  readonly mime: string | undefined;
  readonly tally: Tally;
}

/** Who owns the copy of what that owner has. */
export function copyOwner(of: string): string {
  return `copy of ${of}`;
}

/** What is made of it, where something is; a copy that fails costs itself, and is told. @param forms that are wanted */
export async function madeCopy(
  { copies, out, files, signal }: ExportContext,
  from: WrittenAttachment,
  forms: readonly CopyForm[],
): Promise<KnownFile | undefined> {
  const { folder, modified, file, tally, mime } = from;
  const name = posix.basename(from.written.path);
  const form = copyForm(mime === undefined ? {} : { mime }, name);
  if (!copies || !form || !forms.includes(form)) return undefined;
  const making = copies.making[form];
  if (making === undefined) {
    tally.leave("no-ffmpeg", "audio messages have no copy that plays: ffmpeg is not installed", name);
    return undefined;
  }
  const copy = { owner: copyOwner(from.owner), folder, stem: name, ext: copyExtensions[form], modified };
  const aborts = signal ? { signal } : {};
  const source = { sizeBytes: file.sizeBytes, content: () => files.read(file, aborts) };
  try {
    const made = await out.made(copy, `${making} ${from.written.sha256}`, () => copies.make(form, source, aborts));
    tally.beside("copies");
    return made;
  } catch (error) {
    const isItsOwn = error instanceof NoCopy || (error instanceof AppError && error.scope !== "run");
    if (!isItsOwn) throw error;
    const why = "attachments have no copy in another form; they themselves are there";
    tally.leave("copies-not-made", why, `${name}: ${error.message}`);
    return undefined;
  }
}
