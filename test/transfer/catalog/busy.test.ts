/** A catalog that somebody else has alone for a moment: a writer that ends, or the first one after a crash. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";

const holder = `
const { workerData, parentPort } = require("node:worker_threads");
const { DatabaseSync } = require("node:sqlite");
const db = new DatabaseSync(workerData);
db.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
parentPort.postMessage("held");
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
db.exec("COMMIT");
db.close();
`;

test("whoever reads it waits for that moment, as whoever writes does", async () => {
  const metadata = mkdtempSync(join(tmpdir(), "offroll-busy-"));
  Catalog.open(metadata, { create: true })?.[Symbol.dispose]();
  using catalog = Catalog.open(metadata, { create: false, readOnly: true }) as Catalog;
  const worker = new Worker(holder, { eval: true, workerData: join(metadata, "catalog.sqlite") });
  await new Promise((resolve) => worker.once("message", resolve));
  expect(catalog.devices.all()).toEqual([]);
  await worker.terminate();
});
