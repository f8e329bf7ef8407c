/** Commands about a folder of photos that need no phone: `verify`, `history`, `status`, `why`, `catalog rebuild`. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MediaSource } from "../device/index.ts";
import { AppError, DestinationError, UsageError } from "../shared/errors.ts";
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import {
  Catalog,
  currentBootId,
  type DestinationFolder,
  type ItemOutcome,
  inspectDestination,
  LocalDestination,
  missingFrom,
  type RunRow,
  type RunSummary,
  readRunLogs,
  rebuildCatalog,
  verifyDestination,
} from "../transfer/index.ts";
import { parseDuration } from "./config.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { table } from "./output.ts";
import { type CommonFlags, Session } from "./session.ts";

type Flags = CommonFlags & { to?: string };

/** The folder that is meant, with its catalog. @throws {DestinationError} `nothing-here` */
function openFolder(context: CliContext, path: string): { folder: DestinationFolder; catalog: Catalog } {
  const folder = inspectDestination(path, context.cwd);
  const catalog = Catalog.open(folder.metadata, { create: false, readOnly: true });
  if (!catalog) throw new DestinationError("nothing-here", `${folder.root} holds no photos copied by offroll.`);
  return { folder, catalog };
}

export async function verify(
  context: CliContext,
  path: string,
  flags: CommonFlags & { againstPhone?: boolean },
): Promise<number> {
  await using session = new Session(context, flags);
  const { output } = session;
  const { folder, catalog } = openFolder(context, path);
  using _catalog = catalog;
  const destination = new LocalDestination(folder.root, { bootId: currentBootId(context.clock) });
  const moving = context.stderr.isTTY === true && !output.quiet && !output.json;
  const result = await verifyDestination(folder.root, catalog, destination, {
    signal: context.signal,
    onProgress: (done, total) => {
      if (moving) context.stderr.write(`\r\x1b[2KChecking ${formatCount(done)} of ${formatCount(total)}`);
    },
  });
  if (moving) context.stderr.write("\r\x1b[2K");
  const broken = new Set(result.problems.map((p) => p.target));
  const phone = flags.againstPhone ? await comparePhone(session, catalog, (target) => !broken.has(target)) : undefined;
  const ok = result.problems.length === 0 && (phone === undefined || phone.complete);
  if (output.json)
    output.document({
      ok,
      destination: folder.root,
      ...result,
      reread: result.reread ?? null,
      ...(phone ? { againstPhone: phone } : {}),
    });
  else {
    for (const p of result.problems)
      output.data(`${p.problem.padEnd(10)} ${printable(p.target)}: ${printable(p.detail)}`);
    for (const path of result.foreign) output.say(`not ours   ${printable(path)}`);
    const how = result.reread === "disk" ? "read from the disk itself" : "read through the system's cache";
    for (const missing of phone?.missing ?? []) output.data(`not here   ${printable(missing)}`);
    if (phone) output.say(phoneWords(phone));
    if (broken.size === 0)
      output.say(`All ${plural(result.checked, "file")} (${formatBytes(result.bytes)}) are whole, ${how}.`);
    else
      output.say(
        `${plural(result.problems.length, "file")} of ${formatCount(result.checked)} missing or damaged. Run the export again with the phone: what is missing is copied anew.`,
      );
    if (result.sizeOnly > 0)
      output.say(`${plural(result.sizeOnly, "file")} were copied without a hash; only their size was compared.`);
  }
  return ok ? exitCodes.complete : exitCodes.someFailed;
}

interface PhoneComparison {
  readonly device: string;
  readonly name: string;
  readonly files: number;
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly unreadable: readonly string[];
}

/** Is everything on this phone in this backup, whole? */
async function comparePhone(
  session: Session,
  catalog: Catalog,
  isWhole: (target: string) => boolean,
): Promise<PhoneComparison> {
  const { source } = await session.openPhone();
  await using _source = source;
  const { files, missing, unreadable } = await missingFrom(source, catalog, isWhole, session.context);
  return {
    device: source.device.id,
    name: source.device.name,
    files,
    complete: missing.length === 0 && unreadable.length === 0,
    missing: missing.map((m) => m.path),
    unreadable,
  };
}

function phoneWords({ name, files, complete, missing, unreadable }: PhoneComparison): string {
  const unsure = unreadable.length > 0 ? ` ${plural(unreadable.length, "folder or file")} could not be looked at.` : "";
  if (complete) return `Everything on ${printable(name)} (${plural(files, "file")}) is in this backup.`;
  return `${formatCount(missing.length)} of ${plural(files, "file")} on ${printable(name)} are not in this backup.${unsure}`;
}

export async function history(context: CliContext, path: string | undefined, flags: Flags): Promise<number> {
  await using session = new Session(context, flags);
  const { output } = session;
  const runs = foldersOf(session, path).flatMap(({ catalog, folder }) => {
    using _catalog = catalog;
    return catalog.runs().map((run) => ({ ...run, destination: folder.root }));
  });
  if (output.json) {
    output.document({ runs: runs.map((r) => ({ ...runJson(r), destination: r.destination })) });
    return exitCodes.complete;
  }
  const rows = runs.map((r) => {
    const s = summaryOf(r);
    return [
      new Date(r.startedAt).toISOString().slice(0, 16).replace("T", " "),
      printable(r.deviceName),
      r.complete ? "complete" : r.finishedAt ? "incomplete" : "interrupted",
      s ? `${plural(s.outcomes.copied.items, "file")} copied, ${formatBytes(s.outcomes.copied.bytes)}` : "",
      s && s.outcomes.failed.items > 0 ? `${formatCount(s.outcomes.failed.items)} failed` : "",
    ];
  });
  for (const line of table(rows, output.width())) output.data(line);
  if (rows.length === 0) output.say("No run yet.");
  return exitCodes.complete;
}

interface PhoneStatus {
  readonly id: string;
  readonly name: string;
  readonly destination: string;
  readonly lastCompleteAt: number | undefined;
  readonly files: number;
  readonly bytes: number;
  /** Files on the phone that are not here; null while it is not plugged in. */
  readonly newFiles: number | null;
  stale: boolean;
}

async function phoneStatus(
  session: Session,
  catalog: Catalog,
  folder: DestinationFolder,
  device: { id: string; name: string },
  attached: MediaSource | undefined,
): Promise<PhoneStatus> {
  const rows = catalog.rows({ device: device.id, state: "done" });
  const isThere = (target: string): boolean => existsSync(join(folder.root, target));
  return {
    id: device.id,
    name: device.name,
    destination: folder.root,
    lastCompleteAt: catalog.runs().find((r) => r.device === device.id && r.complete)?.finishedAt,
    files: rows.length,
    bytes: rows.reduce((sum, r) => sum + r.sizeBytes, 0),
    newFiles: attached ? (await missingFrom(attached, catalog, isThere, session.context)).missing.length : null,
    stale: false,
  };
}

export async function status(
  context: CliContext,
  path: string | undefined,
  flags: Flags & { staleAfter?: string },
): Promise<number> {
  await using session = new Session(context, flags);
  const { output } = session;
  const staleMs = flags.staleAfter === undefined ? undefined : parseDays(flags.staleAfter);
  const attached = await attachedPhones(session);
  const phones: PhoneStatus[] = [];
  try {
    for (const { catalog, folder } of foldersOf(session, path)) {
      using _catalog = catalog;
      for (const device of catalog.devices())
        phones.push(await phoneStatus(session, catalog, folder, device, attached.get(device.id)));
    }
  } finally {
    for (const source of attached.values()) await source[Symbol.asyncDispose]();
  }
  for (const phone of phones)
    phone.stale = staleMs !== undefined && context.clock.now() - (phone.lastCompleteAt ?? 0) > staleMs;
  const anyStale = phones.some((p) => p.stale) || (staleMs !== undefined && phones.length === 0);
  if (output.json)
    output.document({
      phones: phones.map((p) => ({
        ...p,
        lastCompleteAt: p.lastCompleteAt === undefined ? null : new Date(p.lastCompleteAt).toISOString(),
      })),
      stale: anyStale,
    });
  else {
    for (const p of phones) {
      const when =
        p.lastCompleteAt === undefined
          ? "never completed"
          : `last complete ${ago(context.clock.now() - p.lastCompleteAt)}`;
      output.data(
        `${printable(p.name)}: ${when}; ${plural(p.files, "file")}, ${formatBytes(p.bytes)} in ${p.destination}${p.newFiles === null ? "" : `; ${plural(p.newFiles, "new file")} on the phone`}${p.stale ? " (stale)" : ""}`,
      );
    }
    if (phones.length === 0) output.say("No phone was backed up yet.");
  }
  return anyStale ? exitCodes.someFailed : exitCodes.complete;
}

export async function why(
  context: CliContext,
  wanted: string,
  path: string | undefined,
  flags: Flags,
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

export async function catalogRebuild(context: CliContext, path: string, flags: CommonFlags): Promise<number> {
  await using session = new Session(context, flags);
  const folder = inspectDestination(path, context.cwd);
  if (!existsSync(join(folder.metadata, "runs")))
    throw new DestinationError("nothing-here", `${folder.root} has no run logs to rebuild from.`);
  const result = await rebuildCatalog(folder, { clock: context.clock, pid: context.pid, signal: context.signal });
  if (session.output.json) session.output.document({ destination: folder.root, ...result });
  else {
    session.output.say(`${plural(result.registered, "file")} registered.`);
    if (result.missing > 0) session.output.say(`${plural(result.missing, "file")} of earlier runs no longer there.`);
    if (result.changed > 0)
      session.output.say(`${plural(result.changed, "file")} changed since; they will be copied anew beside.`);
  }
  return exitCodes.complete;
}

/** Phones that are plugged in and trust this computer, by id. Nobody is asked anything, and none is no error. */
async function attachedPhones(session: Session): Promise<Map<string, MediaSource>> {
  const sources = new Map<string, MediaSource>();
  try {
    const hub = session.hub();
    for (const device of await hub.devices(session.context))
      if (device.state === "ready") sources.set(device.info.id, await hub.open(device.info, session.context));
  } catch (error) {
    if (!(error instanceof AppError) || error.scope !== "device") throw error;
  }
  return sources;
}

/** The folder named, or every remembered backup that is there now. */
function foldersOf(session: Session, path: string | undefined): { folder: DestinationFolder; catalog: Catalog }[] {
  if (path !== undefined) return [openFolder(session.context, path)];
  const paths = [...new Set(Object.values(session.config.backups ?? {}).map((b) => b.path))];
  const found = paths.flatMap((p) => {
    try {
      return [openFolder(session.context, resolve(p))];
    } catch (error) {
      session.output.say(`${p}: ${(error as Error).message}`);
      return [];
    }
  });
  if (found.length === 0)
    throw new DestinationError("nothing-here", "No backup is known on this computer, or its disk is not plugged in.", {
      remedy: "Name the folder, or run `offroll backup DIR` first.",
    });
  return found;
}

function runJson(run: RunRow): object {
  return {
    id: run.id,
    device: run.device,
    deviceName: run.deviceName,
    command: run.command,
    startedAt: new Date(run.startedAt).toISOString(),
    finishedAt: run.finishedAt === undefined ? null : new Date(run.finishedAt).toISOString(),
    complete: run.complete,
    summary: summaryOf(run) ?? null,
  };
}

function summaryOf(run: RunRow): RunSummary | undefined {
  return run.summary === undefined ? undefined : (JSON.parse(run.summary) as RunSummary);
}

function parseDays(text: string): number {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days ? Number(days) * 86_400_000 : parseDuration(text);
}

function ago(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  if (days > 0) return `${plural(days, "day")} ago`;
  const hours = Math.floor(ms / 3_600_000);
  return hours > 0 ? `${plural(hours, "hour")} ago` : "within the last hour";
}
