/** The process as the value that everything else is given: see `Host`. */
import { homedir, hostname } from "node:os";
import type { Host } from "./app/host.ts";
import { systemClock } from "./shared/clock.ts";

declare const OFFROLL_VERSION: string;

export interface ProcessHostOptions extends Pick<Host, "signal" | "atExit"> {
  /** Told when standard error is first asked for. */
  readonly onStderr?: () => void;
}

/** @param options `signal` fires when the process is asked to end */
export function processHost({ signal, atExit, onStderr }: ProcessHostOptions): Host {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    hostName: hostname(),
    platform: process.platform,
    pid: process.pid,
    // Node loads what the streams need when they are first asked for, and many commands need but one.
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      onStderr?.();
      return process.stderr;
    },
    get stdin() {
      return process.stdin;
    },
    clock: systemClock,
    atExit,
    signal,
    self: [process.execPath, process.argv[1] as string],
    assets: import.meta.dirname,
    version: OFFROLL_VERSION,
    build: `offroll ${OFFROLL_VERSION} (Node ${process.version}, ${process.platform} ${process.arch})`,
  };
}
