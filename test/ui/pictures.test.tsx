/** Pictures by every protocol, and how the painter draws them over Ink's frames. */
import { execFileSync, spawn } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { Box, renderToString, Text } from "ink";
import { Decoder as SixelDecoder } from "sixel";
import { expect, test } from "vitest";
import { encodeJpeg } from "../../fixtures/make/encode.ts";
import type { Host } from "../../src/app/host.ts";
import { Decoder } from "../../src/media/index.ts";
import { cellsOf } from "../../src/ui/painter/cells.ts";
import { Painter } from "../../src/ui/painter/painter.ts";
import { askTerminal } from "../../src/ui/pictures/ask-terminal.ts";
import { type Drawing, drawnAtOnce, drawnLines } from "../../src/ui/pictures/drawing.ts";
import { halfBlocks } from "../../src/ui/pictures/half-blocks.ts";
import { iterm2Drawing } from "../../src/ui/pictures/iterm2.ts";
import { kittyDrawing, transmit } from "../../src/ui/pictures/kitty.ts";
import { maxCells, placeholders } from "../../src/ui/pictures/placeholders.ts";
import { chooseGraphics, noAnswers, questions, readAnswers } from "../../src/ui/pictures/terminal-graphics.ts";

const screen = { columns: 140, rows: 40 };

test("answers of the terminal are told from keys, and each gets the best it says it knows", () => {
  const kitty = readAnswers("j\u001b_Gi=31;OK\u001b\\\u001bP>|kitty(0.35.2)\u001b\\q\u001b[6;21;9t\u001b[?62;c");
  const { complete, keys, ...answers } = kitty;
  expect([complete, keys]).toEqual([true, "jq"]);
  expect(answers).toEqual({
    kitty: true,
    sixel: false,
    name: "kitty(0.35.2)",
    cell: { width: 9, height: 21 },
    area: undefined,
  });
  expect(chooseGraphics("auto", kitty, {}, screen)).toEqual({
    mode: "kitty",
    depth: "true",
    cell: { width: 9, height: 21 },
  });
  const xterm = readAnswers("\u001bP>|XTerm(379)\u001b\\\u001b[?2;0;1000;600S\u001b[?64;1;2;4;6c");
  expect(xterm).toMatchObject({ kitty: false, sixel: true, complete: true, cell: undefined });
  expect(chooseGraphics("auto", xterm, { NO_COLOR: "1" }, screen)).toMatchObject({
    mode: "sixel",
    cell: { width: 7, height: 15 },
  });
  const plain = readAnswers("\u001b[?4;1c\u001b[6;0;9t"); // a VT132, whose number is no attribute; a cell without height
  expect(plain).toMatchObject({ sixel: false, cell: undefined });
  expect(readAnswers("\u001b[6;99999;9t").cell).toBeUndefined();
  expect(readAnswers("x\u001b[?2;3Sy")).toMatchObject({ area: undefined, keys: "xy" }); // it will not say
  // One that shows sixels and keeps its cells to itself: rather too small than over its neighbours.
  expect(chooseGraphics("auto", { ...noAnswers, sixel: true }, {}, screen)).toMatchObject({
    mode: "sixel",
    cell: { width: 6, height: 12 },
  });
  expect(chooseGraphics("auto", plain, { TERM: "xterm-256color" }, screen)).toMatchObject({
    mode: "blocks",
    depth: "256",
  });
  expect(chooseGraphics("auto", plain, { NO_COLOR: "1" }, screen).mode).toBe("none");
  expect(chooseGraphics("blocks", plain, { NO_COLOR: "1" }, screen).mode).toBe("blocks");
  expect(chooseGraphics("none", kitty, {}, screen).mode).toBe("none");
  for (const name of ["iTerm2 3.5.0", "WezTerm 20240203"])
    expect(chooseGraphics("auto", { ...xterm, name }, {}, screen).mode, name).toBe("iterm2");
});

test("half blocks: lines of the picture's size", () => {
  const raster = { data: new Uint8Array(5 * 3 * 3).fill(200), width: 5, height: 3 };
  const lines = halfBlocks(raster, "true");
  expect(lines).toHaveLength(2);
  // One colour all along is said once; the padding below the odd last row is black.
  expect(lines[0]).toBe("\u001b[38;2;200;200;200;48;2;200;200;200m▀▀▀▀▀\u001b[0m");
  expect(lines[1]).toBe("\u001b[38;2;200;200;200;48;2;0;0;0m▀▀▀▀▀\u001b[0m");
  expect(halfBlocks(raster, "256")[0]).toContain("38;5;188;48;5;188");
});

test("Kitty: sent once in parts, placed where it belongs, taken away by number", () => {
  const sent = transmit(7, { data: new Uint8Array(40 * 40 * 3), width: 40, height: 40 });
  expect(sent.startsWith("\u001b_Ga=t,q=2,f=24,s=40,v=40,i=7,m=1;")).toBe(true);
  expect(sent.endsWith("\u001b\\")).toBe(true);
  expect(sent.match(/m=0;/g)).toHaveLength(1);
  const drawing = kittyDrawing(7, { columns: 3, rows: 2 });
  expect(drawing.at(4, 5)).toBe("\u001b[6;5H\u001b_Ga=p,q=2,i=7,p=1,c=3,r=2,C=1\u001b\\");
  expect(drawing.remove).toBe("\u001b_Ga=d,d=i,q=2,i=7,p=1\u001b\\");
});

/** Quarters of four colours. */
function quarters(side: number): { data: Uint8Array; width: number; height: number } {
  const data = new Uint8Array(side * side * 4).fill(255);
  const colours = [
    [220, 30, 30],
    [30, 220, 30],
    [30, 30, 220],
    [220, 220, 30],
  ] as const;
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1)
      data.set(colours[(y < side / 2 ? 0 : 2) + (x < side / 2 ? 0 : 1)]!, (y * side + x) * 4);
  return { data, width: side, height: side };
}

test("sixel and iTerm2 carry the picture, upright and fitted", async () => {
  const picture = quarters(64);
  const jpeg = encodeJpeg(picture, 95);
  await using decoder = new Decoder();
  const sixel = await decoder.fit(jpeg, "sixel", { width: 30, height: 100, orientation: 6 });
  if (!sixel || !("sixel" in sixel)) throw new Error("no sixel");
  expect(sixel).toMatchObject({ width: 30, height: 30 });
  expect(sixel.sixel.startsWith('\u001bP0;1;q"1;1;30;30')).toBe(true);
  expect(sixel.sixel.endsWith("\u001b\\")).toBe(true);
  const reader = new SixelDecoder();
  reader.decodeString(sixel.sixel.slice("\u001bP0;1;q".length, -2));
  expect([reader.width, reader.height]).toEqual([30, 30]);
  /** Mean of a patch: its pixels are dithered. */
  const at = (x: number, y: number): number[] => {
    const sum = [0, 0, 0];
    for (let i = 0; i < 64; i += 1) {
      const word = reader.data32[(y + Math.floor(i / 8)) * 30 + x + (i % 8)]!;
      for (const c of [0, 1, 2]) sum[c]! += ((word >> (8 * c)) & 255) / 64;
    }
    return sum;
  };
  // A quarter turn to the right: what was lower left is upper left.
  for (const [x, y, colour] of [
    [3, 3, [30, 30, 220]],
    [18, 3, [220, 30, 30]],
    [3, 18, [220, 220, 30]],
  ] as const)
    for (const [i, value] of at(x, y).entries()) expect(Math.abs(value - colour[i]!)).toBeLessThan(40);

  const small = await decoder.fit(jpeg, "jpeg", { width: 32, height: 100, orientation: 1 });
  if (!small || !("jpeg" in small)) throw new Error("no JPEG");
  const sequence = iterm2Drawing(small.jpeg, { columns: 4, rows: 2 }).at(0, 0);
  const [, keys, content] = /^\u001b\[1;1H\u001b\]1337;File=([^:]*):([^\u0007]*)\u0007$/.exec(sequence)!;
  expect(keys).toBe(`inline=1;size=${small.jpeg.length};width=4;height=2;preserveAspectRatio=0;doNotMoveCursor=1`);
  expect(Buffer.from(content!, "base64").equals(small.jpeg)).toBe(true);
});

test("placeholders keep their place in Ink's frames, and are known again", () => {
  const lines = placeholders(0x010203, { columns: 3, rows: 2 });
  const frame = renderToString(
    <Box width={20}>
      <Box width={5}>
        <Text>{lines[1]}</Text>
      </Box>
      <Text>beside</Text>
    </Box>,
    { columns: 20 },
  );
  const cells = cellsOf(frame);
  expect(cells.map((c) => c.text).join("")).toBe("     beside");
  expect(cells.map((c) => c.picture && [c.picture.id, c.picture.row, c.picture.column])).toEqual([
    [0x010203, 1, 0],
    [0x010203, 1, 1],
    [0x010203, 1, 2],
    ...Array(8).fill(undefined),
  ]);
  const wide = placeholders(1, { columns: 1000, rows: 1 })[0]!;
  const drawn = cellsOf(wide);
  expect(drawn).toHaveLength(maxCells);
  expect(drawn.map((c) => c.picture?.column)).toEqual(Array.from({ length: maxCells }, (_, i) => i));
});

function painted(drawings: Record<number, Drawing> = {}) {
  const writes: string[] = [];
  const painter = new Painter(
    (text) => writes.push(text),
    (id) => drawings[id],
  );
  painter.open();
  writes.length = 0;
  const size = { columns: 30, rows: 5 };
  return {
    painter,
    /** What a frame wrote. */
    frame(...lines: string[]): string[] {
      writes.length = 0;
      painter.frame(lines.join("\n"), size);
      return [...writes];
    },
    size,
    writes,
  };
}

test("a frame is one write of what changed; one without a change writes nothing", () => {
  const { frame, painter, writes, size } = painted();
  expect(frame("one two", "three")).toHaveLength(1);
  expect(frame("one two", "three")).toEqual([]);
  expect(frame("one too", "three")).toEqual(["\u001b[?2026h\u001b[1;6Ho\u001b[?2026l"]);
  expect(frame("one", "\u001b[1mthree\u001b[22m")).toEqual([
    "\u001b[?2026h\u001b[1;5H\u001b[K\u001b[2;1H\u001b[1mthree\u001b[0m\u001b[?2026l",
  ]);
  // Far apart: two moves. Near: one.
  expect(frame("one", "\u001b[1mthree\u001b[22m", "a              b")[0]).toContain("[3;1Ha\u001b[3;16Hb");
  expect(frame("one", "\u001b[1mthree\u001b[22m", "a    x         b")[0]).toContain("[3;6Hx\u001b");
  expect(frame("one", "\u001b[1mthree\u001b[22m", "b    y         b")[0]).toContain("[3;1Hb    y\u001b");
  expect(frame("one", "\u001b[1mthree\u001b[22m", "c              d")[0]).toBe(
    "\u001b[?2026h\u001b[3;1Hc     \u001b[3;16Hd\u001b[?2026l",
  );
  // Behind characters whose width terminals dispute, the whole rest is drawn.
  expect(frame("👩‍🚀 x y", "", "c              d")[0]).toContain("[1;1H👩‍🚀 x y");
  expect(frame("👩‍🚀 x z", "", "c              d")[0]).toContain("[1;1H👩‍🚀 x z");
  // Another size: everything.
  writes.length = 0;
  painter.frame("👩‍🚀 x z", { ...size, columns: 31 });
  expect(writes[0]).toContain("\u001b[2J\u001b[1;1H👩‍🚀");
  expect(painter.close()).toBe(true);
  expect(writes.at(-1)).toBe("\u001b[0m\u001b[?25h\u001b[?1049l");
  expect(painter.close()).toBe(false);
  expect(frame("late")).toEqual([]);
});

test("a picture is drawn where its cells are, again only when something was drawn over it, and never in part", () => {
  const one = drawnAtOnce("<one>", { columns: 3, rows: 2 });
  const two = { ...drawnLines(["aa", "bb"], 2), remove: "<without two>" };
  const { frame } = painted({ 1: one, 2: two });
  const [top, bottom] = placeholders(1, one) as [string, string];
  expect(frame(`x ${top} y`, `x ${bottom} y`)[0]).toMatch(/\[1;3H<one>/);
  expect(frame(`z ${top} y`, `x ${bottom} y`)).toEqual(["\u001b[?2026h\u001b[1;1Hz\u001b[?2026l"]);
  // A wide character before it: the line is drawn anew, and the picture with it.
  expect(frame(`日${top} y`, `x ${bottom} y`)[0]).toMatch(/\[1;3H<one>/);
  expect(frame(`日${top} y`, `x ${bottom} y`)).toEqual([]);
  // Moved by a cell: drawn there, and its old cells are blank.
  const moved = frame(`z  ${top} y`, `x  ${bottom} y`)[0]!;
  expect(moved).toMatch(/\[1;4H<one>/);
  // Half of it out of the frame: not at all.
  expect(frame(`z  ${top} y`)[0]).not.toContain("<one>");
  // Another picture in its place.
  const [a, b] = placeholders(2, two) as [string, string];
  expect(frame(`z  ${a}`, `x  ${b}`)[0]).toContain("\u001b[1;4Haa\u001b[2;4Hbb");
  expect(frame(`z  ${a}`, `y  ${b}`)[0]).not.toContain("<without two>");
  expect(frame("z", `y  ${b}`)[0]).toContain("<without two>");
  // Gone from memory: blank, not odd letters.
  const [gone] = placeholders(9, { columns: 2, rows: 1 }) as [string];
  expect(frame(`z  ${gone}`)[0]).not.toContain("x");
});

test("a terminal's answer that came while the program was being loaded counts, however long that took", async () => {
  const terminal = spawn("printf", ["\\033P>|XTerm(379)\\033\\\\\\033[?63;1;2;4;6c"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const stdin = Object.assign(terminal.stdout, { isTTY: true, setRawMode: () => {} });
  const written: string[] = [];
  const context = { stdin, stdout: { write: (text: string) => written.push(text) }, env: {} } as unknown as Host;
  const asked = askTerminal(context, "auto");
  // Nothing is read meanwhile; the answer lies in the pipe when the time is up.
  execFileSync("sleep", ["1"]);
  expect(await asked).toMatchObject({ sixel: true, name: "XTerm(379)" });
  expect(written).toEqual([questions]);
  // Whoever reads the keys from now on is not stopped by what is left of asking.
  stdin.resume();
  for (let i = 0; i < 10; i += 1) await turn();
  expect(stdin.isPaused()).toBe(false);
});
