/** Takes out of what the terminal sends what is no key: the mouse's reports, and answers that come late. */
import { PassThrough } from "node:stream";
import { type MouseReport, readMouse } from "./mouse.ts";
import { readAnswers } from "./pictures/terminal-graphics.ts";

interface TerminalInput extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  ref?(): unknown;
  unref?(): unknown;
}

/** Begins like a report and is not one yet: the rest comes with the next bytes. */
const unfinished = /\u001b\[<[\d;]*$/;

/** The terminal's keys alone, to be given to Ink in its input's place. */
export function withoutMouse(stdin: TerminalInput, onMouse: (report: MouseReport) => void): NodeJS.ReadStream {
  const rest = new PassThrough();
  let held = "";
  stdin.on("data", (chunk: Buffer | string) => {
    const text = held + chunk.toString();
    held = unfinished.exec(text)?.[0] ?? "";
    const { reports, rest: keys } = readMouse(text.slice(0, text.length - held.length));
    for (const report of reports) onMouse(report);
    // A terminal at the end of a slow line answers late: what it says of itself is no key either.
    const typed = readAnswers(keys).keys;
    if (typed !== "") rest.write(typed);
  });
  stdin.on("end", () => rest.end());
  stdin.resume(); // it was held while the terminal was asked
  return Object.assign(rest, {
    isTTY: stdin.isTTY === true,
    setRawMode(raw: boolean) {
      stdin.setRawMode?.(raw);
      return rest;
    },
    ref() {
      stdin.ref?.();
      return rest;
    },
    unref() {
      stdin.unref?.();
      return rest;
    },
  }) as unknown as NodeJS.ReadStream;
}
