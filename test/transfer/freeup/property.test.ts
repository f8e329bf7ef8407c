/** Nothing that happens to phone, disks and clocks lists a photo that is not proven. `npm run test:freeup` goes on with this. */
import { expect, test } from "vitest";
import { liveThrough } from "../../freeup/world.ts";

test("whatever happens, only what the naive rule lets go too is listed", async () => {
  const { plans, listed, violations } = await liveThrough(8, 6);
  expect(violations).toEqual([]);
  expect([plans, listed > 0]).toEqual([7, true]);
});
