/** A simulated phone that another program started ends with it. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Host } from "../../../src/app/host.ts";
import { takeOrders } from "../../../src/cli/commands/mock.ts";
import type { Output } from "../../../src/cli/output.ts";

async function ordersOf(untilClosed: boolean): Promise<{ done: string[]; hasEnded: () => boolean; stop: () => void }> {
  const stop = new AbortController();
  const stdin = new PassThrough();
  const done: string[] = [];
  let hasEnded = false;
  const host = { stdin, signal: stop.signal } as unknown as Host;
  const orders = { lock: () => void done.push("lock") };
  void takeOrders(host, {} as Output, orders, untilClosed).then(() => {
    hasEnded = true;
  });
  stdin.end("lock\n");
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { done, hasEnded: () => hasEnded, stop: () => stop.abort() };
}

test("it ends when its input does, where that was asked for, and else with Ctrl-C alone", async () => {
  const ours = await ordersOf(true);
  expect([ours.done, ours.hasEnded()]).toEqual([["lock"], true]);
  const theirs = await ordersOf(false);
  expect([theirs.done, theirs.hasEnded()]).toEqual([["lock"], false]);
  theirs.stop();
  await new Promise((resolve) => setImmediate(resolve));
  expect(theirs.hasEnded()).toBe(true);
});
