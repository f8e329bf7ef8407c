/** One question on the terminal. */
import { createInterface } from "node:readline/promises";
import { CancelledError } from "../shared/errors.ts";
import type { Host } from "./host.ts";

export async function ask(context: Host, question: string): Promise<string> {
  const lines = createInterface({ input: context.stdin, output: context.stderr as NodeJS.WritableStream });
  try {
    const closed = new Promise<never>((_, reject) => lines.once("close", () => reject(new CancelledError())));
    closed.catch(() => {});
    return (await Promise.race([lines.question(question, { signal: context.signal }), closed])).trim();
  } finally {
    lines.close();
  }
}

/** Yes only for a yes; an empty answer takes `preset`. */
export async function confirm(context: Host, question: string, preset: boolean): Promise<boolean> {
  const answer = (await ask(context, `${question} ${preset ? "[Y/n]" : "[y/N]"} `)).toLowerCase();
  return answer === "" ? preset : answer === "y" || answer === "yes";
}
