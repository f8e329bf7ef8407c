/** A run that is paused goes on, or is stopped: whichever is asked for first. */
import { expect, test } from "vitest";
import { Pause } from "../../../src/transfer/run/pause.ts";

test("who was stopped before it came to a pause does not wait in it", async () => {
  const pause = new Pause();
  pause.set(true);
  await expect(pause.wait({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  const stop = new AbortController();
  const waiting = pause.wait({ signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  const going = pause.wait();
  pause.set(false);
  await going;
});
