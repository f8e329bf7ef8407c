/** What keeps the computer awake ends with the run, and with us, however we end. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isProcessGone } from "../../src/shared/process.ts";
import { inhibitor } from "../helpers/inhibitor.ts";

const script = (body: string): string =>
  `import { keepAwake } from ${JSON.stringify(new URL("../../src/shared/keep-awake.ts", import.meta.url).href)};
   const awake = keepAwake(process.pid, "A test");
   ${body}`;

test.runIf(platform() === "linux")("a killed run leaves nobody behind that keeps the computer awake", async () => {
  const { path, pids } = inhibitor();
  const run = spawn(process.execPath, ["--input-type=module", "-e", script("setInterval(() => {}, 1000)")], {
    env: { ...process.env, PATH: path },
  });
  await expect.poll(pids).toHaveLength(2);
  expect(pids().map(isProcessGone)).toEqual([false, false]);
  run.kill("SIGKILL");
  await expect.poll(() => pids().map(isProcessGone)).toEqual([true, true]);
});

test.runIf(platform() === "linux")("a run that is over lets the computer sleep, and ends", async () => {
  const { path, pids } = inhibitor();
  const body = `const { existsSync } = await import("node:fs");
    while (!existsSync(${JSON.stringify(join(path.split(":")[0] as string, "pids"))})) await new Promise((r) => setTimeout(r, 20));
    awake[Symbol.dispose]();`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script(body)], {
    env: { ...process.env, PATH: path },
    timeout: 300_000,
  });
  expect(ran.status).toBe(0);
  await expect.poll(() => pids().map(isProcessGone)).toEqual([true, true]);
});

test.runIf(platform() === "linux")("where no program keeps computers awake, nothing happens", () => {
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script("awake[Symbol.dispose]()")], {
    env: { ...process.env, PATH: mkdtempSync(join(tmpdir(), "offroll-awake-")) },
    encoding: "utf8",
  });
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
});
