/**
 * Pictures by Kitty's graphics protocol with Unicode placeholders: the picture is sent once, and cells of ordinary text show it,
 * so that whoever draws the text need not know. Source: sw.kovidgoyal.net/kitty/graphics-protocol (Unicode placeholders).
 */
import type { Raster } from "./half-blocks.ts";

const chunkBytes = 4096;
const placeholder = "\u{10eeee}";

/* Row and column are told by combining marks, of which the protocol lists 297; the first 64 are enough for any cell here. */
const marks = [
  0x0305, 0x030d, 0x030e, 0x0310, 0x0312, 0x033d, 0x033e, 0x033f, 0x0346, 0x034a, 0x034b, 0x034c, 0x0350, 0x0351,
  0x0352, 0x0357, 0x035b, 0x0363, 0x0364, 0x0365, 0x0366, 0x0367, 0x0368, 0x0369, 0x036a, 0x036b, 0x036c, 0x036d,
  0x036e, 0x036f, 0x0483, 0x0484, 0x0485, 0x0486, 0x0487, 0x0592, 0x0593, 0x0594, 0x0595, 0x0597, 0x0598, 0x0599,
  0x059c, 0x059d, 0x059e, 0x059f, 0x05a0, 0x05a1, 0x05a8, 0x05a9, 0x05ab, 0x05ac, 0x05af, 0x05c4, 0x0610, 0x0611,
  0x0612, 0x0613, 0x0614, 0x0615, 0x0616, 0x0617, 0x0657, 0x0658,
];
export const maxCells = marks.length;

/** Sends a picture and makes a virtual placement of it; nothing is drawn and the cursor does not move. */
export function transmit(id: number, raster: Raster, columns: number, rows: number): string {
  const payload = Buffer.from(raster.data).toString("base64");
  let out = "";
  for (let at = 0; at < payload.length; at += chunkBytes) {
    const more = at + chunkBytes < payload.length ? 1 : 0;
    const keys =
      at === 0 ? `a=T,U=1,q=2,f=24,s=${raster.width},v=${raster.height},i=${id},c=${columns},r=${rows},` : "q=2,";
    out += `\u001b_G${keys}m=${more};${payload.slice(at, at + chunkBytes)}\u001b\\`;
  }
  return out;
}

/** Text that shows the picture: its id is the colour, row and column are the marks. */
export function placeholders(id: number, columns: number, rows: number): string[] {
  const colour = `\u001b[38;2;${(id >> 16) & 255};${(id >> 8) & 255};${id & 255}m`;
  return Array.from({ length: Math.min(rows, maxCells) }, (_, row) => {
    const cells = Array.from(
      { length: Math.min(columns, maxCells) },
      (_, column) => `${placeholder}${String.fromCodePoint(marks[row] as number, marks[column] as number)}`,
    );
    return `${colour}${cells.join("")}\u001b[39m`;
  });
}

/** Frees the terminal's memory of a picture. */
export function forget(id: number): string {
  return `\u001b_Ga=d,d=I,i=${id},q=2\u001b\\`;
}
