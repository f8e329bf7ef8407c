/** A process of our own program: what it takes is given back when it ends. */
import { spawn } from "node:child_process";
import type { ChildEnd } from "./command.ts";

/** Starts the program with these words. Never throws: what cannot be started has ended. */
export type StartChild = (words: readonly string[]) => Child;

export interface Child {
  readonly ended: Promise<ChildEnd>;
  /** Asks it to end in order; it still ends by itself. */
  stop(): void;
}

export interface ChildOptions {
  /** The Node binary and the entry file: see `Host.self`. */
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** A last line is a summary with at most a few dozen names in it. */
const mostBytes = 1024 * 1024;
const mostWords = 4096;

export function childStarter({ self, env, platform }: ChildOptions): StartChild {
  return (words) => {
    const [program = "", ...args] = [...self, ...words];
    // In a group of its own: a Ctrl-C at the watcher's terminal reaches it once, by us.
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: platform !== "win32",
      windowsHide: true,
    });
    const [lines, said] = [new LastLine(), new Tail()];
    child.stdout.on("data", (chunk: Buffer) => lines.take(chunk));
    child.stderr.on("data", (chunk: Buffer) => said.take(chunk));
    let isStopped = false;
    const { promise: ended, resolve } = Promise.withResolvers<ChildEnd>();
    const end = (exit: number | undefined, wasKilled: boolean): void =>
      resolve({ exit, lastLine: lines.text(), words: said.text(), isStopped, wasKilled });
    child.once("error", (error) => {
      said.take(Buffer.from(error.message));
      end(undefined, false);
    });
    child.once("close", (code, signal) => end(code ?? undefined, signal !== null));
    return {
      ended,
      stop() {
        if (isStopped) return;
        isStopped = true;
        child.kill("SIGTERM");
      },
    };
  };
}

/** The last whole line of a stream; what went before it is let go. */
class LastLine {
  #line = "";
  #rest: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): void {
    const end = chunk.lastIndexOf(10);
    if (end === -1) {
      if (this.#rest.length < mostBytes) this.#rest = Buffer.concat([this.#rest, chunk]);
      return;
    }
    const before = end === 0 ? -1 : chunk.lastIndexOf(10, end - 1);
    const whole = before === -1 ? Buffer.concat([this.#rest, chunk.subarray(0, end)]) : chunk.subarray(before + 1, end);
    this.#line = whole.toString("utf8");
    this.#rest = Buffer.from(chunk.subarray(end + 1));
  }

  text(): string {
    return this.#line;
  }
}

class Tail {
  #bytes: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): void {
    this.#bytes = Buffer.from(Buffer.concat([this.#bytes, chunk]).subarray(-mostWords));
  }

  text(): string {
    return this.#bytes.toString("utf8");
  }
}
