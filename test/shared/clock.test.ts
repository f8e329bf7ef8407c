import { expect, test } from "vitest";
import { systemClock } from "../../src/shared/clock.ts";

test("the computer's clock tells milliseconds since 1970, and wakes a sleeper whose signal fires", async () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
  await systemClock.sleep(0);
  const leave = new AbortController();
  const asleep = systemClock.sleep(3_600_000, { signal: leave.signal });
  leave.abort();
  await expect(asleep).rejects.toMatchObject({ name: "AbortError" });
  await expect(systemClock.sleep(3_600_000, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
});
