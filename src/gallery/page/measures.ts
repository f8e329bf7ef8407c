/** How large things are in the grid, so that they can be seen, and so that a screen of them is never more than a browser draws at ease. */
import { ratioBounds, ratioScale } from "../wire.ts";

/** How wide it is, and how large things are, in CSS pixels. */
export interface Measures {
  readonly width: number;
  readonly rowHeight: number;
  readonly gap: number;
  readonly dayHeading: number;
  readonly monthHeading: number;
}

/** Between days that stand beside each other. */
export const dayGap = 20;
/** A date is not cut off because its day has one narrow picture. */
export const leastDayWidth = 132;

/** Never more elements in the timeline than these, whatever the photos, the screen and the scrolling. */
export const mostElements = 190;

const narrowest = ratioBounds.least / ratioScale;

/**
 * Rows are higher on larger screens, as large as a thumb on small ones; and so high that a screen has room for no more elements than
 * there may be, if every photo were of a day of its own.
 * @param height of the window, which the grid is no higher than
 */
export function measuresFor(width: number, height: number): Measures {
  const gap = width < 600 ? 3 : 4;
  const measures = { width, gap, dayHeading: 34, monthHeading: width < 600 ? 52 : 64 };
  let rowHeight = Math.round(Math.min(330, 100 + width * 0.06));
  while (mostOnScreen({ ...measures, rowHeight }, height) > mostElements) rowHeight += 3;
  return { ...measures, rowHeight };
}

/** Narrow pictures, each below its date: rows of them over the whole screen, one cut off above and one below. */
function mostOnScreen({ width, rowHeight, dayHeading, gap }: Measures, height: number): number {
  const wide = Math.max(leastDayWidth, narrowest * rowHeight) + dayGap;
  const beside = Math.max(1, Math.floor((width + dayGap) / wide));
  const rows = Math.ceil(height / (rowHeight + dayHeading + gap)) + 1;
  return beside * rows * 2 + 2;
}
