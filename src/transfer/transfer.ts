/** One export or backup from end to end: destination prepared and locked, roll built, plan made, run told and logged. */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { MediaSource } from "../device/media-source.ts";
import {
  buildCameraRoll,
  type CameraRoll,
  type LibraryOptions,
  type RollProgress,
  withDerivatives,
} from "../library/index.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { collectGarbage } from "../shared/collect-garbage.ts";
import { diskError, unlessOdd } from "../shared/disk-errors.ts";
import { AppError, toAppError } from "../shared/errors.ts";
import { isShare } from "../shared/mounts.ts";
import { Catalog } from "./catalog/catalog.ts";
import { openHomeCatalog } from "./catalog/catalog-home.ts";
import { isWholeCatalog } from "./catalog/check.ts";
import { catalogName } from "./catalog/connection.ts";
import { CatalogFactsCache } from "./catalog/facts-cache.ts";
import { PhoneStatCache } from "./catalog/phone-stat-cache.ts";
import type { Destination } from "./destination/destination.ts";
import {
  assertRightPlace,
  knownDestinations,
  noteReplaced,
  rememberedPlaces,
} from "./destination/known-destinations.ts";
import { assertApart } from "./destination/local/apart.ts";
import { claimDestination } from "./destination/local/claim-destination.ts";
import type { DiskPort } from "./destination/local/disk-port.ts";
import { LocalDestination } from "./destination/local/local-destination.ts";
import { currentBootId, type DestinationFolder, removeDestination } from "./destination/local/local-folder.ts";
import { nodeDisk } from "./destination/local/node-disk.ts";
import { largestFile, type TargetFileSystem } from "./destination/target-file-system.ts";
import type { FileNote, RunSummary, SecondPhone, TransferEvent, TransferKind, VerifyMode } from "./events.ts";
import { Extras } from "./extras/extras.ts";
import type { ExtrasOptions } from "./extras/options.ts";
import { StoredFiles } from "./extras/stored-files.ts";
import { packOldLogs, RunLog } from "./logs/run-log.ts";
import { RunNotes } from "./logs/run-notes.ts";
import { keepSnapshot, type SnapshotLine } from "./logs/snapshot.ts";
import type { DestinationFiles } from "./plan/destination-files.ts";
import { lookAtCopies, UnknownFiles } from "./plan/known-files.ts";
import type { KnownRows } from "./plan/known-rows.ts";
import { findMovedOnPhone, type MovedOnPhone } from "./plan/moved-on-phone.ts";
import { OtherPhones } from "./plan/other-phones.ts";
import type { PartChoice } from "./plan/part-choice.ts";
import { PathTemplate } from "./plan/path-template.ts";
import { makePlan, type Plan, type PlanFacts } from "./plan/plan.ts";
import { lookAtNames, planFacts } from "./plan/plan-facts.ts";
import type { Selection } from "./plan/selection.ts";
import { isGivenUp } from "./run/gate.ts";
import { keepAwake } from "./run/keep-awake.ts";
import type { Pause } from "./run/pause.ts";
import { run } from "./run/run.ts";
import type { RunOptions } from "./run/run-options.ts";

/** All that a transfer goes by. Put together by `app`, from what a person chose. */
export interface TransferOptions extends AbortOptions {
  /** Where to, as it was inspected: at most its last folder does not exist yet. */
  readonly folder: DestinationFolder;
  /** How paths in the destination are made; see `templateIsDefault`. */
  readonly template: PathTemplate;
  /** Nobody asked for this template: the one that was kept for this phone in this destination goes before it. */
  readonly templateIsDefault?: boolean;
  /** Keeps the template in the destination, for later runs of this phone. */
  readonly keepTemplate?: boolean;
  /** Which photos. Those that are not chosen end as `skipped`, with the reason. */
  readonly selection: Selection;
  /** Which files of each photo. */
  readonly parts: PartChoice;
  /** What is made beside the photos. */
  readonly extras: ExtrasOptions;
  /** The best version on the phone of what is only in iCloud. */
  readonly derivatives?: boolean;
  /** What chat programs keep too. */
  readonly messengers?: boolean;
  /** A folder on the phone that is looked at besides those where photos are. */
  readonly extraFolder?: string | undefined;
  /** Keep the phone's library beside the run's log. */
  readonly snapshot?: boolean;
  /** The phone as it was looked at before, by whoever chose from it: it is not listed again. */
  readonly roll?: CameraRoll | undefined;
  /** Where phones' libraries are copied to; without it files alone are looked at. */
  readonly library?: LibraryOptions | undefined;
  /** Held by whoever may pause the run; absent where nobody can. */
  readonly pause?: Pause;
  /** How copies are proven before they get their names. */
  readonly verify: VerifyMode;
  /** How long a phone that is lost or locked is waited for, each time, before the run stops. */
  readonly waitMs: number;
  /** Room that must be left on the destination; 0 by default. */
  readonly reservedBytes?: number;
  /** Waits for another run in the same destination instead of failing with `destination-in-use`. */
  readonly waitForLock: boolean;
  /** Asked whether a lock whose holder gave no sign of life for long is to be broken; without it, it is not. */
  readonly breakLock?: ((lock: string) => boolean | Promise<boolean>) | undefined;
  /** What time it is, and how to wait; a test's is virtual. */
  readonly clock: Clock;
  /** Of this process, for the lock's file: others are told whom to wait for. */
  readonly pid: number;
  /** Whether everything is meant or a choice; `export` by default. */
  readonly kind?: TransferKind;
  /** A new destination may begin where another is remembered: a person says so. */
  readonly newDestination?: boolean;
  /** False where this computer shall not remember the destination, as for a demonstration. */
  readonly remember?: boolean;
  /** The destination could not be remembered: whether its disk is there the next time will not be noticed. */
  readonly onUnremembered?: (error: Error) => void;
  /** As a person typed it, for the history. */
  readonly command: string;
  /** Register files that are there already and the same, instead of copying them. */
  readonly adopt: boolean;
  /** Which names and sizes to keep to; `auto` asks the disk. */
  readonly targetFileSystem: TargetFileSystem;
  /** The person's data folder: catalogs of shares are kept there. */
  readonly dataFolder: string;
  /** Whether the destination is a share whose locking cannot be trusted; found out when not given. */
  readonly onShare?: boolean;
  /** What the destination's files are reached by; this computer's file system by default. */
  readonly disk?: DiskPort;
  /** Nothing is written, not even a folder. */
  readonly dryRun: boolean;
  /** Called often while the phone is listed and its heads are read. */
  readonly onListing?: (progress: RollProgress) => void;
  /** Called once, with who has the lock, when it is waited for. */
  readonly onLockWait?: (holder: string) => void;
  /** The phone was lost while it was listed, and is waited for. */
  readonly onPhoneWait?: (error: AppError) => void;
}

/** A planned transfer, ready to run. Disposing it releases the destination. */
export interface Transfer extends AsyncDisposable {
  readonly plan: Plan;
  readonly roll: CameraRoll;
  readonly runId: string;
  /** Free bytes where it goes. */
  readonly freeBytes: number;
  /** Set where this phone's first files come among those of others. */
  readonly secondPhone?: SecondPhone;
  /** Files that are copied again because they were removed from the destination by hand. */
  readonly removedHere: number;
  /** Files whose dates and places were read again, because an earlier version of offroll read less of them. */
  readonly readAnew: number;
  run(options?: AbortOptions): AsyncIterable<TransferEvent>;
  /** Ends the transfer. One that did not begin to run leaves no trace in a new destination, however it ends. */
  discard(): Promise<void>;
}

/**
 * Prepares a transfer up to its plan.
 * @throws {DestinationError} `destination-in-use`, `catalog-corrupt` …; {DeviceError} when the phone goes away
 */
export async function openTransfer(source: MediaSource, options: TransferOptions): Promise<Transfer> {
  const { folder, clock, dryRun } = options;
  if (source.device.folder !== undefined) await assertApart(folder.root, source.device.folder);
  if (!options.newDestination) assertRightPlace(folder, rememberedPlaces(knownDestinations(options.dataFolder)));
  const stack = new AsyncDisposableStack();
  let hasBegun = false;
  try {
    const bootId = currentBootId(clock);
    const claimed = dryRun
      ? undefined
      : await claimDestination(folder, {
          clock,
          pid: options.pid,
          bootId,
          wait: options.waitForLock,
          breakStale: options.breakLock,
          ...(options.onShare === undefined ? {} : { onShare: options.onShare }),
          ...(options.signal ? { signal: options.signal } : {}),
          ...(options.onLockWait ? { onWait: options.onLockWait } : {}),
        });
    const lock = stack.use(claimed?.lock);
    const id = claimed ? claimed.id : folder.id;
    // Before the lock is given back, after all files below are closed: a folder where no run began is as it was.
    if (!dryRun)
      stack.defer(() => {
        if (!hasBegun) removeDestination(folder, id as string);
      });
    const onShare = options.onShare ?? isShare(folder.root);
    const isChecked = !dryRun && !onShare && (await isWholeCatalog(join(folder.metadata, catalogName), options));
    const catalog = dryRun
      ? stack.use(Catalog.open(folder.metadata, { create: false, readOnly: true }))
      : stack.use(
          openHomeCatalog({
            metadata: folder.metadata,
            id: id as string,
            dataFolder: options.dataFolder,
            onShare,
            isChecked,
          }),
        ).catalog;
    const disk = options.disk ?? nodeDisk;
    const destination = stack.use(new LocalDestination(folder.root, { id, disk }));
    if (!dryRun && catalog) await reconcile(catalog, destination);
    const earlier: FileNote[] = [];
    if (catalog) catalog.onFileNote = (note) => earlier.push(note);
    const place = { destination, device: source.device.id };
    const { rows, files } = await lookAtCopies({ ...place, catalog, mayChange: !dryRun, now: clock.now() }, options);
    const kept = options.templateIsDefault ? catalog?.devices.template(source.device.id) : undefined;
    const template = kept === undefined ? options.template : new PathTemplate(kept);
    const others = await OtherPhones.read(rows, files, source.device.id);
    const cache = catalog && new CatalogFactsCache(catalog, source.device.id);
    const statCache = catalog && new PhoneStatCache(catalog, source.device.id, clock.now());
    const roll = await whilePhoneComesBack(source, options, () =>
      takeRoll(source, cache, statCache, { ...options, template }),
    );
    // Listing takes its time; from here on we write.
    if (!dryRun) await destination.assertThere();
    if (!dryRun && catalog) {
      catalog.devices.note({ ...source.device, lastSeen: clock.now() });
      await cache?.save();
      await statCache?.save();
    }
    options.selection.assertAnswerable(roll);
    const moved = catalog ? await findMovedOnPhone(source, roll, rows, destination, options) : [];
    if (!dryRun && moved.length > 0)
      catalog?.transaction(() => {
        for (const { row, item, photoId } of moved) catalog.items.movedOnPhone(row, item, photoId);
      });
    const ignored = catalog?.settled.ignored(source.device.id) ?? [];
    const limit = maxFileBytes(destination, options.targetFileSystem);
    // Where the template keeps phones apart, each has its own.
    const shared = template.uses("phone") ? undefined : others;
    const known = { rows, files, others: shared, ignored, maxFileBytes: limit };
    const facts = withMoved(planFacts(known, source), moved);
    const { selection, parts, signal } = options;
    const { id: device, name: phoneName } = source.device;
    const planOptions = { template, selection, parts, phoneName, device };
    await lookAtNames(roll, facts, files, { ...planOptions, ...(signal ? { signal } : {}) });
    // What was asked on the way is garbage now.
    collectGarbage();
    const plan = await makePlan(roll, facts, planOptions);
    if (!dryRun && catalog) await identify(catalog, source.device.id, plan);
    const runId = newRunId(clock.now());
    const freeBytes = await destination.freeBytes().catch(() => Number.POSITIVE_INFINITY);
    const notes =
      catalog &&
      new RunNotes(catalog, { ...folder, id: id as string }, source.device, plan, {
        kind: options.kind ?? "export",
        earlier,
        movedOnPhone: moved.map(({ item }) => item.path),
        runId,
        dataFolder: options.dataFolder,
        remember: options.remember !== false,
        onUnremembered: options.onUnremembered,
      });
    const secondPhone = isSecond(plan, rows, source.device.id, shared)
      ? secondOf(catalog, shared, template)
      : undefined;
    const disposal = stack.move();
    return {
      plan,
      roll,
      runId,
      freeBytes,
      removedHere: notes?.removed ?? 0,
      readAnew: cache?.readAnew ?? 0,
      ...(secondPhone ? { secondPhone } : {}),
      run: (runOptions = {}) => {
        hasBegun = true;
        // Whose lock is broken stops: two that write to one place damage it.
        const signals = [runOptions.signal, lock?.lost].filter((signal) => signal !== undefined);
        const signal = AbortSignal.any(signals);
        const { passedOver } = facts;
        if (options.keepTemplate) catalog?.devices.keepTemplate(source.device.id, template.source);
        const more = { ...runOptions, signal, passedOver, others: shared, secondPhone };
        return carryOut(source, roll, plan, destination, files, catalog, notes, runId, options, more);
      },
      discard: () => disposal.disposeAsync(),
      [Symbol.asyncDispose]: () => disposal.disposeAsync(),
    };
  } catch (error) {
    // Why it could not begin matters more than what could not be put away then.
    await stack.disposeAsync().catch(() => {});
    throw error;
  }
}

/** Whether this phone's first files come among those of others. */
function isSecond(plan: Plan, rows: KnownRows, device: string, others: OtherPhones | undefined): boolean {
  const isMixed = others !== undefined && others.devices.size > 0 && plan.toCopy.items > 0;
  return isMixed && !rows.done().some((row) => row.device === device);
}

function secondOf(catalog: Catalog | undefined, others: OtherPhones | undefined, template: PathTemplate): SecondPhone {
  const names = catalog?.devices.all().filter(({ id }) => others?.devices.has(id)) ?? [];
  return { others: names.map(({ name }) => name), template: `{phone}/${template.source}` };
}

/** As the catalog tells it from now on. */
function withMoved(facts: PlanFacts, moved: readonly MovedOnPhone[]): PlanFacts {
  if (moved.length === 0) return facts;
  const rows = new Map(moved.map(({ item, row }) => [item, row]));
  return {
    ...facts,
    known: (part, uuid) => {
      const row = rows.get(part.item);
      return row ? { target: row.target, sha256: row.sha256, isIdentified: true } : facts.known(part, uuid);
    },
  };
}

async function takeRoll(
  source: MediaSource,
  cache: CatalogFactsCache | undefined,
  statCache: PhoneStatCache | undefined,
  options: TransferOptions,
): Promise<CameraRoll> {
  const signal = options.signal ? { signal: options.signal } : {};
  const needsCamera = options.selection.asksForCamera || options.template.uses("camera", "make", "model");
  // Only a look at the files' heads tells the camera where the library does not.
  const known = needsCamera ? undefined : options.roll;
  const roll =
    known ??
    (await buildCameraRoll(source, {
      now: options.clock.now(),
      cache,
      statCache,
      library: options.library,
      heads: needsCamera ? "cameras" : "needed",
      messengers: options.messengers ?? false,
      extraFolder: options.extraFolder,
      ...signal,
      ...(options.onListing ? { onProgress: options.onListing } : {}),
    }));
  return options.derivatives ? await withDerivatives(source, roll, signal) : roll;
}

/** Items first met by path alone get the UUID that the library has for them, and rows under the path they have now. */
async function identify(catalog: Catalog, device: string, plan: Plan): Promise<void> {
  const unidentified = Iterator.from(plan.entries).filter(
    ({ photo, role, action }) =>
      photo?.library?.uuid !== undefined && role !== undefined && action.type === "present" && !action.isIdentified,
  );
  await catalog.inPages(unidentified, ({ item, photo, role, action }) => {
    const uuid = photo?.library?.uuid;
    if (uuid === undefined || role === undefined || action.type !== "present") return;
    const row = catalog.items.find(device, item);
    if (row) {
      if (row.uuid !== uuid || row.role !== role) catalog.items.identify(device, item, uuid, role);
      return;
    }
    const [known] = catalog.items.findByUuid(device, uuid, role).filter((r) => r.target === action.target);
    // Only a file that is on the phone has a size and times to be found by.
    if (known && item.modifiedAt !== undefined) catalog.items.markDone(device, item, { ...known, uuid, role });
  });
}

/** Losses of the phone while it is listed that are waited for. */
const maxListingLosses = 5;

/** Lists again from the start when the phone was away meanwhile; heads that were read stay known. */
async function whilePhoneComesBack<T>(
  source: MediaSource,
  options: TransferOptions,
  list: () => Promise<T>,
): Promise<T> {
  for (let losses = 0; ; losses += 1) {
    try {
      return await list();
    } catch (error) {
      const lost = error instanceof AppError && error.scope === "device" && losses < maxListingLosses;
      if (!lost || options.waitMs <= 0 || isGivenUp(error)) throw error;
      options.onPhoneWait?.(error);
      const enough = AbortSignal.timeout(options.waitMs);
      try {
        await source.reconnect({ signal: options.signal ? AbortSignal.any([options.signal, enough]) : enough });
      } catch {
        throwIfAborted(options.signal);
        throw error;
      }
    }
  }
}

async function* carryOut(
  source: MediaSource,
  roll: CameraRoll,
  plan: Plan,
  destination: LocalDestination,
  files: DestinationFiles,
  catalog: Catalog | undefined,
  notes: RunNotes | undefined,
  runId: string,
  options: TransferOptions,
  {
    secondPhone,
    ...runOptions
  }: Pick<RunOptions, "signal" | "passedOver" | "others"> & { readonly secondPhone?: SecondPhone | undefined } = {},
): AsyncGenerator<TransferEvent, void, undefined> {
  if (!catalog || !notes) throw new Error("a dry run is not carried out");
  const { clock, folder, command, verify, waitMs, reservedBytes } = options;
  const { id, name, model } = source.device;
  if (options.newDestination) noteReplacedPlaces(options);
  // A person may have been asked meanwhile.
  await destination.assertThere();
  const startedAt = clock.now();
  notes.begin(startedAt);
  catalog.runs.start({ id: runId, device: id, command, startedAt, kind: options.kind ?? "export" });
  await using log = new RunLog(folder.metadata, {
    type: "run",
    v: 1,
    runId,
    startedAt: new Date(startedAt).toISOString(),
    command,
    kind: options.kind ?? "export",
    device: { id, name, model },
  });
  catalog.onFileNote = (note) => log.write(note);
  for (const note of notes.earlier) log.write(note);
  let snapshot: Promise<SnapshotLine | undefined> | undefined;
  const keep = (): typeof snapshot => {
    if (options.snapshot) snapshot ??= keepSnapshot(folder.metadata, runId, roll, runOptions);
    return snapshot;
  };
  // Met below, when the photos are there; and nothing is written behind the back of who leaves early.
  await using _ended = {
    async [Symbol.asyncDispose]() {
      await snapshot?.catch(() => {});
    },
  };
  using _awake = plan.toCopy.items > 0 ? keepAwake(options.pid) : undefined;
  let summary: RunSummary | undefined;
  const unknownFiles = options.adopt ? await filesToAdopt(catalog, files, runOptions) : undefined;
  const { pause } = options;
  const settings = { ...runOptions, runId, catalog, clock, verify, waitMs, reservedBytes, unknownFiles, pause };
  const extras = new Extras({
    destination,
    catalog,
    device: id,
    roll,
    options: { ...options.extras, hides: options.selection.takesHidden },
  });
  const stored = extras.isNeeded ? new StoredFiles(plan) : undefined;
  for await (const event of run(plan, source, destination, settings)) {
    if (event.type === "item") {
      if (notes.isNews(event)) log.write(event);
      notes.event(event);
      stored?.note(event);
    }
    // Not before bytes come: from then on there is time beside them.
    if (event.type === "progress") keep()?.catch(() => {});
    if (event.type === "summary") summary = event;
    else yield event;
  }
  if (!summary) return;
  // A disk that was pulled has no place for one that is not begun.
  const kept = summary.stoppedBy ? snapshot : keep();
  summary = await beside(summary, async () => {
    const line = await kept;
    if (line) log.write(line);
    return {};
  });
  if (!summary.stoppedBy)
    summary = await beside(summary, async () => ({ extras: await extras.make(stored, runOptions) }));
  summary = { ...notes.told(summary), ...(secondPhone ? { secondPhone } : {}) };
  log.write(summary);
  // What a finished run left half-written belongs to items that are gone or changed; what stays, the next one takes away.
  if (summary.ok) await destination.sweep(() => false).catch(() => {});
  if (!summary.stoppedBy) await packOldLogs(folder.metadata, clock.now());
  const told = summary;
  yield await beside(told, async () => {
    notes.end(told, clock.now());
    return {};
  });
}

function maxFileBytes({ properties }: Destination, target: TargetFileSystem): number {
  return target === "auto" ? properties.maxFileBytes : largestFile(target);
}

function filesToAdopt(catalog: Catalog, files: DestinationFiles, options: AbortOptions): Promise<UnknownFiles> {
  const ours = Iterator.from(catalog.items.planRows()).map((row) => row.target);
  return UnknownFiles.read(files, Iterator.from([...ours, ...catalog.made.targets()]), options);
}

/** Without a folder of ours to remember in, there is nothing to replace either. */
function noteReplacedPlaces({ dataFolder, folder, remember, onUnremembered }: TransferOptions): void {
  if (remember === false) return;
  try {
    noteReplaced(dataFolder, folder);
  } catch (error) {
    onUnremembered?.(error as Error);
  }
}

/** The photos are there: what cannot be made beside them is a failure of the run, and none of theirs. */
async function beside(summary: RunSummary, make: () => Promise<Partial<RunSummary>>): Promise<RunSummary> {
  try {
    return { ...summary, ...(await make()) };
  } catch (error) {
    const { code, message, remedy } = toAppError(diskError(error, summary.destination));
    return { ...summary, ok: false, stoppedBy: summary.stoppedBy ?? { code, message, remedy } };
  }
}

/** A crash between naming a file and noting it: the file decides. */
async function reconcile(catalog: Catalog, destination: LocalDestination): Promise<void> {
  await catalog.items.reconcile(async (row) => {
    const stat = await unlessOdd(destination.stat(row.target));
    if (stat?.sizeBytes !== row.sizeBytes) return false;
    return row.sha256 === undefined || (await unlessOdd(destination.hash(row.target)))?.sha256 === row.sha256;
  });
}

/** Sorts by time, to the millisecond, and is unique: 20240501T123456Z-1a2b3c. */
function newRunId(now: number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const ms = (now % 1000).toString(16).padStart(3, "0");
  return `${stamp}Z-${ms}${randomBytes(2).toString("hex").slice(1)}`;
}
