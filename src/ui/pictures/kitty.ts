/**
 * Pictures by Kitty's graphics protocol: sent once, then placed over cells by number, and taken away again, for text that is
 * written there goes below them. Source: sw.kovidgoyal.net/kitty/graphics-protocol.
 */
import type { RgbRaster } from "../../media/index.ts";
import type { Size } from "../size.ts";
import { type Drawing, drawnAtOnce } from "./drawing.ts";

const chunkBytes = 4096;
/* No picture is in two places at once: each has one placement. */
const placement = "p=1";

/** Sends a picture; nothing is shown yet. @param id up to 32 bits */
export function transmit(id: number, { data, width, height }: RgbRaster): string {
  const payload = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  let out = "";
  for (let at = 0; at < payload.length; at += chunkBytes) {
    const more = at + chunkBytes < payload.length ? 1 : 0;
    const keys = at === 0 ? `a=t,q=2,f=24,s=${width},v=${height},i=${id},` : "q=2,";
    out += `\u001b_G${keys}m=${more};${payload.slice(at, at + chunkBytes)}\u001b\\`;
  }
  return out;
}

/** @param size cells that the picture fills */
export function kittyDrawing(id: number, size: Size): Drawing {
  const place = `\u001b_Ga=p,q=2,i=${id},${placement},c=${size.columns},r=${size.rows},C=1\u001b\\`;
  return { ...drawnAtOnce(place, size), remove: `\u001b_Ga=d,d=i,q=2,i=${id},${placement}\u001b\\` };
}

/** Frees the terminal's memory of a picture. */
export function forget(id: number): string {
  return `\u001b_Ga=d,d=I,q=2,i=${id}\u001b\\`;
}
