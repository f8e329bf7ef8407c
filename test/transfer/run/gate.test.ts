/** One pause for everybody who meets a lost phone: one message, one return, one end. */
import { expect, test } from "vitest";
import type { AbortOptions } from "../../../src/shared/abort.ts";
import { type AppError, CancelledError, DeviceError, toAppError } from "../../../src/shared/errors.ts";
import type { TransferEvent } from "../../../src/transfer/events.ts";
import { Gate, isGivenUp } from "../../../src/transfer/run/gate.ts";
import { TestClock } from "../../fakes/test-clock.ts";

const lost = new DeviceError("device-disconnected", "The cable was pulled.");

function gateOf(comeBack: (options: AbortOptions) => Promise<void>, waitMs = 5_000) {
  const stop = new AbortController();
  const events: TransferEvent[] = [];
  const clock = new TestClock();
  const gate = new Gate(comeBack, { clock, waitMs, signal: stop.signal, emit: (event) => events.push(event) });
  return { gate, clock, events, stop };
}

const caught = async (work: Promise<void>): Promise<AppError | undefined> =>
  await work.then(
    () => undefined,
    (error) => toAppError(error),
  );

/** Until it is given up. */
const never = ({ signal }: AbortOptions): Promise<void> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

test("however many meet the loss, it is waited for once, told once and over for all", async () => {
  const back = Promise.withResolvers<void>();
  let asked = 0;
  const { gate, events } = gateOf(() => {
    asked += 1;
    return back.promise;
  });
  const waiting = Array.from({ length: 20 }, () => gate.wait(lost, gate.generation));
  back.resolve();
  await Promise.all(waiting);
  expect([asked, gate.generation]).toEqual([1, 1]);
  expect(events.filter(({ type }) => type === "resumed")).toHaveLength(1);
});

test("who noticed the loss before the return goes on at once; the next loss is waited for anew", async () => {
  let asked = 0;
  const { gate } = gateOf(async () => {
    asked += 1;
  });
  const before = gate.generation;
  await gate.wait(lost, before);
  await gate.wait(lost, before);
  expect(asked).toBe(1);
  await gate.wait(lost, gate.generation);
  expect([asked, gate.generation]).toEqual([2, 2]);
});

test("the seconds that are left are told each second, with what happened and what to do", async () => {
  const { gate, events, clock } = gateOf(never, 3_500);
  expect(await caught(gate.wait(lost, 0))).toBe(lost);
  expect(events.map((e) => (e.type === "waiting" ? e.remainingSeconds : e.type))).toEqual([4, 3, 2, 1]);
  expect(events[0]).toMatchObject({ code: lost.code, message: lost.message, remedy: lost.remedy });
  expect(clock.slept).toEqual([1_000, 1_000, 1_000, 500]);
  expect(gate.generation).toBe(0);
});

test("a way back that fails is the loss itself, not what went wrong on the way; and it may be tried again", async () => {
  let isBroken = true;
  const { gate } = gateOf(async () => {
    if (isBroken) throw new Error("no such device");
  });
  expect(await caught(gate.wait(lost, 0))).toBe(lost);
  isBroken = false;
  await gate.wait(lost, 0);
  expect(gate.generation).toBe(1);
});

test("with nothing to wait for it ends at once; who stops the run is not told that the phone was lost", async () => {
  let asked = 0;
  const none = gateOf(async () => {
    asked += 1;
  }, 0);
  expect([await caught(none.gate.wait(lost, 0)), asked, none.events]).toEqual([lost, 0, []]);
  const { gate, stop } = gateOf(never, 3_600_000);
  const waiting = caught(gate.wait(lost, 0));
  stop.abort(new CancelledError());
  expect((await waiting)?.code).toBe("cancelled");
});

test("a phone that did not answer on several connections is not waited for again", async () => {
  const silent = new DeviceError("device-stalled", "It does not answer.");
  const mayAnswer = new DeviceError("device-stalled", "It does not answer.", { retryable: true });
  expect([isGivenUp(silent), isGivenUp(mayAnswer), isGivenUp(lost)]).toEqual([true, false, false]);
  let asked = 0;
  const { gate, events } = gateOf(async () => {
    asked += 1;
  });
  expect(await caught(gate.wait(silent, 0))).toBe(silent);
  expect([asked, events]).toEqual([0, []]);
  await gate.wait(mayAnswer, 0);
  expect(asked).toBe(1);
});

test("after the end no countdown goes on", async () => {
  const { gate, events } = gateOf(async () => {});
  await gate.wait(lost, 0);
  const told = events.length;
  for (let turns = 0; turns < 20; turns += 1) await new Promise((done) => setImmediate(done));
  expect(events).toHaveLength(told);
});
