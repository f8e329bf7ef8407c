/** The program in this process: a command line, a home of its own, and what it printed. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { type Host, runProgram } from "../../src/cli/index.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import type { CliResult } from "./cli.ts";

export interface ProgramOptions {
  readonly clock?: Clock;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** What somebody at a terminal types, one answer after the other; without it there is no terminal. */
  readonly answers?: readonly string[];
  /** What starts this program again, with its first arguments. */
  readonly self?: readonly string[];
  /** What comes in by a pipe, all at once. */
  readonly input?: string;
}

export interface Home {
  readonly folder: string;
  readonly config: string;
  readonly data: string;
  run(args: readonly string[], options?: ProgramOptions): Promise<CliResult>;
  /** The process as a value, for what is no command; what it prints is not kept. */
  host(options?: ProgramOptions): Host;
}

/** @param usbmux where phones are looked for; none are there without it */
export function homeOf(usbmux?: string): Home {
  const folder = mkdtempSync(join(tmpdir(), "offroll-home-"));
  const env = {
    HOME: folder,
    OFFROLL_CONFIG_DIR: join(folder, "config"),
    OFFROLL_DATA_DIR: join(folder, "data"),
    OFFROLL_CACHE_DIR: join(folder, "cache"),
    OFFROLL_VIA: "usbmux",
    OFFROLL_USBMUX: usbmux ?? join(folder, "no-daemon"),
  };
  mkdirSync(join(folder, "data"));
  return {
    folder,
    config: join(folder, "config", "config.json"),
    data: join(folder, "data"),
    run: (args, options = {}) => runIn(folder, args, { ...options, env: { ...env, ...options.env } }),
    host: (options = {}) => hostIn(folder, [], { ...options, env: { ...env, ...options.env } }).host,
  };
}

type WithEnv = ProgramOptions & { readonly env: Record<string, string> };

async function runIn(home: string, argv: readonly string[], options: WithEnv): Promise<CliResult> {
  const { host, printed } = hostIn(home, argv, options);
  const code = await runProgram(host, {
    ui: async (uiHost, flags) => await (await import("../../src/ui/index.ts")).startUi(uiHost, flags),
  });
  return { code, ...printed };
}

interface Printed {
  stdout: string;
  stderr: string;
}

function hostIn(home: string, argv: readonly string[], options: WithEnv): { host: Host; printed: Printed } {
  const printed = { stdout: "", stderr: "" };
  const isTTY = options.answers !== undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const answers = [...(options.answers ?? [])];
  if (options.input !== undefined) stdin.end(options.input);
  const stream = (name: "stdout" | "stderr"): PassThrough & { isTTY: boolean } => {
    const through = Object.assign(new PassThrough(), { isTTY: isTTY && name === "stderr" });
    through.on("data", (chunk: Buffer) => {
      printed[name] += chunk.toString();
      if (/(?:\] |(?:^|\n)Password [^\n]*: |Type the phone's name [^\n]*: )$/.test(printed[name]) && answers.length > 0)
        stdin.write(`${answers.shift()}\n`);
    });
    return through;
  };
  const host: Host = {
    argv,
    env: options.env,
    cwd: options.cwd ?? home,
    home,
    hostName: "test-host",
    platform: "linux",
    pid: process.pid,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    stdin,
    clock: options.clock ?? systemClock,
    atExit: () => {},
    signal: options.signal ?? new AbortController().signal,
    self: options.self ?? [process.execPath, resolve(import.meta.dirname, "../../src/main.ts")],
    assets: resolve(import.meta.dirname, "../../dist"),
    version: "0.0.0-test",
    build: "offroll 0.0.0-test",
  };
  return { host, printed };
}
