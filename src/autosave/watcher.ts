/**
 * The machine, carried out: what sources tell becomes its events, one after the other, and its effects become child processes and
 * words for a person. All that is known is in the state's file after each step, so that it may be killed at any point.
 */

import { AsyncQueue } from "../shared/async.ts";
import type { Clock } from "../shared/clock.ts";
import { toAppError } from "../shared/errors.ts";
import { takeAsks } from "./asks.ts";
import { Attached, parseLook, standingOf } from "./attached.ts";
import type { Child, StartChild } from "./child.ts";
import { type ChildEnd, commandOf, lookWords, outcomeOf, wholeCommandOf } from "./command.ts";
import type { AutosaveEvent, Effect, Notice, Place, RunOutcome } from "./events.ts";
import { placeKey } from "./facts.ts";
import { type JobName, type JobRecord, type JobState, jobsOf } from "./job.ts";
import { isWithin } from "./local-time.ts";
import { type Machine, nextWake, recordsOf, resettle, startMachine, step } from "./machine.ts";
import { decideNotices, type NoticeMemory } from "./notices.ts";
import type { PlaceSeen } from "./places-look.ts";
import { logRun } from "./run-log.ts";
import type { AutosaveSettings, PhonePlan } from "./settings.ts";
import type { Hint, Source } from "./sources/source.ts";
import { readState, writeState } from "./state-file.ts";
import type { WholeRecord } from "./whole/duty.ts";
import { WholePhones } from "./whole/whole-phones.ts";

/** Everything that the watcher does to the world. */
export interface WatcherKit {
  readonly clock: Clock;
  readonly files: { readonly state: string; readonly log: string; readonly asks: string };
  readonly sources: readonly Source[];
  /** @throws {UsageError} `config-invalid` */
  readonly readSettings: () => AutosaveSettings;
  /** Where the settings' places are now; undefined where nobody could tell. */
  readonly lookAtPlaces: () => Promise<readonly PlaceSeen[] | undefined>;
  readonly isFree: (root: string) => Promise<boolean>;
  readonly isPowerLow: () => Promise<boolean>;
  readonly startChild: StartChild;
  readonly show: (notice: Notice, plan: PhonePlan | undefined, name: string | undefined) => Promise<unknown>;
  /** For whoever reads along. */
  readonly say: (line: string) => void;
  /** Whether the place of the only watcher is still this one's. */
  readonly isMine: () => boolean;
}

type Told = AutosaveEvent extends infer E ? (E extends unknown ? Omit<E, "at"> : never) : never;

/** What comes to the watcher, in order. */
type Message =
  | Hint
  | { readonly type: "looked"; readonly text: string | undefined }
  | { readonly type: "child-ended"; readonly job: JobName; readonly run: Run; readonly end: ChildEnd }
  | { readonly type: "busy-again"; readonly place: Place }
  | { readonly type: "run-again"; readonly job: JobName }
  | { readonly type: "minute" }
  | { readonly type: "stop" };

interface Run {
  readonly child: Child;
  readonly startedAt: number;
  readonly words: readonly string[];
  /** The place that somebody else used, so that it did not begin. */
  usedAt?: Place;
}

/** A run that is over. */
interface Ended {
  readonly end: ChildEnd;
  readonly outcome: RunOutcome;
  readonly message: string | undefined;
  readonly now: number;
}

/** The settle time: file managers and photo programs open an Android phone in the same second. */
const settleMs = 2_000;
const minuteMs = 60_000;
/** A clock that went on by more than this in a minute was set, or the computer slept. */
const jumpMs = 90_000;
/** How often a place that somebody uses is looked at. */
const busyMs = 5_000;
/** How long the one who takes a run over has until the watcher asks for the place again. */
const takeOverMs = 60_000;
const mostRetryMs = 3_600_000;
/** A phone that waits for its owner is looked at; nothing tells that it was unlocked. Often at first, as somebody is with it then. */
const ownerWaits = [
  { until: 120_000, every: 5_000 },
  { until: 900_000, every: 15_000 },
  { until: Number.POSITIVE_INFINITY, every: 60_000 },
] as const;

/** The resident watcher, and the same for one round. */
export class Watcher {
  readonly #kit: WatcherKit;
  readonly #queue = new AsyncQueue<Message>();
  readonly #attached = new Attached();
  readonly #runs = new Map<string, Run>();
  readonly #roots = new Map<string, string>();
  readonly #busy = new Set<string>();
  readonly #stop = new AbortController();
  #settings: AutosaveSettings;
  #machine: Machine;
  #memory: NoticeMemory;
  #written = "";
  #news: Notice[] = [];
  #wakeAt: number | undefined;
  #minuteAt: number;
  #lookTimer: { readonly at: number; readonly cancel: AbortController } | undefined;
  #looking: "no" | "yes" | "again" = "no";
  #ownerSince: number | undefined;
  #placesWanted = false;
  /** How often in a row each job's run was killed. */
  readonly #killed = new Map<string, number>();
  readonly #whole: WholePhones;
  /** Phones whose backup as a whole is looked at as soon as their photos' run began. */
  readonly #wholeToLook = new Set<string>();
  /** What each job's run of this watcher brought. */
  readonly brought = new Map<string, number>();

  /** @throws {UsageError} `config-invalid` */
  constructor(kit: WatcherKit) {
    this.#kit = kit;
    this.#settings = kit.readSettings();
    const { state, problem } = readState(kit.files.state);
    if (problem !== undefined) kit.say(problem);
    this.#machine = startMachine(this.#settings, state.jobs);
    this.#whole = new WholePhones(state.whole ?? []);
    this.#memory = { told: state.told, held: state.held };
    this.#minuteAt = kit.clock.now();
  }

  get jobs(): readonly JobRecord[] {
    return recordsOf(this.#machine);
  }

  get whole(): readonly WholeRecord[] {
    return this.#whole.records(this.#settings);
  }

  get settings(): AutosaveSettings {
    return this.#settings;
  }

  /** Until the signal fires; runs that are under way then end in order. */
  async watch(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#queue.push({ type: "stop" });
    if (signal.aborted) return;
    signal.addEventListener("abort", stop, { once: true });
    await this.#begin();
    const sources = this.#kit.sources.map((source) => this.#follow(source));
    this.#queue.push({ type: "phones-changed" });
    void this.#everyMinute();
    try {
      for await (const message of this.#queue) {
        if (message.type === "stop") break;
        await this.#take(message);
        // A minute alone opens no file.
        if (message.type !== "minute" && !this.#kit.isMine()) {
          this.#kit.say(
            "This watcher's place was taken away, by `offroll autosave off` or by another watcher: it ends.",
          );
          break;
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#stop.abort();
      await Promise.allSettled(sources);
      await this.#endRuns();
    }
  }

  /** What it would do now, done: one look at phones, places and power, and every run that begins from it. */
  async once(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#queue.push({ type: "stop" });
    signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#begin();
      const looked = await this.#kit.startChild(lookWords).ended;
      await this.#take({ type: "looked", text: looked.lastLine });
      while (this.#runs.size > 0 && !signal.aborted) {
        for await (const message of this.#queue) {
          if (message.type !== "stop") await this.#take(message);
          break;
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#stop.abort();
      await this.#endRuns();
    }
  }

  async #begin(): Promise<void> {
    await this.#lookAtPower();
    await this.#lookAtPlaces();
    this.#tell({ type: "tick" });
  }

  async #follow(source: Source): Promise<void> {
    try {
      await source.follow((hint) => this.#hear(hint), this.#stop.signal);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#kit.say(`${source.name}: ${toAppError(error).message}`);
    }
  }

  /** Ten mounts at one moment are one look. */
  #hear(hint: Hint): void {
    if (hint.type === "places-changed") {
      if (this.#placesWanted) return;
      this.#placesWanted = true;
    }
    this.#queue.push(hint);
  }

  async #everyMinute(): Promise<void> {
    while (await this.#slept(minuteMs)) this.#queue.push({ type: "minute" });
  }

  /** @returns false where the watcher ends meanwhile, or nobody waits any more */
  async #slept(ms: number, cancel?: AbortSignal): Promise<boolean> {
    const signal = cancel ? AbortSignal.any([this.#stop.signal, cancel]) : this.#stop.signal;
    return await this.#kit.clock.sleep(ms, { signal }).then(
      () => true,
      () => false,
    );
  }

  /** Runs that are asked to end tell their end; no other message matters any more. */
  async #endRuns(): Promise<void> {
    const runs = [...this.#runs];
    for (const [, { child }] of runs) child.stop();
    for (const [key, run] of runs) {
      const end = await run.child.ended;
      if (this.#runs.has(key)) await this.#childEnded(JSON.parse(key) as JobName, run, end);
    }
  }

  async #take(message: Message): Promise<void> {
    await this.#takeIn(message);
    if (this.#wholeToLook.size > 0) await this.#lookAtWhole();
  }

  async #takeIn(message: Message): Promise<void> {
    const attached = this.#attached;
    switch (message.type) {
      case "iphone-attached":
        await this.#lookAtPower();
        return this.#seen([attached.connected(message.key, message.udid, message.by)]);
      case "iphone-detached":
        return this.#seen(attached.disconnected(message.key));
      case "iphones-gone":
        return this.#seen(attached.disconnected());
      case "iphone-paired": {
        const phone = attached.udidOf(message.key);
        if (phone !== undefined) this.#tell({ type: "phone-trust", phone, isTrusted: true });
        return;
      }
      case "phones-changed":
        return this.#wantLook(settleMs);
      case "looked":
        return await this.#looked(message.text);
      case "places-changed":
        this.#placesWanted = false;
        return await this.#lookAtPlaces();
      case "settings-changed":
        return await this.#readAgain();
      case "asked":
        for (const phone of takeAsks(this.#kit.files.asks)) this.#tell({ type: "take-over", phone });
        return;
      case "child-ended":
        return await this.#childEnded(message.job, message.run, message.end);
      case "busy-again":
        return await this.#lookAtBusy(message.place);
      case "run-again":
        return this.#runAgain(message.job);
      case "minute":
        return await this.#minute();
      case "stop":
        return;
    }
  }

  /** Tells the machine of phones as they are attached now. */
  #seen(phones: Iterable<string>): void {
    for (const phone of phones) {
      const by = this.#attached.by(phone);
      const isNew = by === "cable" && this.#machine.facts.phones.get(phone)?.by !== by;
      if (by === undefined) this.#tell({ type: "phone-detached", phone });
      else this.#tell({ type: "phone-attached", phone, by });
      if (isNew) this.#lookAtWholeSoon(phone);
    }
  }

  #lookAtWholeSoon(phone: string): void {
    if (Object.hasOwn(this.#settings.phones, phone) && this.#settings.phones[phone]?.phoneBackup)
      this.#wholeToLook.add(phone);
  }

  /** Whether one is due is read from the backup itself: a person may have made one meanwhile. */
  async #lookAtWhole(): Promise<void> {
    const phones = [...this.#wholeToLook];
    this.#wholeToLook.clear();
    await this.#lookAtPlaces();
    for (const phone of phones) this.#whole.want(phone);
    this.#settleWhole();
  }

  #settleWhole(): void {
    const now = this.#kit.clock.now();
    const isCopying = (phone: string): boolean => this.#runs.has(runKey({ phone }));
    const around = { settings: this.#settings, facts: this.#machine.facts, isCopying, at: now };
    const { start, notices } = this.#whole.settle(around);
    this.#news.push(...notices);
    for (const { phone, root } of start) {
      const plan = this.#settings.phones[phone]?.phoneBackup;
      if (plan) void this.#startChild({ phone, whole: true }, wholeCommandOf(phone, plan, root), root);
    }
    this.#tellPerson(now);
    this.#write();
  }

  /** One look at a time; what changes during one is looked at after it. Of two that are wanted the earlier one does. */
  #wantLook(afterMs: number): void {
    if (this.#looking !== "no") {
      this.#looking = "again";
      return;
    }
    const at = this.#kit.clock.now() + afterMs;
    if (this.#lookTimer && this.#lookTimer.at <= at) return;
    this.#lookTimer?.cancel.abort();
    const timer = { at, cancel: new AbortController() };
    this.#lookTimer = timer;
    void this.#slept(afterMs, timer.cancel.signal).then(async (isOn) => {
      if (!isOn || this.#lookTimer !== timer) return;
      this.#lookTimer = undefined;
      this.#looking = "yes";
      const { lastLine } = await this.#kit.startChild(lookWords).ended;
      this.#queue.push({ type: "looked", text: lastLine });
    });
  }

  async #looked(text: string | undefined): Promise<void> {
    const isStale = this.#looking === "again";
    this.#looking = "no";
    const told = parseLook(text ?? "");
    if (told) {
      await this.#lookAtPower();
      // One that cannot be asked who it is may be one that is known, and busy.
      const phones = told.filter(
        ({ id, state }) => state !== "unreachable" || Object.hasOwn(this.#settings.phones, id),
      );
      const seen = this.#attached.looked(phones);
      const copying = new Set(this.#states().flatMap(({ state, phone }) => (state.is === "copying" ? [phone] : [])));
      // A phone that is read right now answers nobody else as it would.
      this.#seen([...seen].filter((phone) => !copying.has(phone) || this.#attached.by(phone) !== undefined));
      for (const { id, state } of phones) if (!copying.has(id)) this.#tellStanding(id, standingOf(state));
    }
    if (isStale) this.#wantLook(settleMs);
    else this.#lookAgainForOwners();
  }

  #tellStanding(phone: string, standing: ReturnType<typeof standingOf>): void {
    if (standing?.isTrusted !== undefined) this.#tell({ type: "phone-trust", phone, isTrusted: standing.isTrusted });
    if (standing?.isLocked !== undefined) this.#tell({ type: "phone-lock", phone, isLocked: standing.isLocked });
  }

  /** While a phone waits for its owner: nothing tells that it was unlocked. */
  #lookAgainForOwners(): void {
    const isWaiting = this.#states().some(({ state }) => state.is === "waiting" && ownersWaits.has(state.for));
    const now = this.#kit.clock.now();
    this.#ownerSince = isWaiting ? (this.#ownerSince ?? now) : undefined;
    if (this.#ownerSince === undefined) return;
    const waited = now - this.#ownerSince;
    this.#wantLook(ownerWaits.find(({ until }) => waited < until)?.every ?? minuteMs);
  }

  async #lookAtPower(): Promise<void> {
    const isLow = await this.#kit.isPowerLow();
    if (isLow !== this.#machine.facts.isPowerLow) this.#tell({ type: "power", isLow });
  }

  async #lookAtPlaces(): Promise<void> {
    for (const { to, copy, root, isBehind, whole } of (await this.#kit.lookAtPlaces()) ?? []) {
      if (whole) {
        this.#whole.saw(whole, root);
        continue;
      }
      const place: Place = copy === undefined ? { to } : { to, copy };
      const key = placeKey(place);
      const wasThere = this.#machine.facts.there.has(key);
      if (root === undefined) this.#roots.delete(key);
      else this.#roots.set(key, root);
      if (root !== undefined && isBehind) this.#tell({ type: "copy-behind", place });
      if (wasThere !== (root !== undefined)) this.#tell({ type: "disk", place, isThere: root !== undefined });
    }
    this.#settleWhole();
  }

  /** Of photos, copies and whole phones alike. */
  #states(): readonly { readonly phone: string; readonly state: JobState }[] {
    return [...this.jobs, ...this.whole];
  }

  async #readAgain(): Promise<void> {
    let settings: AutosaveSettings;
    try {
      settings = this.#kit.readSettings();
    } catch (error) {
      // What holds goes on: a file that somebody is writing by hand is no reason to forget a phone.
      return this.#kit.say(toAppError(error).message);
    }
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    const before = this.#settings;
    this.#settings = settings;
    for (const phone of Object.keys({ ...before.phones, ...settings.phones })) this.#rePlanWhole(phone, before);
    this.#moved(resettle(this.#machine, settings, this.#kit.clock.now()));
    await this.#lookAtPlaces();
    this.#wantLook(0);
  }

  /** A run into a folder that nobody wants any more ends; a new one is looked at. */
  #rePlanWhole(phone: string, before: AutosaveSettings): void {
    const [old, next] = [before.phones[phone]?.phoneBackup, this.#settings.phones[phone]?.phoneBackup];
    if (JSON.stringify(old) === JSON.stringify(next)) return;
    if (old?.id !== next?.id) this.#runs.get(runKey({ phone, whole: true }))?.child.stop();
    this.#lookAtWholeSoon(phone);
  }

  async #minute(): Promise<void> {
    const now = this.#kit.clock.now();
    const hasJumped = Math.abs(now - this.#minuteAt - minuteMs) > jumpMs;
    this.#minuteAt = now;
    const waits = this.#states().flatMap(({ state }) => (state.is === "waiting" ? [state.for] : []));
    if (waits.includes("power")) await this.#lookAtPower();
    // Not every folder that comes is a disk that was mounted.
    if (waits.includes("disk")) await this.#lookAtPlaces();
    if (hasJumped || (this.#wakeAt !== undefined && now >= this.#wakeAt)) {
      await this.#lookAtPower();
      if (hasJumped) await this.#lookAtPlaces();
      this.#tell({ type: "tick" });
      this.#news.push(...this.#whole.overdue(this.#settings, now));
      for (const phone of this.#machine.facts.phones.keys()) this.#lookAtWholeSoon(phone);
    }
  }

  /** One event into the machine, and what comes of it. */
  #tell(event: Told): void {
    this.#moved(step(this.#machine, { ...event, at: this.#kit.clock.now() } as AutosaveEvent));
  }

  #moved({ machine, effects }: { readonly machine: Machine; readonly effects: readonly Effect[] }): void {
    this.#machine = machine;
    const now = this.#kit.clock.now();
    this.#wakeAt = nextWake(machine, now);
    for (const effect of effects) this.#carryOut(effect);
    for (const key of machine.facts.busy) this.#followBusy(key);
    this.#settleWhole();
    if (this.#looking === "no") this.#lookAgainForOwners();
  }

  #carryOut(effect: Effect): void {
    if (effect.type === "tell") this.#news.push(effect.notice);
    else if (effect.type === "stop-run") this.#runs.get(runKey(effect.job))?.child.stop();
    else void this.#startRun(effect.job);
  }

  /** Nobody's phone is touched for a place that is in use: the one who uses it may be reading that phone. */
  async #startRun(name: JobName): Promise<void> {
    const job = jobsOf(this.#settings).find(({ phone, copy }) => phone === name.phone && copy === name.copy);
    if (!job) return;
    const place: Place = { to: job.plan.to };
    const root = this.#roots.get(placeKey(place)) ?? job.plan.to;
    await this.#startChild(name, commandOf(job, root), root);
  }

  async #startChild(name: JobName, words: readonly string[], root: string): Promise<void> {
    const to = this.#settings.phones[name.phone]?.to;
    const run: Run = {
      child: this.#whenFree(words, root, () => {
        if (to !== undefined) run.usedAt = { to };
      }),
      startedAt: this.#kit.clock.now(),
      words,
    };
    this.#runs.set(runKey(name), run);
    this.#kit.say(`${this.#nameOf(name)}: offroll ${words.join(" ")}`);
    const end = await run.child.ended;
    if (!this.#stop.signal.aborted) this.#queue.push({ type: "child-ended", job: name, run, end });
  }

  /** A child that begins when the place is free; where it is not, one that has ended so. */
  #whenFree(words: readonly string[], root: string, onUsed: () => void): Child {
    let child: Child | undefined;
    let isStopped = false;
    const begin = async (): Promise<ChildEnd> => {
      if (!(await this.#kit.isFree(root))) {
        onUsed();
        return endedAs("destination-in-use");
      }
      if (isStopped) return { exit: undefined, lastLine: "", words: "", isStopped };
      child = this.#kit.startChild(words);
      return await child.ended;
    };
    return {
      ended: begin(),
      stop() {
        isStopped = true;
        child?.stop();
      },
    };
  }

  async #childEnded(job: JobName, run: Run, end: ChildEnd): Promise<void> {
    const key = runKey(job);
    if (this.#runs.get(key) !== run) return;
    this.#runs.delete(key);
    const { outcome, message } = outcomeOf(end);
    const now = this.#kit.clock.now();
    this.brought.set(key, (this.brought.get(key) ?? 0) + outcome.brought);
    if (job.whole) return this.#wholeEnded(job, run, { end, outcome, message, now });
    if (outcome.stoppedBy !== "destination-in-use") this.#log(job, run, { end, outcome, message, now });
    // What a run just read is neither locked nor a stranger.
    if (outcome.stoppedBy === undefined && job.copy === undefined)
      this.#tellStanding(job.phone, { isTrusted: true, isLocked: false });
    this.#tell({ type: "run-ended", job, outcome: run.usedAt ? { ...outcome, stoppedAt: run.usedAt } : outcome });
    this.#retryKilled(job, end);
    // What went while it was read was told by nobody.
    if (job.copy === undefined && !this.#attached.isConnected(job.phone)) this.#wantLook(settleMs);
  }

  /** What it learned is kept; when the backup was made is read from the backup. */
  #wholeEnded(job: JobName, run: Run, ended: Ended): void {
    const { outcome, now } = ended;
    this.#log(job, run, ended);
    this.#news.push(...this.#whole.ended(job.phone, outcome, now));
    this.#settleWhole();
    if (!this.#attached.isConnected(job.phone)) this.#wantLook(settleMs);
  }

  /** A run that was killed is no trouble of the phone's: it goes on, in the end seldom, should it be killed each time. */
  #retryKilled(job: JobName, { wasKilled, isStopped }: ChildEnd): void {
    const key = runKey(job);
    if (!wasKilled || isStopped) {
      this.#killed.delete(key);
      return;
    }
    const times = this.#killed.get(key) ?? 0;
    this.#killed.set(key, times + 1);
    void this.#slept(Math.min(minuteMs * 2 ** times, mostRetryMs)).then((isOn) => {
      if (isOn) this.#queue.push({ type: "run-again", job });
    });
  }

  #runAgain(job: JobName): void {
    const { phone, copy } = job;
    const to = this.#settings.phones[phone]?.to;
    if (copy !== undefined && to !== undefined) this.#tell({ type: "copy-behind", place: { to, copy } });
    if (copy !== undefined || this.#attached.by(phone) === undefined) return;
    // As if its cable were plugged in anew.
    this.#tell({ type: "phone-detached", phone });
    this.#seen([phone]);
  }

  #log(job: JobName, run: Run, { end, outcome, message, now }: Ended): void {
    const { brought, newFailures, knownFailures, stoppedBy } = outcome;
    const seconds = Math.max(0, (now - run.startedAt) / 1000);
    const failed = newFailures + knownFailures;
    const command = `offroll ${run.words.join(" ")}`;
    logRun(this.#kit.files.log, {
      ...job,
      at: now,
      seconds,
      command,
      exit: end.exit,
      brought,
      failed,
      code: stoppedBy,
      message,
    });
    const how = stoppedBy ?? `${brought} new${failed > 0 ? `, ${failed} failed` : ""}`;
    this.#kit.say(`${this.#nameOf(job)}: ${how}`);
  }

  /** Looks until the place is free. Whoever takes a run over needs a moment to begin. */
  #followBusy(key: string): void {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    const [to, copy] = JSON.parse(key) as [string, string | undefined];
    const place: Place = copy === undefined ? { to } : { to, copy };
    const isOurs = this.#runs.size > 0;
    void this.#slept(isOurs ? takeOverMs : busyMs).then((isOn) => {
      this.#busy.delete(key);
      if (isOn) this.#queue.push({ type: "busy-again", place });
    });
  }

  async #lookAtBusy(place: Place): Promise<void> {
    const key = placeKey(place);
    if (!this.#machine.facts.busy.has(key)) return;
    const root = this.#roots.get(key);
    if (root !== undefined && !(await this.#kit.isFree(root))) return this.#followBusy(key);
    this.#tell({ type: "place-busy", place, isBusy: false });
  }

  #tellPerson(at: number): void {
    const isQuiet = ({ phone }: Notice): boolean => {
      const quiet = this.#settings.phones[phone]?.quietHours;
      return quiet !== undefined && isWithin(quiet, at);
    };
    const { show, memory } = decideNotices(this.#news, this.#memory, { at, isQuiet });
    this.#news = [];
    this.#memory = memory;
    for (const notice of show) void this.#show(notice);
  }

  async #show(notice: Notice): Promise<void> {
    const { phone } = notice;
    const plan = Object.hasOwn(this.#settings.phones, phone) ? this.#settings.phones[phone] : undefined;
    await this.#kit.show(notice, plan, this.#attached.names.get(phone)).catch(() => {});
  }

  /** That it cannot be written is no reason to save nobody's photos. */
  #write(): void {
    const state = { jobs: this.jobs, whole: this.whole, ...this.#memory };
    const text = JSON.stringify(state);
    if (text === this.#written) return;
    try {
      writeState(this.#kit.files.state, state);
      this.#written = text;
    } catch (error) {
      this.#kit.say(toAppError(error).message);
    }
  }

  #nameOf({ phone, copy, whole }: JobName): string {
    const name = this.#settings.phones[phone]?.name ?? phone;
    if (whole) return `${name} as a whole`;
    return copy === undefined ? name : `${name}, copy ${copy}`;
  }
}

const ownersWaits: ReadonlySet<string> = new Set(["unlock", "trust"]);

function runKey({ phone, copy, whole }: JobName): string {
  if (whole) return JSON.stringify({ phone, whole });
  return JSON.stringify(copy === undefined ? { phone } : { phone, copy });
}

function endedAs(code: string): ChildEnd {
  return { exit: 1, lastLine: JSON.stringify({ error: { code } }), words: "", isStopped: false };
}
