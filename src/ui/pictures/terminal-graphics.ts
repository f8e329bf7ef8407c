/**
 * Which pictures this terminal can show. It is asked, because names in the environment lie inside tmux and over ssh: Kitty's
 * graphics query, XTVERSION, the size of a cell and of what it draws on in pixels, and the primary device attributes last, which every terminal answers.
 * Sources: sw.kovidgoyal.net/kitty/graphics-protocol; invisible-island.net/xterm/ctlseqs (CSI > q, CSI 16 t, CSI ? 2 ; 1 ; 0 S, CSI c;
 * attribute 4 is sixel graphics); iterm2.com/documentation-images.html.
 */
import type { graphicsModes } from "../../app/settings/index.ts";
import type { Pixels } from "../../media/index.ts";
import type { Size } from "../size.ts";
import type { ColourDepth } from "./half-blocks.ts";

/** The values of `--graphics`. */
export type GraphicsMode = (typeof graphicsModes)[number];

/** How pictures are shown in this terminal. */
export interface TerminalGraphics {
  readonly mode: Exclude<GraphicsMode, "auto">;
  readonly depth: ColourDepth;
  /** Of one cell. */
  readonly cell: Pixels;
}

/** All that is asked, in one write; the last is one that every terminal answers. */
export const questions = "\u001b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u001b\\\u001b[>q\u001b[16t\u001b[?2;1;0S\u001b[c";

/** What the terminal said of itself. */
export interface Answers {
  readonly kitty: boolean;
  readonly sixel: boolean;
  /** "kitty(0.35.2)" */
  readonly name: string;
  readonly cell: Pixels | undefined;
  /** All cells together or less: xterm, which keeps a cell's size to itself, says where it stops drawing. */
  readonly area: Pixels | undefined;
}

/** A terminal that says nothing. */
export const noAnswers: Answers = { kitty: false, sixel: false, name: "", cell: undefined, area: undefined };
/** Where the terminal does not say it, and makes pictures as large as its cells by itself. */
const usualCell: Pixels = { width: 10, height: 20 };
/** Where it draws pixels as they come: too small leaves a margin, too large covers the neighbours and scrolls the screen. */
const leastCell: Pixels = { width: 6, height: 12 };
/** What says more is not believed: pictures would be made for it. */
const maxCellPixels = 100;
const maxAreaPixels = 20_000;

/** The answers so far, and what was no answer. */
export interface Heard extends Answers {
  /** Everything has been answered. */
  readonly complete: boolean;
  /** Bytes that are no answer: keys pressed meanwhile. */
  readonly keys: string;
}

/** Tells answers from keys in what the terminal sent. */
export function readAnswers(text: string): Heard {
  let { kitty, sixel, name, cell, area } = noAnswers;
  let complete = false;
  const keys = text
    .replace(/\u001b_G[^\u001b;]*;([A-Z]+)[^\u001b]*\u001b\\/g, (_, word: string) => {
      kitty ||= word === "OK";
      return "";
    })
    .replace(/\u001bP>\|([^\u001b]*)\u001b\\/g, (_, version: string) => {
      name = version;
      return "";
    })
    .replace(/\u001b\[6;(\d+);(\d+)t/g, (_, height: string, width: string) => {
      cell = believable(width, height, maxCellPixels);
      return "";
    })
    .replace(/\u001b\[\?2;(\d+)(?:;(\d+);(\d+))?S/g, (_, status: string, width = "", height = "") => {
      if (status === "0") area = believable(width, height, maxAreaPixels);
      return "";
    })
    .replace(/\u001b\[\?([0-9;]*)c/g, (_, attributes: string) => {
      complete = true;
      // The first says which terminal it is like; what it can do comes behind.
      sixel = attributes.split(";").slice(1).includes("4");
      return "";
    });
  return { kitty, sixel, name, cell, area, complete, keys };
}

function believable(width: string, height: string, max: number): Pixels | undefined {
  const pixels = { width: Number(width), height: Number(height) };
  return Object.values(pixels).every((n) => n > 0 && n <= max) ? pixels : undefined;
}

/** Of a cell; rather too small than too large, for what is drawn over the last line scrolls the screen. */
function cellOf({ cell, area }: Answers, screen: Size): Pixels | undefined {
  if (cell || !area) return cell;
  const share = { width: Math.floor(area.width / screen.columns), height: Math.floor(area.height / screen.rows) };
  return share.width > 0 && share.height > 0 ? share : undefined;
}

const knowsIterm2 = /^(iTerm2|WezTerm|mintty)\b/i;

export function chooseGraphics(
  wanted: GraphicsMode,
  answers: Answers,
  env: Readonly<Record<string, string | undefined>>,
  screen: Size,
): TerminalGraphics {
  const depth = /^(truecolor|24bit)$/.test(env["COLORTERM"] ?? "") || answers.kitty ? "true" : "256";
  const mode = wanted === "auto" ? best(answers, env) : wanted;
  return { mode, depth, cell: cellOf(answers, screen) ?? (mode === "sixel" ? leastCell : usualCell) };
}

function best(answers: Answers, env: Readonly<Record<string, string | undefined>>): TerminalGraphics["mode"] {
  if (answers.kitty) return "kitty";
  if (knowsIterm2.test(answers.name)) return "iterm2";
  if (answers.sixel) return "sixel";
  // Real pictures are pictures; half blocks are coloured text.
  const isPlain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb" || env["TERM"] === "linux";
  return isPlain ? "none" : "blocks";
}
