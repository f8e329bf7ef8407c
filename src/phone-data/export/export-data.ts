/**
 * An export of one phone's data into one place: kind after kind, where one that cannot be read does not stop the others. Ends with an
 * account of what was found, written and left out, in `manifest.json` and to the caller.
 */
import { createHash } from "node:crypto";
import type { PhoneFiles } from "../../device/phone-files.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { keepHeapSmall } from "../../shared/collect-garbage.ts";
import { AppError, UsageError } from "../../shared/errors.ts";
import { ForeignDatabaseError } from "../../shared/foreign-database.ts";
import type { PrivateFolder } from "../../shared/private-folder.ts";
import { People } from "../contacts/people.ts";
import { addressBook, readContacts } from "../contacts/read-contacts.ts";
import { type DataKind, dataKinds } from "../contract.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { iso } from "../values.ts";
import type { AttachmentCopies } from "./attachment-copies.ts";
import type { DataChoice, ExportContext } from "./context.ts";
import type { DataPlace } from "./data-place.ts";
import { exportCalls } from "./export-calls.ts";
import { exportContacts } from "./export-contacts.ts";
import { ExportFiles, type FileCounts } from "./export-files.ts";
import { exportMessages } from "./export-messages.ts";
import { exportNotes } from "./export-notes.ts";
import { exportVoiceMemos } from "./export-voice-memos.ts";
import { type KindReport, Tally } from "./tally.ts";

const exporters: Readonly<Record<DataKind, (context: ExportContext) => Promise<KindReport>>> = {
  contacts: exportContacts,
  calls: exportCalls,
  "voice-memos": exportVoiceMemos,
  messages: exportMessages,
  notes: exportNotes,
};

/** What is exported, and how. */
export interface ExportRequest extends AbortOptions {
  readonly files: PhoneFiles;
  readonly place: DataPlace;
  readonly privately: PrivateFolder;
  /** All of them by default. */
  readonly kinds: readonly DataKind[];
  readonly choice: DataChoice;
  readonly copies?: AttachmentCopies;
  readonly onKind?: (kind: DataKind) => void;
  readonly onProgress?: ExportContext["onProgress"];
}

/** What became of it. */
export interface ExportReport {
  readonly kinds: readonly KindReport[];
  readonly files: FileCounts;
  /** Whether everything that was asked for, and that the phone had, is in the export. */
  readonly isWhole: boolean;
}

/**
 * Exports kind after kind.
 * @throws {DestinationError} the place cannot be written; {CancelledError}; {UsageError} a choice where all is already
 */
export async function exportData(request: ExportRequest): Promise<ExportReport> {
  const { files, place, choice, signal } = request;
  using _ = keepHeapSmall();
  const out = await ExportFiles.open(place, signal ? { signal } : {});
  for (const kind of request.kinds)
    assertNotNarrower(out.note(`selection of ${kind}`), selectionOf(choice, kind), kind);
  const context: ExportContext = {
    ...{ files, out, privately: request.privately, choice },
    ...(request.copies && { copies: request.copies }),
    ...(signal && { signal }),
    people: onceOnly(() => peopleOf(request)),
    onProgress: request.onProgress ?? (() => {}),
  };
  const reports: KindReport[] = [];
  for (const kind of dataKinds.filter((each) => request.kinds.includes(each))) {
    throwIfAborted(signal);
    request.onKind?.(kind);
    reports.push(await exportKind(kind, context));
    out.setNote(`selection of ${kind}`, selectionOf(choice, kind));
  }
  await writeManifest(out, request, reports);
  await out.finish();
  return { kinds: reports, files: out.counts, isWhole: reports.every(({ isWhole }) => isWhole) };
}

async function exportKind(kind: DataKind, context: ExportContext): Promise<KindReport> {
  try {
    return await exporters[kind](context);
  } catch (error) {
    throwIfAborted(context.signal);
    const isOurs = error instanceof ForeignDatabaseError || (error instanceof AppError && error.scope !== "run");
    if (!isOurs) throw error;
    const tally = new Tally(kind);
    tally.leave("unreadable", "its database cannot be read", error.message);
    return { ...tally.report(`its database cannot be read: ${error.message}`), isWhole: false };
  }
}

/** Names come from the address book; where that cannot be read, addresses stand for themselves. */
export async function peopleOf({
  files,
  privately,
  signal,
}: Pick<ExportRequest, "files" | "privately" | "signal">): Promise<People> {
  try {
    const options = { privately, onLoss: () => {}, ...(signal && { signal }) };
    await using db = await PhoneDatabase.open(files, addressBook, options);
    return new People(db ? (await readContacts(db)).map(({ contact }) => contact) : []);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof ForeignDatabaseError || (error instanceof AppError && error.scope !== "run"))
      return new People();
    throw error;
  }
}

/** What of a kind is chosen by its contents: with it a page holds less than without. */
function selectionOf({ since, until, text, ids }: DataChoice, kind: DataKind): string {
  // A conversation has pages of its own, which hold no less when others are left out; of the other kinds a file holds them all.
  const own = kind === "messages" ? undefined : ids?.[kind];
  const chosen =
    own &&
    createHash("sha256")
      .update([...own].sort().join("\n"))
      .digest("hex")
      .slice(0, 8);
  return [
    since && `since ${iso(since)}`,
    until && `until ${iso(until)}`,
    text !== undefined && `text ${text}`,
    chosen !== undefined && `${own?.size} of them (${chosen})`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Pages of a smaller choice would take the place of those that hold more. */
function assertNotNarrower(earlier: unknown, now: string, kind: DataKind): void {
  if (typeof earlier !== "string" || earlier === now || now === "") return;
  throw new UsageError(
    "usage",
    `This folder holds an export of ${earlier === "" ? `all ${kind}` : `${kind} of another choice`}, and this one would hold less.`,
    { remedy: "Choose another folder with --to for a part of it." },
  );
}

async function writeManifest(
  out: ExportFiles,
  { files }: ExportRequest,
  reports: readonly KindReport[],
): Promise<void> {
  const { device, takenAt, isEncrypted } = files;
  const earlier = (out.note("reports") ?? {}) as Record<string, KindReport>;
  const kinds = { ...earlier, ...Object.fromEntries(reports.map((report) => [report.kind, report])) };
  out.setNote("reports", kinds);
  const head = {
    v: 1,
    device: { id: device.id, name: device.name, productType: device.productType, osVersion: device.osVersion },
    ...(takenAt && { takenAt: iso(takenAt) }),
    encrypted: isEncrypted,
    kinds,
  };
  const list = out.files().filter(({ owner }) => owner !== "manifest.json");
  const lines = list.map(({ path, bytes, sha256 }) => JSON.stringify({ path, bytes, sha256 }));
  const text = `${JSON.stringify(head, undefined, 1).slice(0, -2)},\n "files": [\n${lines.join(",\n")}\n ]\n}\n`;
  await out.write({ owner: "manifest.json", folder: "", stem: "manifest", ext: ".json" }, text);
}

function onceOnly<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
