/** DEC's sixel graphics from pixels of few colours. Source: vt100.net/docs/vt3xx-gp/chapter14.html. */
import { FINALIZER, introducer, type RGBColor, sixelEncode } from "sixel";

/** @param data red, green, blue, alpha; no more than 256 colours */
export function toSixel(data: Uint8Array, width: number, height: number): string {
  const colours = new Map<number, RGBColor>();
  for (let i = 0; i < width * height * 4; i += 4) {
    const [r, g, b] = [data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0];
    colours.set((r << 16) | (g << 8) | b, [r, g, b]);
  }
  return `${introducer(1)}${sixelEncode(data, width, height, [...colours.values()])}${FINALIZER}`;
}
