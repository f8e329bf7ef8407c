/** `offroll why ITEM`: everything the run logs know of one photo. */
import { resolve } from "node:path";
import { foldersOf } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { skipWords } from "../../present/summary-lines.ts";
import { UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import type { Catalog } from "../../transfer/catalog/index.ts";
import { type DestinationFolder, findFile, openPlace } from "../../transfer/destination/index.ts";
import { type ItemOutcome, type SkipReason, skipReasons } from "../../transfer/events.ts";
import { readRunLogs } from "../../transfer/logs/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, whyFlags } from "../command-flags.ts";

export async function why(context: Host, wanted: string, flags: CommandFlags<typeof whyFlags>): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  // A path as the shell completes it: the file itself tells where it stands.
  const file = await findFile(resolve(context.cwd, wanted));
  const found: { destination: string; runId: string; item: ItemOutcome }[] = [];
  const now: Now[] = [];
  for (const { catalog, folder } of await foldersOf(session, flags.in ?? file?.root)) {
    using _catalog = catalog;
    const plain = (file?.root === folder.root ? file.target : wanted).toLowerCase();
    const isMeant = (names: readonly (string | undefined)[]): boolean => names.some((n) => n?.toLowerCase() === plain);
    for await (const { runId, line } of readRunLogs(openPlace(folder).metadata.runs))
      if (line.type === "item" && isMeant(namesOf(line))) found.push({ destination: folder.root, runId, item: line });
    now.push(...(await stateNow(catalog, folder, isMeant)));
  }
  if (found.length + now.length === 0)
    throw new UsageError("item-not-found", `No run has met "${printable(wanted)}".`, {
      remedy: "Give its path where it was copied from, its file name, its short id, or its path in the destination.",
    });
  if (output.json)
    output.document({ items: found.map((f) => ({ destination: f.destination, runId: f.runId, ...f.item })), now });
  else {
    for (const { destination, runId, item } of found) {
      output.data(`${runId}  ${item.outcome}${reasonWords(item)}  ${printable(item.path)}`);
      if (item.target) output.data(`  in ${destination}: ${printable(item.target)}`);
      if (item.sha256) output.data(`  SHA-256 ${item.sha256}`);
      if (item.message) output.data(`  ${printable(item.message)} ${item.remedy ?? ""}`);
    }
    for (const state of now) output.data(nowWords(state));
  }
  return exitCodes.complete;
}

/** A failure's own words follow in a line of their own. */
function reasonWords({ outcome, reason }: ItemOutcome): string {
  if (reason === undefined) return "";
  return outcome === "skipped" && isSkipReason(reason) ? `: ${skipWords(reason)}` : ` (${reason})`;
}

function isSkipReason(reason: string): reason is SkipReason {
  return (skipReasons as readonly string[]).includes(reason);
}

/** How a file stands: runs tell only what changed. */
interface Now {
  readonly destination: string;
  readonly path: string;
  /** Where it was put; null for one that is ignored and was never copied. */
  readonly target: string | null;
  readonly isThere: boolean;
  /** Why it is ignored, where it is. */
  readonly ignored: string | null;
}

function namesOf(file: { path: string; photoId?: string; target?: string }): (string | undefined)[] {
  return [file.path, file.path.split("/").at(-1), file.photoId, file.target, file.target?.split("/").at(-1)];
}

async function stateNow(
  catalog: Catalog,
  folder: DestinationFolder,
  isMeant: (names: readonly (string | undefined)[]) => boolean,
): Promise<Now[]> {
  const { root: destination } = folder;
  const states: Now[] = [];
  await using files = openPlace(folder).destination(folder.id);
  const ignored = new Map(catalog.settled.ignored().map((f) => [`${f.device}\0${f.path}`, f]));
  for (const file of catalog.items.copied()) {
    const at = `${file.device}\0${file.path}`;
    const cause = ignored.get(at)?.cause ?? null;
    ignored.delete(at);
    if (!isMeant(namesOf(file))) continue;
    const { path, target } = file;
    const [entry] = await files.statAll([target]);
    states.push({ destination, path, target, isThere: entry !== undefined, ignored: cause });
  }
  for (const { path, cause } of ignored.values())
    if (isMeant(namesOf({ path }))) states.push({ destination, path, target: null, isThere: false, ignored: cause });
  return states;
}

function nowWords({ destination, path, target, isThere, ignored }: Now): string {
  const where =
    target === null ? "not copied" : `in ${destination}: ${printable(target)}${isThere ? "" : ", which is not there"}`;
  return `now  ${printable(path)}: ${where}${ignored === null ? "" : `; ignored (${ignored})`}`;
}
