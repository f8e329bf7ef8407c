/** Files of the notes' attachments in the phone's folder of them, found by the attachment's id. */
import type { PhoneFile } from "../../device/phone-files.ts";

/** Where they lie in the notes' domain. */
export const noteMediaFolder = "Accounts";

/** What the store says of an attachment's file: identifiers, and which of several generations the phone shows. */
export interface MediaWish {
  readonly id: string;
  readonly mediaId: string | undefined;
  readonly fileName: string | undefined;
  readonly generation: string | undefined;
  readonly pdfGeneration: string | undefined;
  readonly imageGeneration: string | undefined;
}

const folders = ["Media", "FallbackPDFs", "FallbackImages", "Previews"] as const;
type Folder = (typeof folders)[number];
interface Entry {
  /** What lies right below the folder: an identifier, and after "." or "-" or "/" something else. */
  readonly name: string;
  readonly file: PhoneFile;
}

/** Sorted once: a store may have as many attachments as there are files. */
export class NoteMedia {
  readonly #below = new Map<Folder, readonly Entry[]>();

  /** @param files below `noteMediaFolder` */
  constructor(files: readonly PhoneFile[]) {
    const plain = files.filter(({ kind }) => kind === "file");
    for (const folder of folders) {
      const entries = plain.flatMap((file) => namesBelow(file.path, folder).map((name) => ({ name, file })));
      this.#below.set(
        folder,
        entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
      );
    }
  }

  /**
   * The file itself; else what the phone shows in its place: a drawing's picture, a scan's pages. Of several generations that lie
   * there the one that the phone shows, by its word for it; else the last.
   */
  file({ id, mediaId, fileName, generation, pdfGeneration, imageGeneration }: MediaWish): PhoneFile | undefined {
    const shown = (folder: Folder, of: string, by: string | undefined): PhoneFile | undefined =>
      this.#of(folder, of).toSorted((a, b) => rank(b, by, fileName) - rank(a, by, fileName))[0];
    return (
      (mediaId === undefined ? undefined : shown("Media", mediaId, generation)) ??
      shown("FallbackPDFs", id, pdfGeneration) ??
      shown("FallbackImages", id, imageGeneration) ??
      this.#of("Previews", id).toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0]
    );
  }

  #of(folder: Folder, id: string): PhoneFile[] {
    const entries = this.#below.get(folder) ?? [];
    const found = new Set<PhoneFile>();
    for (let at = firstFrom(entries, id); entries[at]?.name.startsWith(id); at += 1) {
      const entry = entries[at] as Entry;
      if (/^[./-]/.test(entry.name.slice(id.length))) found.add(entry.file);
    }
    return [...found];
  }
}

/** "x/Media/ID/y" has "ID/y" below "Media". */
function namesBelow(path: string, folder: Folder): string[] {
  const names: string[] = [];
  const mark = `/${folder}/`;
  for (let at = path.indexOf(mark); at >= 0; at = path.indexOf(mark, at + 1)) names.push(path.slice(at + mark.length));
  return names;
}

/** The first whose name does not come before it. */
function firstFrom(entries: readonly Entry[], id: string): number {
  let [from, to] = [0, entries.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((entries[middle] as Entry).name < id) from = middle + 1;
    else to = middle;
  }
  return from;
}

function rank({ path, modifiedAt }: PhoneFile, generation: string | undefined, fileName: string | undefined): number {
  const isShown = generation !== undefined && path.includes(`/${generation}/`);
  const isNamed = fileName !== undefined && path.endsWith(`/${fileName}`);
  return (isShown ? 2e15 : 0) + (isNamed ? 1e15 : 0) + (modifiedAt?.getTime() ?? 0);
}
