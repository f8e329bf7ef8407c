/** The built program as a process: only stdout, stderr, exit code and files are looked at. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
  /** Called with the process while it runs. */
  readonly during?: (child: ChildProcessWithoutNullStreams) => void;
  readonly wrap?: readonly string[];
}

/** A person's home of its own for each test, so that nothing of the real one is read or written. */
export function freshHome(): Record<string, string> {
  const home = mkdtempSync(join(tmpdir(), "offroll-home-"));
  return {
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    OFFROLL_VIA: "usbmux",
  };
}

export async function offroll(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const env: Record<string, string> = { PATH: process.env["PATH"] ?? "", ...freshHome(), ...options.env };
  const [command, ...rest] = [...(options.wrap ?? []), process.execPath, entry, ...args];
  const child = spawn(command as string, rest, { env, cwd: options.cwd ?? env["HOME"], stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (d) => {
    stdout += d;
  });
  child.stderr.on("data", (d) => {
    stderr += d;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  options.during?.(child);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, stdout, stderr };
}

export interface MockProcess extends AsyncDisposable {
  readonly address: string;
  /** What the owner does: trust, deny, lock, unlock, unplug, plug. */
  type(line: string): void;
}

/** `offroll mock iphone` as a process of its own. */
export async function mockProcess(args: readonly string[] = []): Promise<MockProcess> {
  const { ready, ...mock } = await startMockProcess("iphone", args);
  return { ...mock, address: ready["address"] as string };
}

export interface AndroidProcess extends Omit<MockProcess, "address"> {
  readonly usbip: string;
  readonly adb: string;
}

/** `offroll mock android` as a process of its own. */
export async function androidProcess(args: readonly string[] = []): Promise<AndroidProcess> {
  const { ready, ...mock } = await startMockProcess("android", args);
  return { ...mock, usbip: ready["usbip"] as string, adb: ready["adb"] as string };
}

async function startMockProcess(kind: string, args: readonly string[]) {
  const child = spawn(process.execPath, [entry, "mock", kind, "--json", ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = await new Promise<string>((done, fail) => {
    createInterface({ input: child.stdout }).once("line", done);
    child.once("exit", (code) => fail(new Error(`the mock ended with ${code}`)));
  });
  return {
    ready: JSON.parse(line) as Record<string, unknown>,
    type: (text: string) => void child.stdin.write(`${text}\n`),
    async [Symbol.asyncDispose]() {
      const exited = new Promise((done) => child.once("exit", done));
      child.kill();
      await exited;
    },
  };
}
