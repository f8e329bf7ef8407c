/** Asks the terminal what it can show, and keeps the keys that are pressed meanwhile. */
import type { Host } from "../../app/host.ts";
import { type Answers, type GraphicsMode, noAnswers, questions, readAnswers } from "./terminal-graphics.ts";

/** A terminal that answers does so within milliseconds, over a slow line within a few hundred. */
const patienceMs = 300;

interface RawInput extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): void;
}

/**
 * Resolves when every question is answered, or after a short time: some terminals answer none. Keys pressed meanwhile are given
 * back to the input.
 */
export async function askTerminal(context: Host, wanted: GraphicsMode): Promise<Answers> {
  const stdin = context.stdin as RawInput;
  const isTextOnly = wanted === "none" || wanted === "blocks";
  if (isTextOnly || !stdin.isTTY || !stdin.setRawMode || context.env["TERM"] === "dumb") return noAnswers;
  stdin.setRawMode(true);
  let heard = "";
  const answered = new Promise<void>((resolve) => {
    // The program is being loaded meanwhile: when the time is up, what lies there unread is read before it counts as silence.
    const timer = setTimeout(() => setImmediate(() => setImmediate(done)), patienceMs);
    let isDone = false;
    function done(): void {
      // The last word may come while its time runs out; the keys belong to others from then on.
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      stdin.off("data", listen);
      stdin.pause();
      resolve();
    }
    function listen(chunk: Buffer | string): void {
      heard += chunk.toString();
      if (readAnswers(heard).complete) done();
    }
    stdin.on("data", listen);
    stdin.resume();
  });
  context.stdout.write(questions);
  await answered;
  const { keys, ...answers } = readAnswers(heard);
  if (keys !== "") stdin.unshift(Buffer.from(keys));
  return answers;
}
