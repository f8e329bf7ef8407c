/** `offroll why ITEM`: everything the run logs know of one photo. */
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type ItemOutcome, readRunLogs } from "../transfer/index.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { foldersOf } from "./destination-folder.ts";
import { type CommonFlags, Session } from "./session.ts";

export async function why(
  context: CliContext,
  wanted: string,
  path: string | undefined,
  flags: CommonFlags,
): Promise<number> {
  await using session = new Session(context, flags);
  const { output } = session;
  const found: { destination: string; runId: string; item: ItemOutcome }[] = [];
  for (const { catalog, folder } of foldersOf(session, path)) {
    catalog[Symbol.dispose]();
    const plain = wanted.toLowerCase();
    for (const { runId, line } of readRunLogs(folder.metadata)) {
      if (line.type !== "item") continue;
      const names = [line.path, line.path.split("/").at(-1), line.photoId, line.target, line.target?.split("/").at(-1)];
      if (names.some((n) => n?.toLowerCase() === plain)) found.push({ destination: folder.root, runId, item: line });
    }
  }
  if (found.length === 0)
    throw new UsageError("item-not-found", `No run has met "${printable(wanted)}".`, {
      remedy: "Give its path on the phone, its file name, its short id, or its path in the destination.",
    });
  if (output.json)
    output.document({ items: found.map((f) => ({ destination: f.destination, runId: f.runId, ...f.item })) });
  else
    for (const { destination, runId, item } of found) {
      const reason = item.reason ? ` (${item.reason})` : "";
      output.data(`${runId}  ${item.outcome}${reason}  ${printable(item.path)}`);
      if (item.target) output.data(`  in ${destination}: ${printable(item.target)}`);
      if (item.sha256) output.data(`  SHA-256 ${item.sha256}`);
      if (item.message) output.data(`  ${printable(item.message)} ${item.remedy ?? ""}`);
    }
  return exitCodes.complete;
}
