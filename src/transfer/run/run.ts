/**
 * Carries out a plan and tells what happens. Several items are in flight at once; a bad one is retried and then reported, a lost
 * phone pauses all of them, a full disk ends the run. Every planned item comes out with exactly one outcome.
 */
import type { MediaItem, MediaSource } from "../../device/media-source.ts";
import { type AbortOptions, abortReason } from "../../shared/abort.ts";
import { AsyncQueue, InFlight } from "../../shared/async.ts";
import { BlockPool } from "../../shared/block-pool.ts";
import { type AppError, CancelledError, DestinationError, type ErrorCode, toAppError } from "../../shared/errors.ts";
import { formatRoom } from "../../shared/text.ts";
import type { Destination } from "../destination/destination.ts";
import type { ItemOutcome, RunSummary, TransferEvent } from "../events.ts";
import type { Plan, PlanEntry } from "../plan/plan.ts";
import { missingRoom } from "../plan/room.ts";
import { ByteBudget } from "./byte-budget.ts";
import { Hasher } from "./content-hash.ts";
import type { CopyContext } from "./copy-context.ts";
import { copyItem } from "./copy-item.ts";
import { Gate } from "./gate.ts";
import { outcome, plannedOutcome, reasonOf } from "./outcome.ts";
import { Progress } from "./progress.ts";
import type { RunOptions } from "./run-options.ts";
import { Summary } from "./summary.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Tries of one item before it counts as failed, and the pauses between them. */
const retryPausesMs = [500, 2_000] as const;
/** An item at which the phone is lost so often is taken for the cause, and fails alone. */
const maxLossesPerItem = 4;
/** Bytes asked for and not yet written, over all files: two or more large ones keep the wire busy, many small ones do. */
const budgetBytes = 12 * 1024 * 1024;
const largeFileShare = 4 * 1024 * 1024;
/** Items that are written, and wait for flushes, their name and their row: so many share a disk's slowness. */
const mostFinishing = 64;
/** Troubles of one place on the disk, where all others are as good as before. */
const costsItsItem: ReadonlySet<ErrorCode> = new Set(["destination-mismatch", "destination-unsafe"]);
const diskPollMs = 500;

/**
 * Carries out a plan. Yields events as they happen, and the summary last. An error that ends the run stands in the summary
 * (`stoppedBy`) and is not thrown. Leaving the iteration early cancels what is on its way, and resolves when that has ended.
 */
export async function* run(
  plan: Plan,
  source: MediaSource,
  destination: Destination,
  options: RunOptions,
): AsyncGenerator<TransferEvent, void, undefined> {
  yield* new Run(plan, source, destination, options).events();
}

class Run {
  readonly #plan: Plan;
  readonly #source: MediaSource;
  readonly #destination: Destination;
  readonly #options: RunOptions;
  readonly #events = new AsyncQueue<TransferEvent>();
  readonly #summary: Summary;
  readonly #budget = new ByteBudget(budgetBytes);
  readonly #blocks = new BlockPool();
  readonly #hasher = new Hasher();
  readonly #phone: Gate;
  readonly #disk: Gate;
  readonly #progress: Progress;
  readonly #finishing = new InFlight(mostFinishing);
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #pool: WorkerPool | undefined;
  #next = 0;
  #stoppedBy: AppError | undefined;

  constructor(plan: Plan, source: MediaSource, destination: Destination, options: RunOptions) {
    this.#plan = plan;
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#summary = new Summary(plan, options, destination.label);
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    this.#progress = new Progress(plan.toCopy, options.clock, (event) => this.#events.push(event));
    const gate = {
      clock: options.clock,
      waitMs: options.waitMs,
      signal: this.#signal,
      emit: (event: TransferEvent) => this.#events.push(event),
    };
    this.#phone = new Gate((o) => source.reconnect(o), gate);
    this.#disk = new Gate((o) => this.#diskIsBack(o), gate);
  }

  async *events(): AsyncGenerator<TransferEvent, void, undefined> {
    const { runId } = this.#options;
    yield { type: "started", runId, listed: this.#plan.listed, toCopy: this.#plan.toCopy };
    const work = this.#work().then(
      () => this.#events.end(),
      (error) => this.#events.fail(error),
    );
    try {
      for await (const event of this.#events) yield event;
    } finally {
      // A reader that leaves early must not leave the work running behind its back.
      this.#stop.abort(new CancelledError());
      await work;
      await this.#hasher[Symbol.asyncDispose]();
    }
    yield this.#finish();
  }

  #finish(): RunSummary {
    return this.#summary.finish(this.#options.clock.now(), this.#stoppedBy);
  }

  async #work(): Promise<void> {
    for (const { path, error } of this.#plan.unreadable)
      this.#report({ type: "item", path, outcome: "failed", sizeBytes: 0, ...reasonOf(error) });
    const toCopy: PlanEntry[] = [];
    for (const entry of this.#plan.entries) {
      const planned = plannedOutcome(entry);
      if (planned) this.#report(planned);
      else toCopy.push(entry);
    }
    await this.#assertRoom();
    const most = Math.min(this.#source.capabilities.parallelReads, toCopy.length);
    this.#pool = new WorkerPool(
      () => this.#worker(toCopy),
      most,
      () => this.#source.idleMs,
    );
    await this.#pool.run();
    await this.#finishing.all();
    for (const entry of toCopy.slice(this.#next)) this.#cancel(entry);
  }

  async #assertRoom(): Promise<void> {
    if (this.#plan.toCopy.bytes === this.#plan.alike.bytes) return;
    try {
      const free = await this.#destination.freeBytes();
      const missing = missingRoom(this.#plan, free, this.#options.reservedBytes);
      if (missing > 0) this.#halt(fullError(this.#destination.label, missing));
    } catch (error) {
      this.#halt(toAppError(error));
    }
  }

  async #worker(entries: readonly PlanEntry[]): Promise<void> {
    while (!this.#signal.aborted && this.#next < entries.length) {
      // An abort is met below: every planned item has its outcome.
      await this.#options.pause?.wait({ signal: this.#signal }).catch(() => {});
      if (this.#signal.aborted || this.#next >= entries.length) break;
      const entry = entries[this.#next] as PlanEntry;
      this.#next += 1;
      const release = await this.#budget.acquire(Math.min(entry.item.sizeBytes, largeFileShare));
      const written = Promise.withResolvers<void>();
      const whole = this.#copyEntry(entry, written.resolve);
      await Promise.race([whole, written.promise]).finally(release);
      await this.#finishing.add(whole);
      // At the end there is nothing left to ask for.
      if (this.#next < entries.length) this.#pool?.adjust();
    }
  }

  async #copyEntry(entry: PlanEntry, onWritten: () => void): Promise<void> {
    const { item, photo, role, action } = entry;
    if (!photo || !role || action.type !== "copy") return;
    const { target, alike } = action;
    const job = { item, photo, role, target, alike };
    const tries = { failures: 0, losses: 0 };
    while (!this.#signal.aborted) {
      const since = { phone: this.#phone.generation, disk: this.#disk.generation };
      this.#progress.active.add(item.path);
      try {
        const result = await copyItem(this.#context(onWritten), job, { signal: this.#signal });
        this.#progress.addItem();
        return this.#report(result);
      } catch (error) {
        const reason = toAppError(error);
        const next = this.#signal.aborted ? "cancelled" : await this.#whatNow(item, reason, tries, since);
        if (next === "failed") return this.#fail(entry, reason);
        if (next === "cancelled") break;
      } finally {
        this.#progress.active.delete(item.path);
      }
    }
    this.#cancel(entry);
  }

  /** Resolves when the item is to be tried again, or knows how it ends. */
  async #whatNow(
    item: MediaItem,
    reason: AppError,
    tries: { failures: number; losses: number },
    since: { readonly phone: number; readonly disk: number },
  ): Promise<"again" | "failed" | "cancelled"> {
    const mayWait = tries.losses < maxLossesPerItem;
    if (reason instanceof DestinationError && !costsItsItem.has(reason.code)) {
      // A disk that is back already, or for others, when this item's error is looked at: the item tries again.
      const wasAway = since.disk !== this.#disk.generation || reason.code === "destination-not-there";
      if (!(await this.#isLostDisk(reason)) && !(wasAway && mayWait)) {
        this.#halt(reason);
        return "cancelled";
      }
      tries.losses += 1;
      const away = notThere(this.#destination.label, reason);
      return (await this.#comesBack(this.#disk, away, since.disk)) ? "again" : "cancelled";
    }
    if (reason.scope === "device" && mayWait) {
      tries.losses += 1;
      return (await this.#comesBack(this.#phone, reason, since.phone)) ? "again" : "cancelled";
    }
    const pause = reason.retryable ? retryPausesMs[tries.failures] : undefined;
    if (pause === undefined) return "failed";
    tries.failures += 1;
    this.#events.push({ type: "retrying", path: item.path, attempt: tries.failures, message: reason.message });
    await this.#options.clock.sleep(pause, { signal: this.#signal }).catch(() => {});
    return "again";
  }

  /** One pause for all items, however many met the loss. */
  async #comesBack(gate: Gate, error: AppError, generation: number): Promise<boolean> {
    try {
      await gate.wait(error, generation);
      return true;
    } catch (reason) {
      this.#halt(toAppError(reason));
      return false;
    }
  }

  /** Any error of a disk that is no longer at its place is its absence. */
  async #isLostDisk(error: DestinationError): Promise<boolean> {
    if (error.code === "destination-full" || error.code === "destination-in-use") return false;
    return !(await this.#destination.isThere());
  }

  async #diskIsBack(options: AbortOptions): Promise<void> {
    while (!(await this.#destination.isThere())) await this.#options.clock.sleep(diskPollMs, options);
    this.#options.catalog.reopen();
  }

  #halt(error: AppError): void {
    this.#stoppedBy ??= error;
    this.#stop.abort(error);
  }

  #cancel(entry: PlanEntry): void {
    this.#stoppedBy ??= this.#signal.aborted ? toAppError(abortReason(this.#signal)) : new CancelledError();
    this.#report(outcome(entry, "cancelled", { reason: this.#stoppedBy.code }));
  }

  #fail(entry: PlanEntry, error: AppError): void {
    this.#report(outcome(entry, "failed", reasonOf(error)));
  }

  #report(result: ItemOutcome): void {
    this.#summary.add(result);
    this.#events.push(result);
  }

  #context(onWritten: () => void): CopyContext {
    const { catalog, verify, runId, clock, unknownFiles, others, pause } = this.#options;
    return {
      source: this.#source,
      destination: this.#destination,
      items: catalog.items,
      verify,
      runId,
      unknownFiles,
      others,
      pause,
      hasher: this.#hasher,
      blocks: this.#blocks,
      now: () => clock.now(),
      onBytes: (count) => this.#progress.addBytes(count),
      onWritten,
      onTrouble: (error) => this.#halt(toAppError(error)),
    };
  }
}

function notThere(label: string, cause: unknown): DestinationError {
  return new DestinationError("destination-not-there", `${label} is no longer there.`, { cause });
}

function fullError(label: string, missingBytes: number): DestinationError {
  return new DestinationError(
    "destination-full",
    `${label} has too little room: ${formatRoom(missingBytes)} more is needed.`,
  );
}
