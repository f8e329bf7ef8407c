/** A plan carried out and told: log, snapshot, what is made beside the photos, and what the run leaves to tell. */
import type { DeviceInfo } from "../device/media-source.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { AsyncQueue } from "../shared/async.ts";
import { diskError } from "../shared/disk-errors.ts";
import { toAppError } from "../shared/errors.ts";
import { keepAwake } from "../shared/keep-awake.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { assertThere } from "./destination/destination.ts";
import { noteReplaced } from "./destination/known-destinations.ts";
import type { ExtrasSummary, RunSummary, TransferEvent } from "./events.ts";
import { Extras } from "./extras/extras.ts";
import type { ApartPlace, MakingProgress } from "./extras/maker.ts";
import { coresIdleMs, SpareCore } from "./extras/spare-core.ts";
import { StoredFiles } from "./extras/stored-files.ts";
import { packOldLogs, type RunHeader, RunLog } from "./logs/run-log.ts";
import { keepSnapshot, type SnapshotLine } from "./logs/snapshot.ts";
import type { DestinationFiles } from "./plan/destination-files.ts";
import { UnknownFiles } from "./plan/known-files.ts";
import type { Prepared } from "./prepare.ts";
import { run } from "./run/run.ts";
import type { TransferOptions } from "./transfer-options.ts";

/** @param signal of the run, and of the locks that it holds @param apart where copies in other forms go, if that is elsewhere */
export async function* runTransfer(
  prepared: Prepared,
  options: TransferOptions,
  { signal, apart }: { readonly signal: AbortSignal; readonly apart: ApartPlace | undefined },
): AsyncGenerator<TransferEvent, void, undefined> {
  const { source, place, roll, plan, facts, shared, secondPhone, runId, notes } = prepared;
  const { catalog, destination, metadata } = place;
  if (!catalog || !notes) throw new Error("a dry run is not carried out");
  const { clock, verify, waitMs, reservedBytes, pause } = options;
  if (options.newDestination) noteReplacedPlaces(options);
  // A person may have been asked meanwhile.
  await assertThere(destination);
  const header = headerOf(source.device, runId, clock.now(), options);
  notes.begin(Date.parse(header.startedAt));
  noteStart(catalog, header);
  await using log = await RunLog.begin(metadata.runs, header);
  catalog.onFileNote = (note) => log.write(note);
  for (const note of notes.earlier) log.write(note);
  await using library = new KeptLibrary(() =>
    options.snapshot ? keepSnapshot(metadata.runs, runId, roll, { signal }) : undefined,
  );
  using _awake = plan.toCopy.items > 0 ? keepAwake(options.pid, "Copying photos from a phone") : undefined;
  const unknownFiles = options.adopt ? await filesToAdopt(catalog, prepared.files, { signal }) : undefined;
  const taken = { passedOver: facts.passedOver, others: shared, unknownFiles };
  const settings = { ...taken, signal, runId, catalog, clock, verify, waitMs, reservedBytes, pause };
  const hides = options.selection.takesHidden;
  const extras = new Extras({
    destination,
    catalog,
    device: source.device.id,
    roll,
    options: { ...options.extras, hides },
    apart,
  });
  const stored = extras.isNeeded ? new StoredFiles(plan) : undefined;
  const spare = new SpareCore({ now: () => clock.now(), coresIdleMs, phoneIdleMs: () => source.idleMs });
  await using early = extras.early(plan, () => spare.has());
  let summary: RunSummary | undefined;
  for await (const event of run(plan, source, destination, settings)) {
    if (event.type === "item") {
      if (notes.isNews(event)) log.write(event);
      notes.event(event);
      stored?.note(event);
      early?.note(event);
    }
    // Not before bytes come: from then on there is time beside them.
    if (event.type === "progress") library.begin();
    early?.next();
    if (event.type === "summary") summary = event;
    else yield event;
  }
  if (!summary) return;
  const making = new AsyncQueue<TransferEvent>();
  const onProgress = (progress: MakingProgress): void => making.push({ type: "making", ...progress });
  const made = afterwards(summary, library, log, async () =>
    extras.make(stored, { signal, onProgress, early: await early?.end() }),
  );
  try {
    void made.finally(() => making.end()).catch(() => {}); // met below
    yield* making;
  } finally {
    summary = await made;
  }
  summary = { ...notes.told(summary), ...(secondPhone ? { secondPhone } : {}) };
  log.write(summary);
  // What a finished run left half-written belongs to items that are gone or changed; what stays, the next one takes away.
  if (summary.ok) for (const at of [destination, apart?.destination]) await at?.sweep(() => false).catch(() => {});
  if (!summary.stoppedBy) await packOldLogs(metadata.runs, clock.now());
  const told = summary;
  yield await beside(told, async () => {
    notes.end(told, clock.now());
    return {};
  });
}

function headerOf({ id, name, model }: DeviceInfo, runId: string, now: number, options: TransferOptions): RunHeader {
  return {
    type: "run",
    v: 1,
    runId,
    startedAt: new Date(now).toISOString(),
    command: options.command,
    kind: options.kind ?? "export",
    device: { id, name, model },
  };
}

function noteStart(catalog: Catalog, { runId, device, command, startedAt, kind = "export" }: RunHeader): void {
  catalog.runs.start({ id: runId, device: device.id, command, startedAt: Date.parse(startedAt), kind });
}

/** The phone's library, kept beside the copying. Nothing is written behind the back of who leaves early. */
class KeptLibrary implements AsyncDisposable {
  readonly #keep: () => Promise<SnapshotLine | undefined> | undefined;
  #kept: Promise<SnapshotLine | undefined> | undefined;

  constructor(keep: () => Promise<SnapshotLine | undefined> | undefined) {
    this.#keep = keep;
  }

  begin(): void {
    this.#kept ??= this.#keep();
    this.#kept?.catch(() => {}); // met by who asks for the line
  }

  /** @returns undefined where nothing is kept @throws what the disk refused */
  async line(): Promise<SnapshotLine | undefined> {
    return await this.#kept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept?.catch(() => {});
  }
}

/** What is made when the photos are there. */
async function afterwards(
  summary: RunSummary,
  library: KeptLibrary,
  log: RunLog,
  makeExtras: () => Promise<ExtrasSummary>,
): Promise<RunSummary> {
  // A disk that was pulled has no place for one that is not begun.
  if (!summary.stoppedBy) library.begin();
  const kept = await beside(summary, async () => {
    const line = await library.line();
    if (line) log.write(line);
    return {};
  });
  return kept.stoppedBy ? kept : await beside(kept, async () => ({ extras: await makeExtras() }));
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
