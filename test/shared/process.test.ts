import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { isProcessGone } from "../../src/shared/process.ts";

const anothers = 1_234_567;
vi.mock("node:process", async (original) => {
  const all = await original<typeof import("node:process")>();
  const kill = (pid: number, signal: number): true => {
    if (pid === anothers) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    return all.kill(pid, signal);
  };
  return { ...all, kill };
});

test("a process is there while it runs, also one that we may not ask after, and gone when it has ended", async () => {
  expect(isProcessGone(process.pid)).toBe(false);
  expect(isProcessGone(anothers)).toBe(false);
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const pid = child.pid as number;
  expect(isProcessGone(pid)).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isProcessGone(pid)).toBe(true);
});
