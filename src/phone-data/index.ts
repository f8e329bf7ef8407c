/**
 * What is on a phone besides photos: messages, contacts, notes, calls, voice memos, read out of its files and written in forms that
 * open anywhere. Nothing here knows what a backup is: files come from `PhoneFiles`, and go to a `DataPlace`. Databases are copied and
 * read in a child that can be ended; nothing in them is trusted.
 * Read first: contract.ts (the JSON), phone-database.ts, export/export-data.ts.
 */
export { DataBrowser, type DataEntries, type DataItem, type KindSummary } from "./browse.ts";
export type { DataEntry } from "./browse-entries.ts";
export { contactName } from "./contacts/contact-name.ts";
export { vcard } from "./contacts/vcard.ts";
export {
  type Call,
  type Contact,
  type DataKind,
  dataKinds,
  type Message,
  type Note,
  type VoiceMemo,
} from "./contract.ts";
export { type AttachmentCopies, type CopyForm, NoCopy } from "./export/attachment-copies.ts";
export { type DataChoice, type DataFormat, dataFormats, kindFormats, usualFormats } from "./export/context.ts";
export type { DataPlace, FileToPlace, PlacedFile } from "./export/data-place.ts";
export { type ExportReport, type ExportRequest, exportData } from "./export/export-data.ts";
export type { KindReport, LeftOut } from "./export/tally.ts";
export type { MessageHit } from "./messages/message-pages.ts";
export { announcementWords, effectWords, reactionSigns } from "./messages/message-words.ts";
export { messageLines, plainText } from "./messages/text-messages.ts";
export { noteTitle } from "./notes/write-notes.ts";
