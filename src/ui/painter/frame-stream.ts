/** The terminal as Ink sees it: each write is a whole frame (Ink's `debug` option says so), which the painter draws. */
import { Writable } from "node:stream";
import type { Painter } from "./painter.ts";

interface Screen {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly isTTY?: boolean | undefined;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

/** Bracketed paste (private mode 2004): what is pasted comes as one text, told from keys. */
export const pasteOn = "\u001b[?2004h";
/** Ends bracketed paste, which Ink switches on. */
export const pasteOff = "\u001b[?2004l";

const usual = { columns: 80, rows: 24 };

/** A stream for Ink to write to. Its size is the screen's. */
export function frameStream(painter: Painter, screen: Screen): NodeJS.WriteStream {
  const size = () => ({ columns: screen.columns || usual.columns, rows: screen.rows || usual.rows });
  const stream = new Writable({
    decodeStrings: false,
    write(frame: string, _encoding, done) {
      // Ink waits for what it wrote by writing nothing; and it turns on what start.ts has turned on already.
      if (frame !== "" && frame !== pasteOn && frame !== pasteOff) painter.frame(frame, size());
      done();
    },
  });
  const resized = (): boolean => stream.emit("resize");
  screen.on?.("resize", resized);
  stream.once("close", () => screen.off?.("resize", resized));
  Object.defineProperties(stream, {
    columns: { get: () => size().columns },
    rows: { get: () => size().rows },
    isTTY: { value: screen.isTTY === true },
  });
  return stream as unknown as NodeJS.WriteStream;
}
