/** Backups of whole phones, for the watcher: which of them is wanted, and what is known of each. What is done is the watcher's. */
import type { Notice, RunOutcome } from "../events.ts";
import type { Facts } from "../facts.ts";
import type { PlaceSeen } from "../places-look.ts";
import type { AutosaveSettings } from "../settings.ts";
import { dutyOf, isWholeDue, type WholeRecord, wholeOverdueDays } from "./duty.ts";
import { wholeEnded } from "./ended.ts";

/** What is around them at a moment. */
export interface WholeAround {
  readonly settings: AutosaveSettings;
  readonly facts: Readonly<Facts>;
  /** Whether the phone's photos are copied right now. */
  readonly isCopying: (phone: string) => boolean;
  /** ms UTC. */
  readonly at: number;
}

/** What comes of a look at all of them. */
export interface WholeSettled {
  readonly start: readonly { readonly phone: string; readonly root: string }[];
  readonly notices: readonly Notice[];
}

export class WholePhones {
  readonly #records = new Map<string, WholeRecord>();
  readonly #roots = new Map<string, string>();
  /** Looked at since they were attached, or since the day's look, and not settled yet. */
  readonly #wanted = new Set<string>();

  /** @param records what an earlier watcher remembered: no run of it goes on */
  constructor(records: readonly WholeRecord[]) {
    for (const { state, ...rest } of records) {
      const isOver = state.is === "copying" || state.is === "waiting";
      this.#records.set(rest.phone, { ...rest, state: isOver ? { is: "idle" } : state });
    }
  }

  /** Of the phones that are set up so, in their order. */
  records({ phones }: AutosaveSettings): WholeRecord[] {
    return Object.entries(phones).flatMap(([phone, plan]) => (plan.phoneBackup ? [this.#recordOf(phone)] : []));
  }

  #recordOf(phone: string): WholeRecord {
    return this.#records.get(phone) ?? { phone, state: { is: "idle" } };
  }

  /** Its folder was looked at. What the backup says of itself counts, unless a run learned something later. */
  saw({ phone, takenAt, asksPasscode }: NonNullable<PlaceSeen["whole"]>, root: string | undefined): void {
    if (root === undefined) {
      this.#roots.delete(phone);
      return;
    }
    this.#roots.set(phone, root);
    const record = this.#recordOf(phone);
    const isLater = takenAt !== undefined && takenAt > (record.passcode?.at ?? Number.NEGATIVE_INFINITY);
    const isKnown = asksPasscode !== undefined && isLater;
    const passcode = isKnown ? { isAsked: asksPasscode, at: takenAt } : record.passcode;
    this.#records.set(phone, { ...record, takenAt, passcode });
  }

  want(phone: string): void {
    this.#wanted.add(phone);
  }

  /** Everything that is wanted begins, waits, or is told. */
  settle(around: WholeAround): WholeSettled {
    const start: { phone: string; root: string }[] = [];
    const notices: Notice[] = [];
    for (const phone of [...this.#wanted]) {
      const record = this.#recordOf(phone);
      if (record.state.is === "copying") continue;
      const duty = this.#dutyOf(record, around);
      const root = this.#roots.get(phone);
      if (duty.is !== "wait") this.#wanted.delete(phone);
      if (duty.is === "tell") notices.push({ phone, whole: true, cause: "phone-backup-due" });
      if (duty.is === "run" && root !== undefined) start.push({ phone, root });
      const state = {
        run: { is: "copying" },
        wait: { is: "waiting", for: "for" in duty ? duty.for : "disk" },
      } as const;
      if (duty.is === "run" || duty.is === "wait") this.#set(record, state[duty.is]);
      else if (record.state.is !== "problem" || duty.is === "tell") this.#set(record, this.#restOf(record, around));
    }
    return { start, notices };
  }

  #dutyOf(record: WholeRecord, { settings, facts, isCopying, at }: WholeAround): ReturnType<typeof dutyOf> {
    const { phone } = record;
    const plan = Object.hasOwn(settings.phones, phone) ? settings.phones[phone] : undefined;
    if (!plan) return { is: "none" };
    const seen = facts.phones.get(phone);
    const now = {
      byCable: seen?.by === "cable",
      isThere: this.#roots.has(phone),
      isCopying: isCopying(phone),
      isPowerLow: facts.isPowerLow,
      isTrusted: seen?.isTrusted === true,
      isLocked: seen?.isLocked === true,
    };
    return dutyOf(plan, record, now, at);
  }

  #restOf(record: WholeRecord, { settings, at }: WholeAround): WholeRecord["state"] {
    const plan = settings.phones[record.phone];
    return plan && !isWholeDue(plan, record, at) ? { is: "done" } : { is: "idle" };
  }

  #set(record: WholeRecord, state: WholeRecord["state"]): void {
    this.#records.set(record.phone, { ...record, state });
  }

  /** Days of those that are overdue. */
  overdue(settings: AutosaveSettings, at: number): Notice[] {
    return this.records(settings).flatMap((record): Notice[] => {
      const plan = settings.phones[record.phone];
      const count = plan && wholeOverdueDays(plan, record, at);
      return count === undefined ? [] : [{ phone: record.phone, whole: true, cause: "overdue", count }];
    });
  }

  ended(phone: string, outcome: RunOutcome, at: number): readonly Notice[] {
    const { record, notices, isWanted } = wholeEnded(this.#recordOf(phone), outcome, at);
    this.#records.set(phone, record);
    // Until its disk is seen again.
    if (outcome.stoppedBy === "destination-not-there") this.#roots.delete(phone);
    if (isWanted) this.#wanted.add(phone);
    return notices;
  }
}
