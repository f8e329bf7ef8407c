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
const widest = ratioBounds.most / ratioScale;

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

/** The narrowest pictures, as many as may be: rows of them over the whole screen, one cut off above and one below. */
function mostOnScreen(measures: Measures, height: number): number {
  return Math.max(mostBelowDates(measures, height), mostWithoutDates(measures, height)) + 2;
}

/** Days beside each other, each with its date: as many pictures as its room has place for, or more in a wider one. */
function mostBelowDates({ width, rowHeight, dayHeading, gap }: Measures, height: number): number {
  const rows = Math.ceil(height / (rowHeight + dayHeading + gap)) + 1;
  let most = 0;
  for (let pictures = 1, beside = 2; beside > 1; pictures += 1) {
    const wide = Math.max(leastDayWidth, pictures * narrowest * rowHeight + (pictures - 1) * gap) + dayGap;
    beside = Math.max(1, Math.floor((width + dayGap) / wide));
    most = Math.max(most, beside * (pictures + 1));
  }
  return most * rows;
}

/**
 * A day over many rows: the narrowest pictures, and a wide one that ends the row and makes it so low as the layout just lets it: there
 * the row would be as far from its usual height without it.
 */
function mostWithoutDates({ width, rowHeight, gap }: Measures, height: number): number {
  const usual = (width / rowHeight) ** 2;
  let most = Math.ceil(height / (rowHeight + gap)) + 1;
  for (let before = 1; ; before += 1) {
    const ratio = before * narrowest;
    const last = Math.min(widest, usual / ratio - ratio);
    if (last < narrowest) return most;
    const low = Math.max(1, (width - before * gap) / (ratio + last));
    most = Math.max(most, (before + 1) * (Math.ceil(height / (Math.min(low, rowHeight) + gap)) + 1));
  }
}
