/**
 * When what is copied, as a function: a machine and an event give the next machine and what is to be done. No clock, no disk, no phone.
 * Read first: `step`, then waitOf in facts.ts.
 */
import type { ErrorCode } from "../shared/errors.ts";
import type { AutosaveEvent, Effect, Notice, Place, RunOutcome } from "./events.ts";
import { type Facts, placeKey, placesOf, waitOf } from "./facts.ts";
import { type Job, type JobName, type JobRecord, type JobState, jobsOf } from "./job.ts";
import { localTime, minuteOf, nextAt } from "./local-time.ts";
import { overdueDays } from "./overdue.ts";
import type { AutosaveSettings } from "./settings.ts";

/** A job with all that is known of it. */
interface Entry extends Job {
  state: JobState;
  lastRun: number | undefined;
  lastComplete: number | undefined;
  isUnfinished: boolean;
  isBehind: boolean;
  dailyOn: string | undefined;
  /** A run is due, as soon as nothing is waited for. */
  isWanted: boolean;
}

/** Never changed: `step` returns another. */
export interface Machine {
  readonly entries: readonly Readonly<Entry>[];
  readonly facts: Readonly<Facts>;
}

/** The next machine, while it is made. */
interface Draft {
  readonly entries: Entry[];
  readonly facts: Facts;
  readonly at: number;
  readonly effects: Effect[];
}

type EventOf<Type extends AutosaveEvent["type"]> = Extract<AutosaveEvent, { type: Type }>;

/** When a day is looked at for what is overdue. */
const overdueLook = "12:00";

/** @param records what an earlier watcher remembered. No run of it goes on: whoever holds a place is told as busy */
export function startMachine(settings: AutosaveSettings, records: readonly JobRecord[]): Machine {
  const entries = jobsOf(settings).map((job): Entry => {
    const known: Partial<JobRecord> = records.find((r) => isSame(r, job)) ?? {};
    const { state = { is: "idle" } } = known;
    return {
      ...job,
      state: state.is === "copying" || state.is === "waiting" ? { is: "idle" } : state,
      lastRun: known.lastRun,
      lastComplete: known.lastComplete,
      isUnfinished: known.isUnfinished === true || state.is === "copying",
      isBehind: known.isBehind === true,
      dailyOn: known.dailyOn,
      isWanted: known.isBehind === true,
    };
  });
  return { entries, facts: { phones: new Map(), there: new Set(), busy: new Set(), isPowerLow: false } };
}

/** What the next watcher has to know, and whoever shows the state. */
export function recordsOf({ entries }: Machine): JobRecord[] {
  return entries.map(({ plan: _, isWanted: __, ...record }) => record);
}

/** One event, whole. */
export function step(machine: Machine, event: AutosaveEvent): { machine: Machine; effects: Effect[] } {
  const { entries, facts } = structuredClone(machine) as { entries: Entry[]; facts: Facts };
  const draft: Draft = { entries, facts, at: event.at, effects: [] };
  takeIn(draft, event);
  for (const entry of entries) settle(draft, entry);
  return { machine: { entries, facts }, effects: draft.effects };
}

/** The same machine by other settings: what is known of a job that stays is kept, and a run that nobody wants any more ends. */
export function resettle(
  machine: Machine,
  settings: AutosaveSettings,
  at: number,
): { machine: Machine; effects: Effect[] } {
  const { entries: before, facts } = structuredClone(machine) as { entries: Entry[]; facts: Facts };
  const stays = (entry: Entry, other: Entry): boolean => isSame(entry, other) && entry.plan.to === other.plan.to;
  const entries = [...startMachine(settings, []).entries].map((fresh): Entry => {
    const known = before.find((entry) => stays(entry, fresh));
    return known ? { ...known, plan: fresh.plan } : { ...fresh };
  });
  const draft: Draft = { entries, facts, at, effects: [] };
  for (const entry of before.filter((old) => isCopying(old) && !entries.some((e) => stays(old, e))))
    draft.effects.push({ type: "stop-run", job: nameOf(entry) });
  for (const entry of entries.filter((e) => e.copy === undefined && !before.some((old) => stays(old, e))))
    wantFromPhone(draft, entry);
  for (const entry of entries) settle(draft, entry);
  return { machine: { entries, facts }, effects: draft.effects };
}

/** When the next `tick` is due, in ms UTC; undefined without a phone. */
export function nextWake({ entries }: Machine, at: number): number | undefined {
  const times = entries.flatMap(({ plan }) => [overdueLook, plan.daily, plan.quietHours?.to]);
  const moments = times.filter((time) => time !== undefined).map((time) => nextAt(at, time));
  return moments.length > 0 ? Math.min(...moments) : undefined;
}

function isSame(a: JobName, b: JobName): boolean {
  return a.phone === b.phone && a.copy === b.copy;
}

function isCopying({ state }: Entry): boolean {
  return state.is === "copying";
}

function takeIn(draft: Draft, event: AutosaveEvent): void {
  const { facts } = draft;
  switch (event.type) {
    case "phone-attached":
      return attach(draft, event);
    case "phone-detached":
      facts.phones.delete(event.phone);
      return;
    case "phone-lock":
      return learn(draft, event.phone, { isLocked: event.isLocked });
    case "phone-trust":
      return learn(draft, event.phone, { isTrusted: event.isTrusted });
    case "disk":
      return lookAtDisk(draft, event);
    case "power":
      facts.isPowerLow = event.isLow;
      return;
    case "place-busy":
      setIn(facts.busy, placeKey(event.place), event.isBusy);
      return;
    case "copy-behind":
      return fallBehind(draft, event.place);
    case "run-ended":
      return endRun(draft, event);
    case "take-over":
      return takeOver(draft, event.phone);
    case "tick":
      return tick(draft);
  }
}

function attach(draft: Draft, { phone, by }: EventOf<"phone-attached">): void {
  const { phones } = draft.facts;
  if (phones.get(phone)?.by === by) return;
  phones.set(phone, { by, isLocked: false, isTrusted: true });
  const own = ownJob(draft, phone);
  if (own) wantFromPhone(draft, own);
  else if (by === "cable") tell(draft, { cause: "unknown-phone", phone });
}

function wantFromPhone({ facts }: Draft, own: Entry): void {
  own.isWanted ||= mayBeRead(facts, own);
}

/** Over Wi-Fi only where that was asked for, and never for the first time. */
function mayBeRead({ phones }: Facts, { phone, plan, lastComplete }: Entry): boolean {
  const by = phones.get(phone)?.by;
  return by === "cable" || (by === "network" && plan.network && lastComplete !== undefined);
}

function learn({ facts }: Draft, phone: string, what: { isLocked?: boolean; isTrusted?: boolean }): void {
  const known = facts.phones.get(phone);
  if (known) facts.phones.set(phone, { ...known, ...what });
}

/** What failed at a disk is tried again when it comes back; a copy that is behind is brought up to date. */
function lookAtDisk(draft: Draft, { place, isThere }: EventOf<"disk">): void {
  const key = placeKey(place);
  const isBack = isThere && !draft.facts.there.has(key);
  setIn(draft.facts.there, key, isThere);
  if (!isBack) return;
  for (const entry of draft.entries.filter((e) => placesOf(e).some((p) => placeKey(p) === key)))
    if (entry.copy !== undefined) entry.isWanted ||= entry.isBehind;
    else if (entry.state.is === "problem") wantFromPhone(draft, entry);
}

/** Whoever brought it: a person's own backup is copied on as well. What failed is tried again by the net, never in a circle. */
function fallBehind({ entries }: Draft, place: Place): void {
  for (const entry of entries.filter((e) => e.copy === place.copy && e.plan.to === place.to && !isCopying(e))) {
    entry.isWanted ||= !entry.isBehind || entry.state.is !== "problem";
    entry.isBehind = true;
  }
}

function endRun(draft: Draft, { job, outcome }: EventOf<"run-ended">): void {
  const entry = draft.entries.find((e) => isSame(e, job));
  if (!entry || !isCopying(entry)) return;
  entry.isUnfinished = outcome.stoppedBy !== undefined;
  if (outcome.brought > 0) {
    const part = entry.isUnfinished ? { isPart: true } : {};
    tellOf(draft, entry, { cause: "brought", count: outcome.brought, ...part });
  }
  if (outcome.stoppedBy === undefined) finish(draft, entry, outcome);
  else stopped(draft, entry, outcome.stoppedBy, outcome);
  if (entry.copy === undefined) bringCopiesBehind(draft, entry, outcome);
}

function finish(draft: Draft, entry: Entry, { newFailures, knownFailures }: RunOutcome): void {
  entry.lastRun = draft.at;
  if (newFailures + knownFailures > 0) {
    const code = entry.copy === undefined ? "items-failed" : "copy-incomplete";
    entry.state = { is: "problem", code };
    if (newFailures > 0) tellOf(draft, entry, { cause: code });
    return;
  }
  entry.lastComplete = draft.at;
  entry.isBehind = false;
  entry.state = { is: "done" };
}

/** What a run ran into that is a fact to wait for is no trouble. */
function stopped(draft: Draft, entry: Entry, code: ErrorCode, { stoppedAt }: RunOutcome): void {
  const { facts } = draft;
  const place = placeKey(stoppedAt ?? { to: entry.plan.to, copy: entry.copy });
  entry.state = { is: "idle" };
  // Attached again meanwhile, it is wanted already.
  if (code === "device-disconnected") return;
  if (code === "cancelled") {
    entry.isWanted ||= facts.busy.has(place);
    return;
  }
  entry.isWanted = true;
  if (code === "device-locked") learn(draft, entry.phone, { isLocked: true });
  else if (trustCodes.has(code)) learn(draft, entry.phone, { isTrusted: false });
  else if (code === "destination-not-there") facts.there.delete(place);
  else if (code === "destination-in-use") facts.busy.add(place);
  else {
    entry.isWanted = false;
    entry.state = { is: "problem", code };
    tellOf(draft, entry, { cause: code });
  }
}

/** What a run ends with where the phone does not trust this computer. */
export const trustCodes: ReadonlySet<ErrorCode> = new Set([
  "device-not-trusted",
  "trust-denied",
  "trust-timeout",
  "pairing-lost",
  "debugging-unauthorised",
]);

/** Whatever came is verified file by file: what a run got before it was stopped is copied too. */
function bringCopiesBehind({ entries }: Draft, { plan }: Entry, { brought, stoppedBy }: RunOutcome): void {
  for (const copy of entries.filter((e) => e.copy !== undefined && e.plan.to === plan.to)) {
    const isFirst = copy.lastComplete === undefined && stoppedBy === undefined;
    copy.isBehind ||= brought > 0 || isFirst;
    copy.isWanted ||= copy.isBehind;
  }
}

function takeOver(draft: Draft, phone: string): void {
  const own = ownJob(draft, phone);
  if (!own || !isCopying(own)) return;
  draft.facts.busy.add(placeKey({ to: own.plan.to }));
  draft.effects.push({ type: "stop-run", job: nameOf(own) });
}

/** The daily net, and what is overdue. What failed is tried again by the net, never in a circle. */
function tick(draft: Draft): void {
  const { day, minute } = localTime(draft.at);
  for (const entry of draft.entries) {
    const { daily } = entry.plan;
    if (daily !== undefined && minute >= minuteOf(daily) && entry.dailyOn !== day && isReachable(draft, entry)) {
      entry.dailyOn = day;
      if (entry.copy === undefined) wantFromPhone(draft, entry);
      else entry.isWanted ||= entry.isBehind;
    }
    const count = overdueDays(entry, draft.at);
    if (count !== undefined) tell(draft, { ...nameOf(entry), cause: "overdue", count });
  }
}

function isReachable({ facts }: Draft, entry: Entry): boolean {
  return entry.copy !== undefined || mayBeRead(facts, entry);
}

/** A job that is wanted starts, or says what it waits for. */
function settle(draft: Draft, entry: Entry): void {
  if (!entry.isWanted || isCopying(entry)) return;
  if (!isReachable(draft, entry)) {
    // Its cable was pulled, even where Wi-Fi still shows it.
    entry.isWanted = false;
    if (entry.state.is === "waiting") entry.state = { is: "idle" };
    return;
  }
  const wait = waitOf(entry, withOwnRuns(draft), draft.at);
  if (wait === undefined) {
    entry.isWanted = false;
    entry.state = { is: "copying" };
    draft.effects.push({ type: "start-run", job: nameOf(entry) });
    return;
  }
  const isNew = entry.state.is !== "waiting" || entry.state.for !== wait;
  entry.state = { is: "waiting", for: wait };
  // Only these two need a person.
  if (isNew && (wait === "trust" || wait === "unlock")) tellOf(draft, entry, { cause: wait });
}

/** One run at a place: ours count as anybody's. */
function withOwnRuns({ entries, facts }: Draft): Facts {
  const ours = entries.filter(isCopying).flatMap((entry) => placesOf(entry).map(placeKey));
  return { ...facts, busy: new Set([...facts.busy, ...ours]) };
}

/** Trouble over Wi-Fi is nobody's business: the cable comes again. */
function tellOf(draft: Draft, entry: Entry, notice: Omit<Notice, "phone" | "copy">): void {
  const isByAir = entry.copy === undefined && draft.facts.phones.get(entry.phone)?.by === "network";
  if (notice.cause === "brought" || !isByAir) tell(draft, { ...nameOf(entry), ...notice });
}

function tell({ effects }: Draft, notice: Notice): void {
  effects.push({ type: "tell", notice });
}

function ownJob({ entries }: Draft, phone: string): Entry | undefined {
  return entries.find((e) => isSame(e, { phone }));
}

function nameOf({ phone, copy }: JobName): JobName {
  return copy === undefined ? { phone } : { phone, copy };
}

function setIn(set: Set<string>, key: string, isIn: boolean): void {
  if (isIn) set.add(key);
  else set.delete(key);
}
