/** Where pictures stand: every one once, in order, within the width, without a gap that jumps. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { elementsIn, rowsInView } from "../../src/gallery/page/in-view.ts";
import { type Layout, layOut } from "../../src/gallery/page/layout.ts";
import { measuresFor, mostElements } from "../../src/gallery/page/measures.ts";

const days = fc.array(fc.tuple(fc.integer({ min: 20_000_101, max: 20_241_231 }), fc.integer({ min: 1, max: 60 })), {
  maxLength: 40,
});
const shape = fc.constantFrom(28, 38, 50, 67, 89, 200);

function shapesOf(groups: readonly (readonly [number, number])[], ratios: readonly number[]) {
  const sorted = [...new Map(groups).entries()].sort((a, b) => b[0] - a[0]);
  const count = sorted.reduce((sum, [, n]) => sum + n, 0);
  return {
    count,
    days: sorted.flat(),
    ratios: Uint8Array.from({ length: count }, (_, i) => ratios[i % ratios.length] ?? 67),
  };
}

function assertWhole(layout: Layout, count: number, width: number): void {
  let next = 0;
  for (let i = 0; i < layout.rows; i += 1) {
    const row = layout.row(i);
    expect(row.from).toBe(next);
    expect(row.to).toBeGreaterThan(row.from);
    next = row.to;
    expect(row.y + row.pictureHeight).toBeLessThanOrEqual(row.top + row.height);
    let right = 0;
    for (let b = 0; b < row.boxes.length; b += 2) {
      expect(row.boxes[b]).toBeGreaterThanOrEqual(right - 0.01);
      right = row.boxes[b]! + row.boxes[b + 1]!;
      expect(right).toBeLessThanOrEqual(width + 1);
    }
    expect(row.boxes).toHaveLength((row.to - row.from) * 2);
    expect(layout.rowOf(row.from)).toBe(i);
    expect(layout.rowOf(row.to - 1)).toBe(i);
    expect(layout.rowAt(row.top + 1)).toBe(i);
  }
  expect(next).toBe(count);
}

test("every photo stands once, in order, and within the width, whatever the days, shapes and width", () => {
  fc.assert(
    fc.property(
      days,
      fc.array(shape, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 300, max: 3_800 }),
      (groups, ratios, width) => {
        const shapes = shapesOf(groups, ratios);
        const layout = layOut(shapes, measuresFor(width, 800));
        assertWhole(layout, shapes.count, width);
        expect(layout.months.reduce((sum, m) => sum + m.count, 0)).toBe(shapes.count);
      },
    ),
    { numRuns: 60 },
  );
});

test("where the order is not by day, there are rows and no headings", () => {
  const layout = layOut({ count: 50, days: [], ratios: new Uint8Array(50).fill(67) }, measuresFor(1000, 800));
  assertWhole(layout, 50, 1000);
  expect(layout.months).toEqual([]);
  for (let i = 0; i < layout.rows; i += 1) expect(layout.row(i).days).toEqual([]);
});

test("a day's heading stands above its first photo and counts its photos", () => {
  const layout = layOut(
    shapesOf(
      [
        [20_240_501, 2],
        [20_240_430, 40],
        [20_240_401, 1],
      ],
      [67],
    ),
    measuresFor(1000, 800),
  );
  const headings = Array.from({ length: layout.rows }, (_, i) => layout.row(i)).flatMap((row) => row.days);
  expect(headings.map(({ day, from, to }) => [day, from, to])).toEqual([
    [20_240_501, 0, 2],
    [20_240_430, 2, 42],
    [20_240_401, 42, 43],
  ]);
});

test("100,000 photos are laid out as numbers, and no row is higher than its month needs", () => {
  const groups = Array.from({ length: 3_000 }, (_, i): [number, number] => [20_240_101 - i * 3, 1 + ((i * 7) % 66)]);
  const shapes = shapesOf(groups, [67, 38, 67, 50, 89]);
  expect(shapes.count).toBeGreaterThan(95_000);
  const layout = layOut(shapes, measuresFor(1200, 800));
  expect(layout.rows).toBeLessThan(shapes.count);
  expect(layout.rowOf(shapes.count - 1)).toBe(layout.rows - 1);
  expect(Math.max(...Array.from({ length: 200 }, (_, i) => layout.row(i * 50).height))).toBeLessThan(330 * 2.2 + 110);
});

test("no more elements than a browser draws at ease, whatever the days, shapes, screen and scrolling", () => {
  const screens = [
    [390, 844],
    [1280, 800],
    [2320, 1440],
    [3600, 2160],
    [5100, 2160],
    [7_500, 4_320],
    [400, 7_000],
  ] as const;
  // The narrowest of all for one day, several days, and days of two.
  const dense: [number, number][][] = [1, 8, 200].map((of) =>
    Array.from({ length: of }, (_, i) => [20_000_101 + i, of === 200 ? 2 : 800 / of]),
  );
  const single = fc.array(fc.tuple(fc.integer({ min: 20_000_101, max: 20_241_231 }), fc.constantFrom(1, 1, 1, 2, 3)), {
    minLength: 300,
    maxLength: 300,
  });
  fc.assert(
    fc.property(
      fc.oneof(single, days),
      fc.array(shape, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...screens),
      (groups, ratios, [width, height]) => {
        const shapes = shapesOf(groups, ratios);
        const layout = layOut(shapes, measuresFor(width, height));
        for (let top = 0; top < layout.height; top += height / 3) {
          const { first, last } = rowsInView(layout, { top, height });
          let elements = 0;
          for (let row = first; row <= last; row += 1) elements += elementsIn(layout.row(row));
          expect(elements, `${width} × ${height} at ${top}`).toBeLessThanOrEqual(mostElements);
          expect(layout.row(first).top).toBeLessThanOrEqual(top);
          expect((layout.tops[last + 1] ?? 0) >= Math.min(top + height, layout.height)).toBe(true);
        }
      },
    ),
    {
      numRuns: 60,
      examples: screens.flatMap((screen) =>
        [...dense, Array.from({ length: 400 }, (_, i): [number, number] => [20_000_101 + i, 1])].map(
          (of): [[number, number][], number[], (typeof screens)[number]] => [of, [28], screen],
        ),
      ),
    },
  );
});
