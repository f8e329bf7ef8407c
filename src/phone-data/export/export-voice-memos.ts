/** Voice memos into files, named by their titles. */
import { posix } from "node:path";
import type { PhoneFile } from "../../device/phone-files.ts";
import { AppError } from "../../shared/errors.ts";
import { localDay } from "../../shared/local-time.ts";
import type { VoiceMemo } from "../contract.ts";
import { PhoneDatabase } from "../phone-database.ts";
import {
  type FoundMemo,
  filesBelow,
  readVoiceMemos,
  recordingDatabases,
  recordingFolders,
} from "../voice-memos/read-voice-memos.ts";
import { type ExportContext, holds, isAmong, isInTime, jsonLines, lossWords } from "./context.ts";
import type { FileName } from "./export-files.ts";
import { type KindReport, Tally } from "./tally.ts";

export async function exportVoiceMemos(context: ExportContext): Promise<KindReport> {
  const { out, choice } = context;
  const tally = new Tally("voice-memos");
  const found = await memosOf(context, tally);
  if (!found) return tally.report("there are no voice memos on this phone");
  tally.found = found.length;
  const root = out.folder("voice-memos", "", "voice-memos");
  const memos: VoiceMemo[] = [];
  for (const [i, each] of found.entries()) {
    const isWanted = isAmong(choice, "voice-memos", each.memo.id) && isInTime(each.memo.at, choice);
    if (!isWanted || !holds(each.memo.title ?? "", choice.text)) {
      tally.leave("not-chosen", "they were not asked for");
      continue;
    }
    memos.push(await memoFiles(context, root, { each, tally }));
    context.onProgress("voice-memos", i + 1, found.length);
  }
  await out.write({ owner: "voice-memos.json", folder: root, stem: "voice-memos", ext: ".json" }, jsonLines(memos));
  return tally.report();
}

async function memoFiles(
  context: ExportContext,
  root: string,
  { each, tally }: { each: FoundMemo; tally: Tally },
): Promise<VoiceMemo> {
  const { memo, file, parts } = each;
  const { out, files } = context;
  const title = memo.title ?? memo.id;
  if (!file) tally.leave("missing", "the recording is not in this backup", `${title}: ${memo.missing ?? ""}`);
  if (memo.orphan)
    tally.leave(
      "orphan",
      "no row of the phone's list tells of these recordings: what there is of them is written all the same",
      title,
      0,
    );
  tally.written += file ? 1 : 0;
  if (!file && parts.length === 0) return memo;
  const at = memo.at === undefined ? undefined : new Date(memo.at);
  const day = at ? `${localDay(at)} ` : "";
  const folder = memo.trashed
    ? out.folder("voice-memos trashed", root, "Recently Deleted")
    : memo.folder === undefined
      ? root
      : out.folder(`voice-memos folder ${memo.folder}`, root, memo.folder);
  const name = { folder, stem: `${day}${title}`, modified: at };
  try {
    const written = file && (await out.copy(...recordingCopy(memo, file, name), files));
    await copyParts(context, { ...name, stem: `${name.stem} (edit)` }, { each, tally });
    if (!written) return memo;
    return { ...memo, file: written.path.slice(root.length + 1), bytes: written.bytes, sha256: written.sha256 };
  } catch (error) {
    if (!(error instanceof AppError) || error.scope === "run") throw error;
    tally.written -= file ? 1 : 0;
    tally.leave("unreadable", "the recording cannot be read", `${title}: ${error.message}`);
    return { ...memo, missing: error.message };
  }
}

/** Where something is written, and how it is called there. */
interface MemoName {
  readonly folder: string;
  readonly stem: string;
  readonly modified: Date | undefined;
}

function recordingCopy(memo: VoiceMemo, file: PhoneFile, { stem, ...name }: MemoName): [FileName, PhoneFile] {
  const ext = posix.extname(file.path);
  const own = memo.orphan ? stem.slice(0, stem.length - ext.length) : stem;
  return [{ ...name, owner: `voice memo ${memo.id}`, stem: own, ext }, file];
}

/** @param name `stem` of the folder that they go into */
async function copyParts(
  { out, files }: ExportContext,
  { folder, stem, modified }: MemoName,
  { each: { memo, parts }, tally }: { each: FoundMemo; tally: Tally },
): Promise<void> {
  for (const part of parts) {
    const [name, ext] = [posix.basename(part.path), posix.extname(part.path)];
    const place = out.folder(`voice memo parts ${memo.id}`, folder, stem);
    const owner = `voice memo part ${part.path}`;
    const own = { owner, folder: place, stem: name.slice(0, name.length - ext.length), ext, modified };
    await out.copy(own, part, files);
    tally.beside("parts of edits");
  }
}

/** Of both places where they may lie; undefined where the phone has neither. */
export async function memosOf(
  context: Pick<ExportContext, "files" | "privately" | "signal">,
  tally: Tally,
): Promise<FoundMemo[] | undefined> {
  const all: FoundMemo[] = [];
  let isAnywhere = false;
  const onLoss = (loss: Parameters<typeof lossWords>[0]): void =>
    tally.leave("damaged", "the list of recordings is damaged", lossWords(loss), loss.rows);
  const options = { privately: context.privately, onLoss, ...(context.signal && { signal: context.signal }) };
  for (const where of recordingFolders) {
    const files = await filesBelow(context.files, where, context.signal ? { signal: context.signal } : {});
    if (files.length === 0) continue;
    isAnywhere = true;
    await using open = new AsyncDisposableStack();
    const databases: PhoneDatabase[] = [];
    for (const name of recordingDatabases) {
      const place = { domain: where.domain, path: `${where.folder}/${name}` };
      const db = await PhoneDatabase.open(context.files, place, options);
      if (db) databases.push(open.use(db));
    }
    all.push(...(await readVoiceMemos(databases, files)));
  }
  return isAnywhere ? all : undefined;
}
