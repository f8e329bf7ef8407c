/** A name is not a promise: what stands under the name of one of our files may be a pipe, a device, a link or a gigabyte. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig, updateConfig } from "../../src/app/settings/index.ts";
import { PairRecordStore } from "../../src/device/iphone/lockdown/record-store.ts";
import { PreviewCache } from "../../src/library/preview-cache.ts";
import { isInTheWay, readPlainText } from "../../src/shared/plain-file.ts";
import { Catalog } from "../../src/transfer/catalog/catalog.ts";
import { ensureDestinationId, readDestinationId } from "../../src/transfer/destination/local/destination-id.ts";
import { logLines } from "../helpers/runs-of.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "offroll-plain-"));
const isPosix = platform() !== "win32";

function pipe(...path: string[]): string {
  const file = join(...path);
  execFileSync("mkfifo", [file]);
  return file;
}

test("a file is read whole, also one that says nothing of its size", () => {
  const file = join(folder(), "file");
  writeFileSync(file, "ä".repeat(50_000));
  expect(readPlainText(file)).toBe("ä".repeat(50_000));
  if (platform() === "linux") expect(readPlainText("/proc/self/status")).toContain("Name:");
});

test("what is larger than it may be is refused, before and while it is read", () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  truncateSync(file, 5_000_000_000);
  expect(() => readPlainText(file)).toThrow(expect.objectContaining({ code: "EFBIG" }));
  if (platform() === "linux")
    expect(() => readPlainText("/proc/self/maps", { maxBytes: 100 })).toThrow(
      expect.objectContaining({ code: "EFBIG" }),
    );
});

test("links are followed only where it is said", () => {
  const at = folder();
  writeFileSync(join(at, "file"), "text");
  symlinkSync(join(at, "file"), join(at, "link"));
  expect(readPlainText(join(at, "link"))).toBe("text");
  expect(() => readPlainText(join(at, "link"), { followLinks: false })).toThrow(
    expect.objectContaining({ code: "ENOTPLAIN" }),
  );
  expect([
    isInTheWay(join(at, "file")),
    isInTheWay(join(at, "link")),
    isInTheWay(at),
    isInTheWay(join(at, "none")),
  ]).toEqual([false, true, true, false]);
});

// Each of these waited for ever, and no signal ended it: the call itself waits in the system.
test.runIf(isPosix)("a pipe under the name of any file of ours holds nobody", async () => {
  const at = folder();
  expect(() => readConfig(pipe(at, "config.json"))).toThrow(expect.objectContaining({ code: "config-invalid" }));
  expect(() => updateConfig(join(at, "config.json"), (c) => c)).toThrow(
    expect.objectContaining({ code: "config-invalid" }),
  );
  pipe(at, "destination.json");
  expect(readDestinationId(at)).toBeUndefined();
  expect(() => ensureDestinationId(at)).toThrow(expect.objectContaining({ code: "destination-unsafe" }));
  for (const name of ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.sqlite-journal"]) {
    const metadata = folder();
    using catalog = Catalog.open(metadata, { create: true });
    catalog?.[Symbol.dispose]();
    rmSync(join(metadata, name), { force: true });
    pipe(metadata, name);
    for (const options of [{ create: true }, { create: false, readOnly: true }])
      expect(() => Catalog.open(metadata, options), name).toThrow(
        expect.objectContaining({ code: "destination-unsafe" }),
      );
  }
  mkdirSync(join(at, "runs"));
  pipe(at, "runs", "20260101T000000Z-abc.jsonl");
  expect(await logLines(at)).toEqual([]);
  const udid = "00008110-001A2B3C4D5E6F7A";
  pipe(at, `${udid}.plist`);
  const noDaemon = { readPairRecord: async () => undefined } as never;
  expect(await new PairRecordStore(noDaemon, at).read(udid)).toEqual([]);
  pipe(at, createHash("sha256").update("key").digest("hex"));
  expect(await new PreviewCache(at, 1e6).get("key")).toBeUndefined();
});

test.runIf(isPosix)("the program says that its settings are no file, and ends", () => {
  const at = folder();
  pipe(at, "config.json");
  const main = join(import.meta.dirname, "../../dist/offroll.cjs");
  const ran = spawnSync(process.execPath, [main, "config"], {
    encoding: "utf8",
    env: { ...process.env, OFFROLL_CONFIG_DIR: at },
    timeout: 300_000,
  });
  expect(ran.stderr).toContain("is no plain file");
  expect(ran.status).toBe(2);
});
