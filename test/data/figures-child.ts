/**
 * One export of messages in a process of its own, and what it took: `node figures-child.ts DATABASE TO ATTACHMENTS`. Attachments of a
 * megabyte are made as they are read, so that gigabytes need no disk on the phone's side.
 */
import { createReadStream, mkdirSync, statSync } from "node:fs";
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

mkdirSync(to, { recursive: true });
const started = performance.now();
const formats = format === "json" ? [] : (format.split(",") as ["html"]);
const report = await exportTo({
  files,
  to,
  scratch: join(to, "..", "scratch"),
  kinds: ["messages"],
  choice: { formats },
});
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  `${JSON.stringify({
    kind: report.kinds[0],
    files: report.files,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMb: maxRSS / 1024,
  })}\n`,
);
