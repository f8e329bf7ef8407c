/** One measurement for `planning.ts`, in a process of its own: `node planning-child.ts CHECKOUT FOLDER COUNT`. Prints one JSON line. */
import { join, resolve } from "node:path";

const [checkout = ".", folder = "", countText = "0"] = process.argv.slice(2);
const load = async (path: string): Promise<never> => (await import(join(resolve(checkout), "src", path))) as never;
/** The engine of that checkout; before its rooms had an index each, all stood in the one. */
const engine = (await load("transfer/index.ts")) as typeof import("../../src/transfer/index.ts");
const front = async (room: string): Promise<never> =>
  await load(`transfer/${room}/index.ts`).catch(() => engine as never);
const plan = (await front("plan")) as typeof import("../../src/transfer/plan/index.ts");
const places = (await front("destination")) as typeof import("../../src/transfer/destination/index.ts");
const { systemClock } = (await load("shared/clock.ts")) as typeof import("../../src/shared/clock.ts");
const { buildCameraRoll } = (await load("library/index.ts")) as typeof import("../../src/library/index.ts");

const count = Number(countText);
const source = {
  device: { id: "bench", platform: "ios", name: "Bench", model: "Bench", timeZone: "Europe/Berlin" },
  capabilities: { resume: true, parallelReads: 32, listing: "folders", clock: "utc", library: "photos-sqlite" },
  async *list() {
    for (let i = 0; i < count; i += 1) yield item(i);
  },
  async *read() {
    yield Buffer.alloc(1000);
  },
  stat: async (of: unknown) => of,
  locate: async () => undefined,
  reconnect: async () => {},
  async [Symbol.asyncDispose]() {},
};

function item(i: number): object {
  const name = `IMG_${String(i % 10_000).padStart(4, "0")}.JPG`;
  const path = `/DCIM/${100 + Math.floor(i / 1000)}APPLE/${name}`;
  const modifiedAt = new Date(Date.UTC(2020, 0, 1) + i * 60_000);
  return { id: path, path, name, area: "camera-roll", sizeBytes: 1000, modifiedAt, createdAt: modifiedAt };
}

const roll = await buildCameraRoll(source as never, { now: Date.now(), heads: "none" } as never);
const options = {
  folder: await places.inspectDestination(folder, "/"),
  template: new plan.PathTemplate("{year}/{month}/{name}"),
  selection: new plan.Selection(),
  parts: plan.everyPart,
  extras: { albumsAs: "none" as const },
  roll,
  verify: "hash" as const,
  waitMs: 0,
  waitForLock: false,
  clock: systemClock,
  pid: process.pid,
  command: "bench",
  dryRun: false,
  adopt: false,
  targetFileSystem: "auto" as const,
  dataFolder: `${folder}-data`,
  remember: false,
};
/** Between two turns of the event loop: the longest time, and the most of the processor that the thread took. */
let blockMs = 0;
let blockCpuMs = 0;
let isOver = false;
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const from = performance.now();
let turnAt = from;
let turnCpu = cpuMs();
const turn = (): void => {
  blockMs = Math.max(blockMs, performance.now() - turnAt);
  blockCpuMs = Math.max(blockCpuMs, cpuMs() - turnCpu);
  turnAt = performance.now();
  turnCpu = cpuMs();
  if (!isOver) setTimeout(turn, 1);
};
setTimeout(turn, 1);
const opened = await engine.openTransfer(source as never, options as never);
const seconds = (performance.now() - from) / 1000;
await new Promise((resolve) => setTimeout(resolve, 2));
isOver = true;
const { toCopy, present } = opened.plan;
if (process.argv[5] === "run") for await (const _ of opened.run()) void _;
await opened[Symbol.asyncDispose]();
console.log(JSON.stringify({ seconds, blockMs, blockCpuMs, toCopy: toCopy.items, present: present.items }));
