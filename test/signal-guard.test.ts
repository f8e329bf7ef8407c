/** Ctrl-C is obeyed within a second wherever the program is, and a second one always ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { platform } from "node:os";
import { expect, test } from "vitest";

const guard = JSON.stringify(new URL("../src/signal-guard.ts", import.meta.url).href);

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly said: string;
}

/** A program with the guard, whose main thread does `body` from when it says so. */
async function started(body: string): Promise<{ program: ChildProcess; ended: Promise<Ended> }> {
  const script = `
    import { startSignalGuard } from ${guard};
    const guard = startSignalGuard(0);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => { guard.obeyed(); process.stderr.write("obeyed "); });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    process.stdout.write("ready");
    await new Promise((resolve) => setTimeout(resolve, 50));
    ${body}`;
  const program = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  program.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  const ended = once(program, "close").then(([code, signal]) => ({ code, signal, said }));
  await once(program.stdout!, "data");
  // Until it is inside the call.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { program, ended };
}

const waits = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";
const loops = "for (;;);";
const sleeps = "await new Promise((resolve) => setTimeout(resolve, 3000)); process.exit(7);";

test.runIf(platform() !== "win32").each([
  ["waits in the system", waits, "SIGINT"],
  ["is in a loop", loops, "SIGTERM"],
  ["waits in the system, and its terminal goes", waits, "SIGHUP"],
] as const)("a program that %s ends with the first signal", async (_, body, signal) => {
  const { program, ended } = await started(body);
  // Until its thread listens, which nothing tells on a busy computer: a signal before then is heard by nobody.
  const again = setInterval(() => program.kill(signal), 5000);
  program.kill(signal);
  expect(await ended).toMatchObject({ signal: "SIGKILL", said: expect.stringContaining("Nothing is lost") });
  clearInterval(again);
});

test.runIf(platform() !== "win32")("a program whose main thread never had another turn ends too", async () => {
  const script = `
    import { startSignalGuard } from ${guard};
    import { writeSync } from "node:fs";
    startSignalGuard(0);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => {});
    writeSync(1, "ready");
    ${waits}`;
  const program = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(program, "close");
  await once(program.stdout!, "data");
  // Until its thread listens, which nothing tells: a signal before then is heard by nobody.
  const again = setInterval(() => program.kill("SIGINT"), 1000);
  expect((await ended)[1]).toBe("SIGKILL");
  clearInterval(again);
});

test.runIf(platform() !== "win32")(
  "a program that obeys the first has its time; the second ends it in any case",
  async () => {
    const { program, ended } = await started(sleeps);
    program.kill("SIGINT");
    expect(await ended).toEqual({ code: 7, signal: null, said: "obeyed " });
    const again = await started(`setInterval(() => {}, 1000);`);
    again.program.kill("SIGINT");
    const second = setInterval(() => again.program.kill("SIGINT"), 200);
    expect(await again.ended).toMatchObject({ signal: "SIGKILL" });
    clearInterval(second);
  },
);
