/**
 * Where every picture of a view stands, from their shapes alone: justified rows by day, with a heading for each month. A place depends
 * on nothing but what stands before it, so the first screen is laid out by itself and nothing jumps when the rest follows. Numbers
 * only, no elements.
 */
import { ratioScale } from "../wire.ts";
import { dayGap, leastDayWidth, type Measures } from "./measures.ts";

/** What is laid out: `ViewAnswer`, unpacked. */
export interface Shapes {
  readonly count: number;
  /** Day (yyyymmdd, 0 without a date) and number of photos, one after the other; empty where the order is not by day. */
  readonly days: readonly number[];
  /** One byte a photo. */
  readonly ratios: Uint8Array;
}

/** The first photos of a view, which are laid out alone. */
export function headOf({ count, days, ratios }: Shapes, most: number): Shapes {
  if (count <= most) return { count, days, ratios };
  const first: number[] = [];
  for (let i = 0, at = 0; i < days.length && at < most; i += 2) {
    const of = Math.min(days[i + 1] ?? 0, most - at);
    first.push(days[i] ?? 0, of);
    at += of;
  }
  return { count: most, days: first, ratios: ratios.subarray(0, most) };
}

/** A heading of a day, above the first of its photos in that row. */
export interface DayHeading {
  readonly day: number;
  readonly x: number;
  readonly width: number;
  /** Photos of the day: the first, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** One row: photos beside each other, of one day or of several short ones. */
export interface Row {
  /** Top of the row with what stands above it. */
  readonly top: number;
  /** From `top` to the next row's. */
  readonly height: number;
  /** Top of the pictures, and their height. */
  readonly y: number;
  readonly pictureHeight: number;
  readonly from: number;
  readonly to: number;
  /** Left edge and width of each picture, one after the other. */
  readonly boxes: readonly number[];
  /** Set where a month begins: yyyymm, 0 without a date. */
  readonly month: number | undefined;
  readonly days: readonly DayHeading[];
}

/** Rows as numbers; what stands in one is worked out when it is shown. */
export interface Layout {
  readonly height: number;
  readonly rows: number;
  /** Top of each row, ascending, and the whole height at the end. */
  readonly tops: Float64Array;
  /** First photo of each row, and their number at the end. */
  readonly firsts: Int32Array;
  row(index: number): Row;
  /** The row at a height. */
  rowAt(y: number): number;
  /** The row that has a photo. */
  rowOf(photo: number): number;
  /** Months with the height at which they begin, in order. */
  readonly months: readonly { readonly month: number; readonly top: number; readonly count: number }[];
}

/** A last row that is as full is stretched over the whole width; others keep their height and end where they end. */
const nearlyFull = 0.82;
/** No picture grows beyond so much of the usual height, to fill a row: in the middle of a day, and where the day ends. */
const mostStretch = { within: 2.2, last: 1.35 } as const;

/** Days that are laid out together in one row, or one day over several. */
interface Pending {
  /** Index into `days`. */
  readonly first: number;
  last: number;
  width: number;
}

class Rows {
  readonly tops: number[] = [];
  readonly firsts: number[] = [];
  /** Bit 1: a heading of days; bit 2: one of a month; and whether the row is stretched to the width. */
  readonly kinds: number[] = [];
  y = 0;

  add(first: number, kind: number, height: number): void {
    this.tops.push(this.y);
    this.firsts.push(first);
    this.kinds.push(kind);
    this.y += height;
  }
}

const hasDays = 1;
const hasMonth = 2;
const isStretched = 4;

/** Lays out a view. */
export function layOut(shapes: Shapes, measures: Measures): Layout {
  const steps = layOutInSteps(shapes, measures);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Between two steps somebody else may have a turn. */
const daysInStep = 40;

/** The same piece by piece, so that the page answers meanwhile: 100,000 photos are a hundred steps. */
export function* layOutInSteps(shapes: Shapes, measures: Measures): Generator<void, Layout, undefined> {
  const { count, days, ratios } = shapes;
  const rows = new Rows();
  const plan = new Planner(ratios, measures, rows);
  const starts: number[] = [];
  for (let i = 0, at = 0; i < days.length; i += 2) {
    starts.push(at);
    at += days[i + 1] ?? 0;
  }
  const months: { month: number; top: number; count: number }[] = [];
  if (days.length === 0 && count > 0) plan.fill(0, count, 0);
  let pending: Pending | undefined;
  const flush = (): void => {
    if (pending) plan.packed(starts[pending.first] ?? 0, pending.width);
    pending = undefined;
  };
  for (let d = 0; d < starts.length; d += 1) {
    if (d % daysInStep === daysInStep - 1) yield;
    const [from, of] = [starts[d] ?? 0, days[d * 2 + 1] ?? 0];
    const month = Math.floor((days[d * 2] ?? 0) / 100);
    const last = months.at(-1);
    const isNew = last?.month !== month;
    if (isNew) flush();
    if (isNew) months.push({ month, top: rows.y, count: of });
    else last.count += of;
    plan.opensMonth ||= isNew;
    const width = plan.widthOf(from, from + of);
    if (width > measures.width * nearlyFull) {
      flush();
      plan.fill(from, from + of, hasDays);
      continue;
    }
    const wide = Math.max(width, Math.min(leastDayWidth, measures.width));
    if (pending && pending.width + dayGap + wide > measures.width) flush();
    if (pending) {
      pending.last = d;
      pending.width += dayGap + wide;
    } else pending = { first: d, last: d, width: wide };
  }
  flush();
  return made(shapes, measures, rows, { starts, months });
}

/** Puts photos into rows. */
class Planner {
  /** The next row begins a month. */
  opensMonth = false;
  readonly #ratios: Uint8Array;
  readonly #measures: Measures;
  readonly #rows: Rows;

  constructor(ratios: Uint8Array, measures: Measures, rows: Rows) {
    this.#ratios = ratios;
    this.#measures = measures;
    this.#rows = rows;
  }

  /** Beside each other at the usual height. */
  widthOf(from: number, to: number): number {
    const { rowHeight, gap } = this.#measures;
    let width = (to - from - 1) * gap;
    for (let i = from; i < to; i += 1) width += ((this.#ratios[i] ?? ratioScale) / ratioScale) * rowHeight;
    return width;
  }

  /** One row of several short days, which keeps its height. */
  packed(from: number, _width: number): void {
    this.#row(from, hasDays, this.#measures.rowHeight);
  }

  /** As many rows as it takes, each over the whole width; the last one where it is nearly full. */
  fill(from: number, to: number, heading: number): void {
    const { width, rowHeight, gap } = this.#measures;
    for (let first = from; first < to; ) {
      let next = first;
      let ratio = 0;
      // One more, as long as the row would be higher than usual without it.
      while (next < to && ratio * rowHeight + (next - first - 1) * gap < width)
        ratio += (this.#ratios[next++] ?? ratioScale) / ratioScale;
      const over = ratio * rowHeight + (next - first - 1) * gap;
      if (
        over > width &&
        next - first > 1 &&
        isBetterWithout(ratio, (this.#ratios[next - 1] ?? ratioScale) / ratioScale, this.#measures, next - first)
      ) {
        next -= 1;
        ratio -= (this.#ratios[next] ?? ratioScale) / ratioScale;
      }
      const room = width - (next - first - 1) * gap;
      const isFull = next < to || ratio * rowHeight + (next - first - 1) * gap >= width * nearlyFull;
      const most = rowHeight * (next < to ? mostStretch.within : mostStretch.last);
      const height = isFull ? Math.min(room / ratio, most) : rowHeight;
      this.#row(first, (first === from ? heading : 0) | (isFull ? isStretched : 0), height);
      first = next;
    }
  }

  #row(first: number, kind: number, pictureHeight: number): void {
    const { dayHeading, monthHeading, gap } = this.#measures;
    const month = this.opensMonth ? hasMonth : 0;
    this.opensMonth = false;
    const above = (month ? monthHeading : 0) + (kind & hasDays ? dayHeading : 0);
    this.#rows.add(first, kind | month, above + pictureHeight + gap);
  }
}

/** Whether the row comes nearer to the usual height without its last picture. */
function isBetterWithout(ratio: number, last: number, { width, rowHeight, gap }: Measures, count: number): boolean {
  const withIt = (width - (count - 1) * gap) / ratio;
  const without = (width - (count - 2) * gap) / (ratio - last);
  return without / rowHeight < rowHeight / withIt;
}

function made(
  { count, days, ratios }: Shapes,
  measures: Measures,
  rows: Rows,
  { starts, months }: { readonly starts: readonly number[]; readonly months: Layout["months"] },
): Layout {
  const tops = Float64Array.from([...rows.tops, rows.y]);
  const firsts = Int32Array.from([...rows.firsts, count]);
  const atOrBelow = (values: ArrayLike<number>, wanted: number): number => {
    let [low, high] = [0, values.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((values[middle] ?? 0) <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const last = Math.max(0, rows.tops.length - 1);
  return {
    ...{ height: rows.y, rows: rows.tops.length, tops, firsts, months },
    rowAt: (y) => Math.min(last, atOrBelow(tops, Math.max(0, y))),
    rowOf: (photo) => Math.min(last, atOrBelow(firsts, photo)),
    row(index) {
      const [top, kind] = [tops[index] ?? 0, rows.kinds[index] ?? 0];
      const [from, to] = [firsts[index] ?? 0, firsts[index + 1] ?? count];
      const height = (tops[index + 1] ?? rows.y) - top;
      const above = (kind & hasMonth ? measures.monthHeading : 0) + (kind & hasDays ? measures.dayHeading : 0);
      const pictureHeight = height - above - measures.gap;
      const day = atOrBelow(starts, from);
      const { boxes, headings } = boxesOf(
        { from, to, pictureHeight, isFull: (kind & isStretched) !== 0, day: kind & hasDays ? day : undefined },
        { days, starts, ratios, measures },
      );
      const month = kind & hasMonth ? Math.floor((days[day * 2] ?? 0) / 100) : undefined;
      return { top, height, y: top + above, pictureHeight, from, to, boxes, month, days: headings };
    },
  };
}

function boxesOf(
  row: { from: number; to: number; pictureHeight: number; isFull: boolean; day: number | undefined },
  of: { days: readonly number[]; starts: readonly number[]; ratios: Uint8Array; measures: Measures },
): { boxes: number[]; headings: DayHeading[] } {
  const { from, to, pictureHeight, isFull } = row;
  const { width, gap } = of.measures;
  const boxes: number[] = [];
  const headings: DayHeading[] = [];
  let x = 0;
  let day = row.day ?? Number.POSITIVE_INFINITY;
  for (let i = from; i < to; i += 1) {
    if (i === of.starts[day]) {
      const before = headings.at(-1);
      if (before) x = Math.max(x - gap + dayGap, before.x + Math.min(leastDayWidth, width) + dayGap);
      const ends = i + (of.days[day * 2 + 1] ?? 0);
      headings.push({ day: of.days[day * 2] ?? 0, x, width: 0, from: i, to: ends });
      day += 1;
    }
    let wide = ((of.ratios[i] ?? ratioScale) / ratioScale) * pictureHeight;
    // The last picture ends where the page does, whatever was rounded.
    if (isFull && i === to - 1 && Math.abs(width - x - wide) < 2) wide = width - x;
    boxes.push(x, Math.min(wide, width));
    x += wide + gap;
  }
  return {
    boxes,
    headings: headings.map((h, i) => ({ ...h, width: (headings[i + 1]?.x ?? width + dayGap) - h.x - dayGap })),
  };
}
