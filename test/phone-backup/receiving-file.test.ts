/** Small files on a disk that is slow go through the thread pool, several at a time; none is lost on the way. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ReceivingFile, WritePool } from "../../src/phone-backup/run/receiving-file.ts";

test("a small file is written at once while the disk is quick, by the pool while it is not, and the pool forgets", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-receiving-"));
  const pool = new WritePool();
  const adding = vi.spyOn(pool, "add");
  const receive = (name: string): void => {
    const file = new ReceivingFile(join(folder, name), pool);
    file.write(Buffer.from(name));
    void file.end();
  };
  receive("quick");
  expect([readdirSync(folder), adding.mock.calls.length]).toEqual([["quick"], 0]);
  for (let i = 0; i < 50; i += 1) pool.noteSmall(20);
  const names = Array.from({ length: 20 }, (_, i) => `slow-${i}`);
  for (const name of names) receive(name);
  expect(adding).toHaveBeenCalledTimes(20);
  await pool.settled();
  for (const name of names) expect(readFileSync(join(folder, name), "utf8")).toBe(name);
  for (let i = 0; i < 100; i += 1) pool.noteSmall();
  expect(pool.isDiskSlow).toBe(false);
});

test("what the disk refuses a small file by the pool is told when the batch is settled", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-receiving-"));
  const pool = new WritePool();
  for (let i = 0; i < 50; i += 1) pool.noteSmall(20);
  const file = new ReceivingFile(join(folder, "away", "file"), pool);
  file.write(Buffer.from("x"));
  void file.end();
  await expect(pool.settled()).rejects.toMatchObject({ status: -6 });
  await pool.settled();
});
