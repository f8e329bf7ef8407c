/** Which rows have elements: those in view and a few around them, as many as the bound on elements lets stand. */
import type { Layout, Row } from "./layout.ts";
import { mostElements } from "./measures.ts";

/** Rows beside those in view; fewer where their pictures are many. */
const rowsAround = 3;

/** Pictures, dates and the month that stand in a row. */
export function elementsIn({ from, to, days, month }: Row): number {
  return to - from + days.filter(({ day }) => day !== 0).length + (month === undefined ? 0 : 1);
}

/** @returns the first row and the last */
export function rowsInView(
  layout: Layout,
  { top, height }: { readonly top: number; readonly height: number },
): { readonly first: number; readonly last: number } {
  let [first, last] = [layout.rowAt(top), layout.rowAt(top + height)];
  let elements = 0;
  for (let row = first; row <= last; row += 1) elements += elementsIn(layout.row(row));
  const takes = (row: number): boolean => {
    if (row < 0 || row >= layout.rows) return false;
    const more = elementsIn(layout.row(row));
    if (elements + more > mostElements) return false;
    elements += more;
    return true;
  };
  for (let i = 0; i < rowsAround; i += 1) {
    if (takes(last + 1)) last += 1;
    if (takes(first - 1)) first -= 1;
  }
  return { first, last };
}
