/** Places in memory, and the wrappers around a destination, are held to the same suites as the real ones. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { DestinationError } from "../../src/shared/errors.ts";
import type { Destination } from "../../src/transfer/destination/destination.ts";
import { LocalDestination } from "../../src/transfer/destination/local/local-destination.ts";
import { makeMemoryPlace } from "../../src/transfer/destination/memory/memory-place.ts";
import { openDestination } from "../../src/transfer/destination/open-place.ts";
import { type Fault, type FaultyCall, withFaults } from "../../src/transfer/destination/with-faults.ts";
import { withRetry } from "../../src/transfer/destination/with-retry.ts";
import { ForgettingDisk } from "../fakes/forgetting-disk.ts";
import { TestClock } from "../fakes/test-clock.ts";
import { type DestinationHarness, testDestination } from "./destination.ts";

testDestination("a disk in memory", async () => {
  const disk = new ForgettingDisk();
  await disk.mkdir("/.offroll");
  return {
    destination: new LocalDestination("/", { disk }),
    restart: async () => new LocalDestination("/", { disk }),
    visible: async () => [...disk.files().keys()].filter((path) => !path.startsWith(".offroll")).sort(),
    async [Symbol.asyncDispose]() {},
  };
});

let places = 0;

/** @param wrap around each destination that is opened */
async function memory(wrap: (inner: Destination) => Destination = (inner) => inner): Promise<DestinationHarness> {
  places += 1;
  const disk = makeMemoryPlace(`memory:conformance-${places}`);
  const open = async (): Promise<Destination> => {
    const { place } = await openDestination(disk.name, "/");
    return wrap(place.destination(await place.metadata.ensureId()));
  };
  return {
    destination: await open(),
    async restart() {
      disk.endSessions();
      return await open();
    },
    visible: async () => [...disk.files.keys()].filter((path) => !path.startsWith(".offroll")).sort(),
    async pull() {
      disk.isAttached = false;
    },
    async plugIn() {
      disk.isAttached = true;
    },
    async [Symbol.asyncDispose]() {},
  };
}

testDestination("a place in memory", () => memory());
testDestination("faults that are not due", () => memory((inner) => withFaults(inner, [])));

const policy = { clock: new TestClock(), pausesMs: [100, 1_000] };
testDestination("retries without a fault", () => memory((inner) => withRetry(inner, policy)));

const passing = (): Error => new DestinationError("destination-io", "The far side was busy.", { retryable: true });
const calls: readonly FaultyCall[] = [
  ...([
    "list",
    "statAll",
    "stat",
    "create",
    "duplicate",
    "remove",
    "move",
    "removeFolder",
    "setAside",
    "open",
  ] as const),
  ...(["hash", "freeBytes", "isThere", "sweep", "read", "readBack", "restart", "write", "written", "flush"] as const),
  ...(["reread", "commit"] as const),
];
const everySecond = (when: Fault["when"], of: readonly FaultyCall[]): Fault[] =>
  of.map((call) => ({ call, when, fails: (nth) => nth % 2 === 0, error: passing }));

testDestination("retries of calls that were refused, each at least once", () =>
  memory((inner) => withRetry(withFaults(inner, everySecond("before", calls)), policy)),
);

/** A write whose answer is lost took its chunk, which its seam rules out; a file that was set aside tells its place once. */
const mayLoseAnswers = calls.filter((call) => !["write", "setAside", "create", "sweep"].includes(call));
testDestination("retries of calls whose answers were lost", () =>
  memory((inner) => withRetry(withFaults(inner, everySecond("after", mayLoseAnswers)), policy)),
);

test("an error that does not pass is thrown at once, one that never passes after the last pause", async () => {
  const fault = (error: () => Error): Fault[] => [{ call: "freeBytes", when: "before", fails: () => true, error }];
  const clock = new TestClock();
  await using h = await memory();
  const final = withFaults(
    h.destination,
    fault(() => new DestinationError("destination-full", "full")),
  );
  await expect(withRetry(final, { clock, pausesMs: [100] }).freeBytes()).rejects.toMatchObject({
    code: "destination-full",
  });
  const busy = withRetry(withFaults(h.destination, fault(passing)), { clock, pausesMs: [100, 1_000] });
  await expect(busy.freeBytes()).rejects.toMatchObject({ code: "destination-io" });
});

test("a file whose naming lost its answer is stored once, with its bytes", async () => {
  const lost: Fault[] = [{ call: "commit", when: "after", fails: (nth) => nth === 0, error: passing }];
  await using h = await memory((inner) => withRetry(withFaults(inner, lost), policy));
  await using file = await h.destination.create({ key: "a".repeat(64), sizeBytes: 4 });
  await file.write(Buffer.from("once"));
  expect(await file.commit("a.txt", undefined)).toBe("stored");
  expect(await h.visible()).toEqual(["a.txt"]);
  expect((await h.destination.hash("a.txt")).sha256).toBe(createHash("sha256").update("once").digest("hex"));
});
