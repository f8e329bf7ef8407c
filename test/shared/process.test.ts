import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isProcessGone } from "../../src/shared/process.ts";

test("a process is there while it runs, also one that we may not ask after, and gone when it has ended", async () => {
  expect(isProcessGone(process.pid)).toBe(false);
  expect(isProcessGone(1)).toBe(false);
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const pid = child.pid as number;
  expect(isProcessGone(pid)).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isProcessGone(pid)).toBe(true);
});
