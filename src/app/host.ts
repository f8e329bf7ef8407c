/** The process as a value: what every face of the program is given. Only main.ts touches the real one; tests bring their own. */
import type { Clock } from "../shared/clock.ts";

/** A stream that text goes out by. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Streams, environment, clock, cancellation and identity of the process. Read-only; whoever needs another one spreads it into a new value. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly hostName: string;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly clock: Clock;
  /** Called when the process ends, however it does. */
  atExit(callback: () => void): void;
  /** Fires on Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** The Node binary and entry file that started us, for processes of our own. */
  readonly self: readonly string[];
  /** Folder of the built program: the demo phone and the schemas lie in it. */
  readonly assets: string;
  readonly version: string;
  /** What `--version` prints: version, Node, system. */
  readonly build: string;
}

/** What the process ends with. Listed in docs/errors.md; scripts go by them. */
export const exitCodes = { complete: 0, stopped: 1, usage: 2, someFailed: 3, cancelled: 130 } as const;
