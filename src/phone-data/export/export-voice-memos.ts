/** Voice memos into files, named by their titles. */
import { posix } from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { VoiceMemo } from "../contract.ts";
import { localDay } from "../formats/local-time.ts";
import { PhoneDatabase } from "../phone-database.ts";
import {
  type FoundMemo,
  filesBelow,
  readVoiceMemos,
  recordingDatabases,
  recordingFolders,
} from "../voice-memos/read-voice-memos.ts";
import { type ExportContext, holds, isAmong, isInTime, jsonLines, lossWords } from "./context.ts";
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
  else if (memo.orphan)
    tally.leave(
      "orphan",
      "no row of the phone's list tells of these recordings, which are written all the same",
      title,
      0,
    );
  tally.written += file ? 1 : 0;
  if (!file) return memo;
  const at = memo.at === undefined ? undefined : new Date(memo.at);
  const day = at ? `${localDay(at)} ` : "";
  const folder = memo.trashed
    ? out.folder("voice-memos trashed", root, "Recently Deleted")
    : memo.folder === undefined
      ? root
      : out.folder(`voice-memos folder ${memo.folder}`, root, memo.folder);
  try {
    const ext = posix.extname(file.path);
    const written = await out.copy(
      {
        owner: `voice memo ${memo.id}`,
        folder,
        stem: `${day}${memo.orphan ? title.slice(0, title.length - ext.length) : title}`,
        ext,
        modified: at,
      },
      file,
      files,
    );
    for (const part of parts) {
      const name = posix.basename(part.path);
      await out.copy(
        {
          owner: `voice memo part ${part.path}`,
          folder: out.folder(`voice memo parts ${memo.id}`, folder, `${day}${title} (edit)`),
          stem: name.slice(0, name.length - posix.extname(name).length),
          ext: posix.extname(name),
          modified: at,
        },
        part,
        files,
      );
      tally.beside("parts of edits");
    }
    return { ...memo, file: written.path.slice(root.length + 1), bytes: written.bytes, sha256: written.sha256 };
  } catch (error) {
    if (!(error instanceof AppError) || error.scope === "run") throw error;
    tally.written -= 1;
    tally.leave("unreadable", "the recording cannot be read", `${title}: ${error.message}`);
    return { ...memo, missing: error.message };
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
    const name = recordingDatabases.find((database) =>
      files.some(({ path }) => path === `${where.folder}/${database}`),
    );
    if (files.length === 0) continue;
    isAnywhere = true;
    await using db =
      name === undefined
        ? undefined
        : await PhoneDatabase.open(context.files, { domain: where.domain, path: `${where.folder}/${name}` }, options);
    all.push(...(await readVoiceMemos(db, files)));
  }
  return isAnywhere ? all : undefined;
}
