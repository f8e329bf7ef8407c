/** Twenty of the recorded devices, each with both ways of refusing a property; `npm run test:devices` has all of them. */
import { expect, test } from "vitest";
import { replay } from "../devices/replay.ts";
import { recordedFacts } from "../fakes/recorded-device.ts";

/** One of each sort of answer: what lists in bulk and what does not, with dates and without, parts of 64 bits, of 32 and none. */
const chosen = [
  "acer-a3-a40",
  "blackberry-storm",
  "canon-eos-r",
  "canon-powershot-a620",
  "creative-zen-x-fi",
  "fuji-xt3",
  "gopro-hero11-mini",
  "huawei-u8860",
  "iriver-clix2",
  "leica-m9",
  "microsoft-windows-phone",
  "nikon-d4s",
  "nokia-808",
  "panasonic-gh5",
  "philips-vibe8gb",
  "samsung-gt-i9300",
  "sandisk-sansa-express",
  "sony-a7sm3",
  "sony-xperia-z5",
  "trekstor-ibeat-sweez-fm",
];

const facts = new Map(recordedFacts().map((f) => [f.name, f]));

test("twenty real devices are chosen, and all are recorded", () => {
  expect(chosen.filter((name) => facts.has(name))).toEqual(chosen);
  expect(chosen).toHaveLength(20);
  expect(facts.size).toBe(532);
});

for (const missingProperty of ["error", "empty"] as const)
  for (const name of chosen)
    test(`${name}, a missing property answered with ${missingProperty}: all of it comes`, async () => {
      const seen = await replay(facts.get(name)!, { missingProperty });
      expect(seen.failed).toEqual([]);
      // Each of them tells a date of each file in one way or another.
      expect([seen.shown?.state, seen.listed, seen.dated]).toEqual(["ready", seen.there, seen.there]);
      expect(seen.listed).toBeGreaterThan(5);
    });

/** What has 32 bits for an offset, and what has 32 bits for everything: its size comes by its bytes, and so do they. */
for (const [name, wholeReads] of [
  ["samsung-gt-i9300", 1],
  ["canon-eos-r", 2],
] as const)
  test(`${name}, a file of 4 GiB: all of it comes`, { timeout: 300_000 }, async () => {
    const seen = await replay(facts.get(name)!, { missingProperty: "error", largeBytes: 2 ** 32 + 5_000 });
    expect([seen.failed, seen.listed, seen.wholeReads]).toEqual([[], seen.there, expect.any(Number)]);
    expect(seen.wholeReads).toBeGreaterThanOrEqual(wholeReads);
  });
