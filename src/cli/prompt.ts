/** One question on the terminal. */
import { createInterface } from "node:readline/promises";
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
