import { mkdtempSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/shared/clock.ts";
import { DiskCopyPlace } from "../../../src/transfer/copies/disk-copy-place.ts";
import type { DiskPort } from "../../../src/transfer/destination/local/disk-port.ts";
import { LocalPlace } from "../../../src/transfer/destination/local/local-place.ts";
import { nodeDisk } from "../../../src/transfer/destination/local/node-disk.ts";
import { inspectDestination } from "../../../src/transfer/destination/open-place.ts";
import { type CopyPlaceHarness, testCopyPlace } from "../../conformance/copy-place.ts";
import { filesBelow } from "../../helpers/files-below.ts";

async function onDisk(disk: DiskPort): Promise<CopyPlaceHarness> {
  const root = mkdtempSync(join(tmpdir(), "offroll-place-"));
  const local = new LocalPlace(await inspectDestination(root, "/"), disk);
  const { id, lock } = await local.claim({ clock: systemClock, pid: process.pid, wait: false });
  const place = new DiskCopyPlace(local.destination(id));
  return {
    place,
    again: async () => new DiskCopyPlace(local.destination(id)),
    visible: async () =>
      Object.fromEntries([...filesBelow(root)].sort().map((f) => [f, readFileSync(join(root, f), "utf8")])),
    scribble: async (path, content) => {
      writeFileSync(join(root, path), content);
      utimesSync(join(root, path), new Date(), new Date());
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      lock[Symbol.dispose]();
    },
  };
}

testCopyPlace("a disk", () => onDisk(nodeDisk));
testCopyPlace("a disk without links", () =>
  onDisk({ ...nodeDisk, link: () => Promise.reject(Object.assign(new Error("no links"), { code: "EPERM" })) }),
);
