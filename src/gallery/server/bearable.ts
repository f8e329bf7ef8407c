/** What a browser can be given as it is: it decodes all of a picture at once, with four bytes a pixel, whatever the file's length. */
import { maxPixelsAtOnce } from "../../media/convert/index.ts";
import { type Unfolded, unfolded } from "../../media/index.ts";
import type { RangeReader } from "../../media/range-reader.ts";

/** Of a larger file the browser is given a picture made for it first. */
const largestShown = 12 * 1024 * 1024;
/** For zooming in; a JPEG of 48 megapixels has 40 MB at most. */
const largestZoomed = 96 * 1024 * 1024;
/** A picture that moves is decoded again and again, while it is looked at: 4096 x 4096, and two gigapixels in one round. */
const mostInFrame = 2 ** 24;
const mostInRound = 2 ** 31;

/** Whether a picture's own file is shown, and given for zooming in. */
export interface Bearable {
  readonly shown: boolean;
  readonly zoomed: boolean;
}

/** By the file's bytes alone: neither its name nor the library's word for its size bound anything. What is not known is not small. */
export async function bearable(reader: RangeReader): Promise<Bearable> {
  if (reader.size > largestZoomed) return { shown: false, zoomed: false };
  const size = await unfolded(reader);
  const isBearable =
    size !== undefined && (size.frames > 1 ? canMove(size) : size.width * size.height <= maxPixelsAtOnce);
  return { shown: isBearable && reader.size <= largestShown, zoomed: isBearable };
}

function canMove({ width, height, frames }: Unfolded): boolean {
  return width * height <= mostInFrame && width * height * frames <= mostInRound;
}
