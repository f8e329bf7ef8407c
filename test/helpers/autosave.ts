/** A phone that was set up, and what is made of it. */
import {
  type AutosaveEvent,
  type AutosaveSettings,
  type Effect,
  type Machine,
  nextWake,
  type PhonePlan,
  type RunOutcome,
  recordsOf,
  startMachine,
  step,
} from "../../src/autosave/index.ts";
import type { JobRecord } from "../../src/autosave/job.ts";
import { nextAt } from "../../src/autosave/local-time.ts";
import { TestClock } from "../fakes/test-clock.ts";

export const annsPlan: PhonePlan = {
  name: "Ann's phone",
  to: "/mnt/disk/Phone",
  photos: true,
  videos: true,
  copy: "second",
  network: false,
  daily: "12:30",
  quietHours: { from: "22:00", to: "07:00" },
  setUpAt: new Date(2026, 0, 1, 8).getTime(),
};

/** Settings of one phone, "ann". */
export function settingsWith(plan: Partial<PhonePlan> = {}): AutosaveSettings {
  return { v: 1, phones: { ann: { ...annsPlan, ...plan } } };
}

/** An event without its time. */
type Told = AutosaveEvent extends infer E ? (E extends unknown ? Omit<E, "at"> : never) : never;

/** The outcome of a run that brought some files, or none. */
export const bringing = (brought: number): RunOutcome => ({ brought, newFailures: 0, knownFailures: 0 });

/** Plays what happens to a machine on a clock of its own, which begins in a local morning. */
export class AutosavePlayer {
  readonly clock = new TestClock();
  machine: Machine;
  /** Effects since they were last taken, as words. */
  #effects: string[] = [];

  constructor(settings: AutosaveSettings, records: readonly JobRecord[] = []) {
    this.machine = startMachine(settings, records);
  }

  /** Events at one moment, one after the other. */
  happen(...events: readonly Told[]): this {
    for (const event of events) {
      const { machine, effects } = step(this.machine, { ...event, at: this.clock.now() } as AutosaveEvent);
      this.machine = machine;
      this.#effects.push(...effects.map(wordsOf));
    }
    return this;
  }

  /** The next moment with this local time, `days` later; nothing wakes the machine on the way. */
  async until(timeOfDay: string, days = 0): Promise<this> {
    const now = this.clock.now();
    await this.clock.sleep(nextAt(nextAt(now, timeOfDay) + days * 24 * 60 * 60 * 1000 - 60_000, timeOfDay) - now);
    return this;
  }

  /** Sleeps as long as the machine asks for, and wakes it. */
  async wake(): Promise<this> {
    const now = this.clock.now();
    await this.clock.sleep((nextWake(this.machine, now) ?? now) - now);
    return this.happen({ type: "tick" });
  }

  effects(): string[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** The state of each job in a word, as "ann waits disk". */
  states(): string[] {
    return recordsOf(this.machine).map(({ phone, copy, state }) =>
      [phone, copy, state.is === "waiting" ? `waits ${state.for}` : state.is, "code" in state ? state.code : undefined]
        .filter((word) => word !== undefined)
        .join(" "),
    );
  }
}

function wordsOf(effect: Effect): string {
  if (effect.type === "tell") {
    const { cause, phone, copy, count, isPart } = effect.notice;
    return ["tell", cause, phone, copy, count, isPart ? "in part" : undefined]
      .filter((word) => word !== undefined)
      .join(" ");
  }
  return [effect.type === "start-run" ? "start" : "stop", effect.job.phone, effect.job.copy].filter(Boolean).join(" ");
}
