/** A watcher starts no server of adb: neither when it looks at phones nor when it copies. */
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { commandOf, lookWords } from "../../src/autosave/command.ts";
import { annsPlan } from "../helpers/autosave.ts";
import { homeOf } from "../helpers/program.ts";

const env = { OFFROLL_VIA: "adb", OFFROLL_ADB: "127.0.0.1:9" };

test("what the watcher runs starts no adb, where the same by hand would", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-adb-"));
  const started = join(folder, "started");
  writeFileSync(join(folder, "adb"), `#!/bin/sh\n: >'${started}'\n`);
  chmodSync(join(folder, "adb"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  const home = homeOf();
  await home.run(lookWords, { env });
  await home.run(commandOf({ phone: "ann", plan: annsPlan }, join(folder, "to")), { env });
  expect(existsSync(started)).toBe(false);
  await home.run(["devices", "--json"], { env });
  expect(existsSync(started)).toBe(true);
  vi.unstubAllEnvs();
});
