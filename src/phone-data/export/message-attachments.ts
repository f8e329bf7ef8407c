/** Attachments of messages, beside the pages that show them. */
import { posix } from "node:path";
import type { PhoneFile } from "../../device/phone-files.ts";
import { AppError } from "../../shared/errors.ts";
import type { Attachment, Message } from "../contract.ts";
import type { FoundAttachment, FoundMessage } from "../messages/message-rows.ts";
import { attachmentDomain } from "../messages/read-messages.ts";
import type { CopyForm } from "./attachment-copies.ts";
import { type ExportContext, wants } from "./context.ts";
import { copyOwner, madeCopy } from "./made-copy.ts";
import type { Tally } from "./tally.ts";

/** Where attachments go, and who counts them. */
export interface AttachmentsOf {
  /** Of the conversation; made when it is asked for. */
  readonly folder: () => string;
  readonly tally: Tally;
}

export class MessageAttachments {
  readonly #context: ExportContext;

  constructor(context: ExportContext) {
    this.#context = context;
  }

  /** What is made of attachments besides their bytes, in a word that changes with it. */
  get making(): string {
    const { copies } = this.#context;
    return copies ? this.#forms.map((form) => `${form} ${copies.making[form] ?? "none"}`).join(", ") : "";
  }

  /** A JPEG is for the page alone: whoever wants no page opens the original. */
  get #forms(): CopyForm[] {
    return wants(this.#context, "messages", "html") ? ["jpeg", "m4a"] : ["m4a"];
  }

  /** A message whose attachments lie beside it. */
  async placed({ message, attachments }: FoundMessage, of: AttachmentsOf): Promise<Message> {
    if (attachments.length === 0) return message;
    const copied: Attachment[] = [];
    for (const each of attachments) copied.push(await this.#copied(each, message, of));
    return { ...message, attachments: copied };
  }

  async #copied(found: FoundAttachment, message: Message, of: AttachmentsOf): Promise<Attachment> {
    const { attachment, id, path } = found;
    const file = await this.#file(found);
    if (!file) {
      const missing =
        path === undefined ? "the phone has no file of it" : "not in this backup: it may be only in iCloud";
      of.tally.leave("attachments-missing", "attachments are not in this backup", attachment.name ?? id);
      return { ...attachment, missing };
    }
    try {
      return await this.#copy(found, file, { message, of });
    } catch (error) {
      if (!(error instanceof AppError) || error.scope === "run") throw error;
      const example = `${attachment.name ?? id}: ${error.message}`;
      of.tally.leave("attachments-unreadable", "attachments cannot be read", example);
      return { ...attachment, missing: error.message };
    }
  }

  async #copy(
    { attachment, id }: FoundAttachment,
    file: PhoneFile,
    { message, of }: { message: Message; of: AttachmentsOf },
  ): Promise<Attachment> {
    const { files, out } = this.#context;
    const name = attachment.name ?? posix.basename(file.path);
    const ext = posix.extname(name) || posix.extname(file.path);
    const stem = name.endsWith(ext) && name.length > ext.length ? name.slice(0, name.length - ext.length) : name;
    const place = of.folder();
    const folder = out.folder(`media of ${place}`, place, "media");
    const modified = message.at === undefined ? undefined : new Date(message.at);
    const written = await out.copy(
      { owner: owner(place, id), folder, stem, ext: ext.length <= 16 ? ext : "", modified },
      file,
      files,
    );
    of.tally.beside("attachments");
    const { bytes, sha256 } = written;
    const { mime } = attachment;
    const from = { file, written, owner: owner(place, id), folder, modified, mime, tally: of.tally };
    const copy = await madeCopy(this.#context, from, this.#forms);
    return {
      ...{ ...attachment, bytes, sha256, file: written.path.slice(place.length + 1) },
      ...(copy && { copy: copy.path.slice(place.length + 1) }),
    };
  }

  async #file({ path }: FoundAttachment): Promise<PhoneFile | undefined> {
    const { files, signal } = this.#context;
    const file = path === undefined ? undefined : await files.find(attachmentDomain, path, signal ? { signal } : {});
    return file?.kind === "file" ? file : undefined;
  }

  /** What their bytes are told by: equal stamps are equal bytes. */
  async stamps(attachments: readonly FoundAttachment[]): Promise<string[]> {
    const stamps: string[] = [];
    for (const found of attachments) {
      const file = await this.#file(found);
      stamps.push(file ? `${found.id} ${file.sizeBytes} ${file.modifiedAt?.getTime() ?? 0}` : `${found.id} missing`);
    }
    return stamps;
  }

  /** Who owns the files of those that are there. @param place of the conversation */
  async owners(place: string, attachments: readonly FoundAttachment[]): Promise<string[]> {
    const owners: string[] = [];
    for (const found of attachments) {
      if (!(await this.#file(found))) continue;
      const own = owner(place, found.id);
      owners.push(own);
      if (this.#context.out.has(copyOwner(own))) owners.push(copyOwner(own));
    }
    return owners;
  }
}

function owner(place: string, id: string): string {
  return `attachment ${place} ${id}`;
}
