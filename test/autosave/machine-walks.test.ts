/** Whatever happens, in whatever order: one run at a place, only where everything is there, and nothing that could run stands still. */
import { expect, test } from "vitest";
import {
  type AutosaveEvent,
  type AutosaveSettings,
  type RunOutcome,
  recordsOf,
  startMachine,
  step,
} from "../../src/autosave/index.ts";
import type { JobName } from "../../src/autosave/job.ts";
import { annsPlan } from "../helpers/autosave.ts";

const plan = { ...annsPlan, quietHours: undefined };
const settings: AutosaveSettings = {
  v: 1,
  phones: { ann: plan, ben: { ...plan, network: true }, cat: { ...plan, to: "/mnt/other", copy: undefined } },
};
const places = [{ to: plan.to }, { to: plan.to, copy: "second" }, { to: "/mnt/other" }];
const ends = [undefined, "cancelled", "device-disconnected", "device-locked", "destination-full"] as const;

/** A small generator of its own: the seed in a test's name plays the same walk everywhere. */
function randomOf(seed: number): <T>(from: readonly T[]) => T {
  let state = seed;
  return (from) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from[Math.floor((state / 2 ** 32) * from.length)]!;
  };
}

function somethingHappens(pick: ReturnType<typeof randomOf>, at: number): AutosaveEvent {
  const phone = pick(["ann", "ben", "cat", "stranger"]);
  const isSo = pick([true, true, true, false]);
  const outcome: RunOutcome = { brought: pick([0, 2]), newFailures: pick([0, 0, 1]), knownFailures: 0 };
  return pick<() => AutosaveEvent>([
    () => ({ at, type: "phone-attached", phone, by: pick(["cable", "network"]) }),
    () => ({ at, type: "phone-detached", phone }),
    () => ({ at, type: "phone-lock", phone, isLocked: !isSo }),
    () => ({ at, type: "phone-trust", phone, isTrusted: isSo }),
    () => ({ at, type: "disk", place: pick(places), isThere: isSo }),
    () => ({ at, type: "power", isLow: !isSo }),
    () => ({ at, type: "place-busy", place: pick(places), isBusy: !isSo }),
    () => ({ at, type: "take-over", phone }),
    () => ({ at, type: "tick" }),
    () => ({ at, type: "run-ended", job: { phone, copy: pick([undefined, "second"]) }, outcome }),
    () => ({ at, type: "run-ended", job: { phone }, outcome: { ...outcome, stoppedBy: pick(ends) } }),
  ])();
}

/** The places that a job holds, as the plan has them. */
const heldBy = ({ phone, copy }: JobName): string[] => [
  settings.phones[phone]!.to,
  ...(copy === undefined ? [] : [`second of ${settings.phones[phone]!.to}`]),
];

test.each(Array.from({ length: 10 }, (_, i) => i + 1))("walk %i", (seed) => {
  const pick = randomOf(seed);
  let machine = startMachine(settings, []);
  let at = plan.setUpAt;
  let starts = 0;
  for (let i = 0; i < 1000; i += 1) {
    at += pick([1000, 60_000, 6 * 3_600_000]);
    const happened = step(machine, somethingHappens(pick, at));
    machine = happened.machine;
    for (const effect of happened.effects) {
      if (effect.type !== "start-run") continue;
      starts += 1;
      const phone = machine.facts.phones.get(effect.job.phone);
      expect(machine.facts.isPowerLow).toBe(false);
      expect(machine.facts.there.has(JSON.stringify([settings.phones[effect.job.phone]!.to]))).toBe(true);
      if (effect.job.copy === undefined) {
        expect(phone).toMatchObject({ isLocked: false, isTrusted: true });
        if (effect.job.phone !== "ben") expect(phone?.by).toBe("cable");
      }
    }
    const copying = recordsOf(machine).filter(({ state }) => state.is === "copying");
    const held = copying.flatMap(heldBy);
    expect(new Set(held).size).toBe(held.length);
    // A wait that is told is a wait that holds: the same moment once more starts nothing.
    expect(step(machine, { at, type: "power", isLow: machine.facts.isPowerLow }).effects).toEqual([]);
  }
  // A walk on which little starts would show little.
  expect(starts).toBeGreaterThan(5);
});
