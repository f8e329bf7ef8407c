/**
 * No sequence of bit rot, removed disks, changed or hidden photos, missing parts, wrong clocks and two places on one disk lists a photo
 * that is not proven: real folders, the mock phone, and a second, naive statement of the rule.
 *
 *   npm run test:freeup -- [sequences, 40 by default] [seed] [steps]
 */
import { liveThrough } from "./world.ts";

const sequences = Number(process.argv[2] ?? 40);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const steps = Number(process.argv[4] ?? 25);
console.log(`seed ${seed}`);
const sums = { plans: 0, listed: 0, violations: 0 };
for (let i = 0; i < sequences; i += 1) {
  const { plans, listed, violations } = await liveThrough(seed + i, steps);
  sums.plans += plans;
  sums.listed += listed;
  sums.violations += violations.length;
  for (const violation of violations.slice(0, 3)) console.log(`VIOLATION ${violation}`);
}
if (sums.listed === 0) console.log("nothing was ever listed: nothing was tried");
console.log(
  `${sequences} sequences, ${sums.plans} plans, ${sums.listed} photos listed and held against the naive rule, ${sums.violations} violations`,
);
process.exitCode = sums.violations === 0 && sums.listed > 0 ? 0 : 1;
