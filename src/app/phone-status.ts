/** What is known of a phone in one destination: by its catalog where it is there, else by what this computer remembers. */
import { type MediaSource, onThe } from "../device/media-source.ts";
import type { BackupStanding } from "../present/status-words.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { type AppError, ItemError, toAppError } from "../shared/errors.ts";
import { plural } from "../shared/text.ts";
import type { Catalog, RunRow } from "../transfer/catalog/index.ts";
import { missingFrom } from "../transfer/check/index.ts";
import { type DestinationFolder, type KnownPhone, openPlace } from "../transfer/destination/index.ts";
import type { RunSummary } from "../transfer/events.ts";
import { type FoundPlace, type LookedAtPlace, openFolder } from "./destination-folder.ts";
import type { Session } from "./session.ts";

/** How one phone's backup stands in one destination. */
export interface PhoneStatus extends Omit<BackupStanding, "stale"> {
  readonly id: string;
  /** Those of the damaged that are named: where the destination is there. */
  readonly damagedFiles: readonly string[];
  /** Why the destination, or the phone that is plugged in, could not be looked into. */
  readonly problem: AppError | undefined;
}

/** Phones that are plugged in, by id: open, or why they could not be opened. */
export type Attached = ReadonlyMap<string, MediaSource | AppError>;

/** Every phone of the place, each once. */
export async function phonesAt(session: Session, place: LookedAtPlace, attached: Attached): Promise<PhoneStatus[]> {
  const { look } = place;
  if (look.state === "unreadable") return remembered(place, look.problem);
  if (look.state === "not-there") return remembered(place, undefined);
  try {
    const { catalog } = await openFolder(session, look.folder.root);
    using _catalog = catalog;
    const here = new Set(catalog.devices.all().map((d) => d.id));
    const phones = remembered(place, undefined).filter((p) => !here.has(p.id));
    for (const device of catalog.devices.all())
      phones.push(await fromCatalog(session, { place, catalog, attached }, device));
    return phones;
  } catch (error) {
    const problem = toAppError(error);
    if (problem.code === "cancelled") throw problem;
    const phones = remembered({ ...place, look: { state: "unreadable", problem } }, problem);
    // With no phone to tell it of, it would be "nothing was backed up", which nobody knows.
    if (phones.length === 0) throw problem;
    return phones;
  }
}

function remembered({ path, known, backups, look }: LookedAtPlace, problem: AppError | undefined): PhoneStatus[] {
  const rest = { damagedFiles: [], destination: path, state: look.state, newFiles: undefined, problem };
  const phones: PhoneStatus[] = (known?.phones ?? []).map(({ device, lastCompleteAt, ...phone }) => ({
    ...phone,
    id: device,
    lastCompleteAt,
    damaged: phone.damaged ?? 0,
    replaced: known?.replaced === true,
    ...rest,
  }));
  const listed = new Set(phones.map((p) => p.id));
  for (const [id, name] of backups)
    if (!listed.has(id))
      phones.push({ ...nothingKnown, id, name: name ?? id, replaced: false, kind: "backup", ...rest });
  return phones;
}

const nothingKnown = {
  lastRunAt: undefined,
  lastRun: undefined,
  lastCompleteAt: undefined,
  failed: 0,
  knownFailures: 0,
  ignored: 0,
  iCloudOnly: 0,
  missing: 0,
  files: 0,
  bytes: 0,
  damaged: 0,
};

/** What one phone's status is told from. */
interface Told {
  readonly place: LookedAtPlace;
  readonly catalog: Catalog;
  readonly attached: Attached;
}

async function fromCatalog(
  session: Session,
  { place, catalog, attached }: Told,
  device: { id: string; name: string },
): Promise<PhoneStatus> {
  const { look } = place;
  const root = look.state === "there" ? look.folder.root : place.path;
  const damagedFiles = catalog.items.notWhole(device.id).map((r) => r.target);
  const here = {
    damaged: damagedFiles.length,
    damagedFiles,
    id: device.id,
    name: device.name,
    destination: root,
    state: look.state,
    replaced: place.known?.replaced === true,
    ...catalog.items.held(device.id),
    ignored: catalog.settled.ignored(device.id).length,
    ...(await newOnPhone(session, attached.get(device.id), catalog, look)),
  };
  const runs = catalog.runs.all().filter((r) => r.device === device.id);
  const known = place.known?.phones.find((p) => p.device === device.id);
  if (runs.length === 0 && known) return { ...nothingKnown, ...known, ...here };
  return { ...here, ...ofRuns(runs) };
}

type OfRuns = Omit<
  PhoneStatus,
  | "id"
  | "name"
  | "destination"
  | "state"
  | "replaced"
  | "ignored"
  | "damaged"
  | "damagedFiles"
  | "files"
  | "bytes"
  | "newFiles"
  | "problem"
>;

/** What its runs say, the newest first. Where there was a backup, exports say nothing of it. */
function ofRuns(all: readonly RunRow[]): OfRuns {
  const kind = all.some((r) => r.kind === "backup") ? "backup" : "export";
  const runs = all.filter((r) => r.kind === kind);
  const [last] = runs;
  const complete = runs.find((r) => r.complete || r.knownFailures > 0);
  const summary = runs.map(summaryOf).find((s) => s !== undefined);
  return {
    kind,
    lastRunAt: last?.startedAt,
    lastRun: last && lastRunOf(last),
    lastCompleteAt: complete?.finishedAt,
    failed: summary?.outcomes.failed.items ?? 0,
    knownFailures: summary?.knownFailures ?? 0,
    ...elsewhereIn(summary),
  };
}

function lastRunOf(run: RunRow): KnownPhone["lastRun"] {
  if (run.finishedAt === undefined) return "interrupted";
  return run.complete || run.knownFailures > 0 ? "complete" : "incomplete";
}

/** A run's summary as it was written, by this version or an earlier one; undefined for a run that never ended. */
export function summaryOf(run: RunRow): (Partial<RunSummary> & Pick<RunSummary, "outcomes">) | undefined {
  return run.summary === undefined ? undefined : (JSON.parse(run.summary) as RunSummary);
}

/** Photos that a run could not have; earlier versions told only where those of the whole library were. */
export function elsewhereIn(summary: Partial<RunSummary> | undefined): Pick<PhoneStatus, "iCloudOnly" | "missing"> {
  return {
    iCloudOnly: summary?.iCloudOnly ?? summary?.availability?.icloud ?? 0,
    missing: summary?.missing ?? summary?.availability?.missing ?? 0,
  };
}

/** Targets of the phone's copies at which anything stands. */
async function filesThere(
  folder: DestinationFolder,
  catalog: Catalog,
  device: string,
  options: AbortOptions,
): Promise<ReadonlySet<string>> {
  const targets = [...new Set(catalog.items.rows({ state: "done", device }).map((row) => row.target))];
  await using destination = openPlace(folder).destination(folder.id);
  const entries = await destination.statAll(targets, options);
  return new Set(targets.filter((_, i) => entries[i] !== undefined));
}

async function newOnPhone(
  session: Session,
  source: MediaSource | AppError | undefined,
  catalog: Catalog,
  look: FoundPlace,
): Promise<Pick<PhoneStatus, "noun" | "newFiles" | "problem">> {
  if (source === undefined || look.state !== "there") return { newFiles: undefined, problem: undefined };
  try {
    if (source instanceof Error) throw source;
    const { clock, signal } = session.context;
    const there = await filesThere(look.folder, catalog, source.device.id, { signal });
    const options = { now: clock.now(), library: session.libraryOf(source), signal };
    const { notHere, unreadable } = await missingFrom(source, catalog, (target) => there.has(target), options);
    if (unreadable.length === 0) return { noun: source.device.noun, newFiles: notHere.length, problem: undefined };
    const places = plural(unreadable.length, "folder or file", "folders or files");
    throw new ItemError(
      "item-unreadable",
      `${places} ${onThe(source.device.noun)} could not be looked at: what is new is not known.`,
      {
        remedy: "Unlock it and look again; a backup names the places.",
      },
    );
  } catch (error) {
    const problem = toAppError(error);
    if (problem.code === "cancelled" || problem.code === "internal") throw error;
    return { newFiles: undefined, problem };
  }
}
