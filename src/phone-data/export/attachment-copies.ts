/** The seam to whoever makes pictures and sound of a phone's own forms into those that open anywhere, which this room cannot do. */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Attachment } from "../contract.ts";

export type CopyForm = "jpeg" | "m4a";

export const copyExtensions: Readonly<Record<CopyForm, string>> = { jpeg: ".jpg", m4a: ".m4a" };

/** Makes copies in other forms. */
export interface AttachmentCopies {
  /** Of each form that can be made here, a word for how, which changes with it. */
  readonly making: Readonly<Partial<Record<CopyForm, string>>>;
  /** @throws {NoCopy} none can be made of it; what `content` and the signal throw */
  make(
    form: CopyForm,
    source: { readonly sizeBytes: number; readonly content: () => AsyncIterable<Uint8Array> },
    options: AbortOptions,
  ): Promise<Uint8Array>;
}

/** Thrown for an attachment of which no copy can be made; its message says why. */
export class NoCopy extends Error {}

/** What is made of an attachment; undefined where browsers show or play it as it is, or nothing is known of it. */
export function copyForm({ mime }: Pick<Attachment, "mime">, name: string): CopyForm | undefined {
  if (/\.(heic|heif)$/i.test(name) || /^image\/hei[cf]$/i.test(mime ?? "")) return "jpeg";
  if (/\.(caf|amr)$/i.test(name) || /^audio\/(x-caf|amr)$/i.test(mime ?? "")) return "m4a";
  return undefined;
}
