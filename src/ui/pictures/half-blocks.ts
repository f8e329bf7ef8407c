/** A picture as text: each cell shows two pixels, one above the other, by the colours of a half block. */
import type { RgbRaster } from "../../media/index.ts";

/** How many colours the terminal says it has. */
export type ColourDepth = "true" | "256";

/** Lines of text, each as many cells wide as the raster has pixels; an odd last row of pixels is padded with black. */
export function halfBlocks({ data, width, height }: RgbRaster, depth: ColourDepth): string[] {
  const code = depth === "true" ? trueColour : palette;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = "";
    let last = "";
    for (let x = 0; x < width; x += 1) {
      const top = (y * width + x) * 3;
      const bottom = y + 1 < height ? top + width * 3 : -1;
      const colours = `\u001b[38;${code(data, top)};48;${code(data, bottom)}m`;
      // Neighbours of one colour need it said once.
      line += `${colours === last ? "" : colours}▀`;
      last = colours;
    }
    lines.push(`${line}\u001b[0m`);
  }
  return lines;
}

function trueColour(data: Uint8Array, at: number): string {
  return at < 0 ? "2;0;0;0" : `2;${data[at]};${data[at + 1]};${data[at + 2]}`;
}

/** The 6 × 6 × 6 cube of xterm's 256 colours, which begins at 16. */
function palette(data: Uint8Array, at: number): string {
  if (at < 0) return "5;16";
  const step = (value: number | undefined): number => Math.round(((value ?? 0) / 255) * 5);
  return `5;${16 + 36 * step(data[at]) + 6 * step(data[at + 1]) + step(data[at + 2])}`;
}
