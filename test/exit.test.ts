/** The process edge: what still waits in the system at the end must not keep a person from ending it. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const program = resolve(import.meta.dirname, "../dist/offroll.cjs");

test.runIf(process.platform !== "win32")(
  "a thread that hangs in a call holds up the exit, and one signal ends the process then",
  async () => {
    const work = mkdtempSync(join(tmpdir(), "offroll-exit-"));
    const pipe = join(work, "pipe");
    execFileSync("mkfifo", [pipe]);
    // As a disk or share that does not answer: nobody ever opens the other end.
    const preload = `data:text/javascript,import{open}from"node:fs/promises";open(${JSON.stringify(pipe)}).catch(()=>{})`;
    const child = spawn(process.execPath, ["--import", preload, program, "--version"], {
      env: { PATH: process.env["PATH"], HOME: work },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const ended = new Promise<unknown>((done) => child.once("exit", (code, signal) => done(signal ?? code)));
      // All is said: it is at its end, or a moment before.
      await new Promise<void>((done) => child.stdout.once("data", () => done()));
      const asked = setInterval(() => child.kill("SIGTERM"), 500);
      expect(await ended).not.toBe("SIGKILL");
      clearInterval(asked);
    } finally {
      child.kill("SIGKILL");
      rmSync(work, { recursive: true, force: true });
    }
  },
);
