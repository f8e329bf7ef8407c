/** Pictures by iTerm2's protocol: a file in the stream, shown where the cursor is. Source: iterm2.com/documentation-images.html. */
import type { Size } from "../size.ts";
import { type Drawing, drawnAtOnce } from "./drawing.ts";

/** @param size cells that the picture fills */
export function iterm2Drawing(jpeg: Uint8Array, size: Size): Drawing {
  const content = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString("base64");
  const keys = `inline=1;size=${jpeg.byteLength};width=${size.columns};height=${size.rows};preserveAspectRatio=0`;
  return drawnAtOnce(`\u001b]1337;File=${keys};doNotMoveCursor=1:${content}\u0007`, size);
}
