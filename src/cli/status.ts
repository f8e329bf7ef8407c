/** `offroll status [DIR]`: each phone's last complete backup, and what is new on it since. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MediaSource } from "../device/index.ts";
import { AppError } from "../shared/errors.ts";
import { formatBytes, plural, printable } from "../shared/text.ts";
import { type Catalog, type DestinationFolder, missingFrom } from "../transfer/index.ts";
import { parseDuration } from "./config.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { foldersOf } from "./destination-folder.ts";
import { type CommonFlags, Session } from "./session.ts";

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
    newFiles: attached ? await countNew(session, attached, catalog, isThere) : null,
    stale: false,
  };
}

async function countNew(
  session: Session,
  source: MediaSource,
  catalog: Catalog,
  isThere: (target: string) => boolean,
): Promise<number> {
  const { clock, signal } = session.context;
  const options = { now: clock.now(), library: session.libraryOf(source), signal };
  return (await missingFrom(source, catalog, isThere, options)).missing.length;
}

export async function status(
  context: CliContext,
  path: string | undefined,
  flags: CommonFlags & { staleAfter?: string },
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
