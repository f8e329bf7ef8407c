/**
 * One export of messages in a process of its own, and what it took: `node figures-child.ts DATABASE TO ATTACHMENTS FORMATS`.
 * Attachments of a megabyte are made as they are read, so that gigabytes need no disk on the phone's side. Counted is all that works
 * for it: this process and the one that reads the database, each with the most memory that it ever had.
 */
import { createReadStream, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PhoneFile, PhoneFiles } from "../../src/device/phone-files.ts";
import { exportTo } from "../helpers/phone-data.ts";

const [database = "", to = "", attachments = "0", format = "html"] = process.argv.slice(2);
const attachmentBytes = 1024 * 1024;

const main: PhoneFile = {
  ...{ domain: "HomeDomain", path: "Library/SMS/sms.db", kind: "file", sizeBytes: statSync(database).size },
  ...{ modifiedAt: new Date(0), createdAt: undefined },
};
const attachment = (path: string): PhoneFile => ({ ...main, domain: "MediaDomain", path, sizeBytes: attachmentBytes });

const files: PhoneFiles = {
  device: { id: "0", name: "Figures", productType: undefined, osVersion: undefined },
  takenAt: undefined,
  isEncrypted: true,
  domains: async () => ["HomeDomain", "MediaDomain"],
  async *list() {},
  async find(domain, path) {
    if (domain === main.domain) return path === main.path ? main : undefined;
    const n = Number(/\/A-(\d+)\//.exec(path)?.[1] ?? Number.POSITIVE_INFINITY);
    return n < Number(attachments) ? attachment(path) : undefined;
  },
  async *read(file) {
    if (file.domain === main.domain) yield* createReadStream(database) as AsyncIterable<Uint8Array>;
    else for (let i = 0; i < 16; i += 1) yield Buffer.alloc(attachmentBytes / 16, file.path.length + i);
  },
  async [Symbol.asyncDispose]() {},
};

/** Of children, by their numbers: the most memory so far, and the processor's time. */
const children = new Map<string, { kb: number; seconds: number }>();
const ticksPerSecond = 100;

/** A child is killed when it is no longer needed, so that nothing tells of it afterwards. */
function lookAtChildren(): void {
  for (const pid of textOf(`/proc/self/task/${process.pid}/children`).split(" ").filter(Boolean)) {
    const kb = Number(/VmHWM:\s*(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0);
    const [user, system] = textOf(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ").slice(11, 13).map(Number) ?? [];
    const seconds = ((user ?? 0) + (system ?? 0)) / ticksPerSecond;
    const known = children.get(pid) ?? { kb: 0, seconds: 0 };
    children.set(pid, { kb: Math.max(known.kb, kb), seconds: Math.max(known.seconds, seconds) });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

mkdirSync(to, { recursive: true });
const looking = setInterval(lookAtChildren, 200);
const started = performance.now();
const formats = format === "json" ? [] : (format.split(",") as ["html"]);
const report = await exportTo({
  files,
  to,
  scratch: join(to, "..", "scratch"),
  kinds: ["messages"],
  choice: { formats },
});
clearInterval(looking);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  `${JSON.stringify({
    kind: report.kinds[0],
    files: report.files,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    childCpuSeconds: [...children.values()].reduce((sum, { seconds }) => sum + seconds, 0),
    peakMb: maxRSS / 1024,
    childPeakMb: Math.max(0, ...[...children.values()].map(({ kb }) => kb / 1024)),
  })}\n`,
);
