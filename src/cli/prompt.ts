/** One question on the terminal. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Host } from "../app/host.ts";
import { CancelledError } from "../shared/errors.ts";

/** @throws {CancelledError} when the terminal is closed */
export async function ask(host: Host, question: string): Promise<string> {
  const lines = createInterface({ input: host.stdin, output: host.stderr as NodeJS.WritableStream });
  try {
    const closed = new Promise<never>((_, reject) => lines.once("close", () => reject(new CancelledError())));
    closed.catch(() => {});
    return (await Promise.race([lines.question(question, { signal: host.signal }), closed])).trim();
  } finally {
    lines.close();
  }
}

/** The answer is not shown, and not trimmed: a password may begin with a space. @throws {CancelledError} when the terminal is closed */
export async function askSecret(host: Host, question: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  host.stderr.write(question);
  // On a terminal of its own kind readline takes the keys itself, so that the terminal shows none of them.
  const lines = createInterface({ input: host.stdin, output: unseen, terminal: true, historySize: 0 });
  try {
    const closed = new Promise<never>((_, reject) => lines.once("close", () => reject(new CancelledError())));
    closed.catch(() => {});
    return await Promise.race([lines.question("", { signal: host.signal }), closed]);
  } finally {
    lines.close();
    host.stderr.write("\n");
  }
}
