/**
 * Which pictures this terminal can show. It is asked, because names in the environment lie inside tmux and over ssh: Kitty's
 * graphics query, XTVERSION, and the primary device attributes last, which every terminal answers.
 * Sources: sw.kovidgoyal.net/kitty/graphics-protocol; invisible-island.net/xterm/ctlseqs.
 */
import type { ColourDepth } from "./half-blocks.ts";

export const graphicsModes = ["auto", "kitty", "blocks", "none"] as const;
export type GraphicsMode = (typeof graphicsModes)[number];

export interface TerminalGraphics {
  readonly mode: "kitty" | "blocks" | "none";
  readonly depth: ColourDepth;
}

export const questions = "\u001b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u001b\\\u001b[>q\u001b[c";

export interface Answers {
  readonly kitty: boolean;
  /** "kitty(0.35.2)" */
  readonly name: string;
  /** Everything has been answered. */
  readonly complete: boolean;
  /** Bytes that are no answer: keys pressed meanwhile. */
  readonly keys: string;
}

/** Tells answers from keys in what the terminal sent. */
export function readAnswers(text: string): Answers {
  let [kitty, name, complete] = [false, "", false];
  const keys = text
    .replace(/\u001b_G[^\u001b;]*;([A-Z]+)[^\u001b]*\u001b\\/g, (_, word: string) => {
      kitty ||= word === "OK";
      return "";
    })
    .replace(/\u001bP>\|([^\u001b]*)\u001b\\/g, (_, version: string) => {
      name = version;
      return "";
    })
    .replace(/\u001b\[\?[0-9;]*c/g, () => {
      complete = true;
      return "";
    });
  return { kitty, name, complete, keys };
}

/** Others answer Kitty's query too and know no placeholders: those show nothing but odd letters. */
const knowsPlaceholders = /^(kitty|ghostty)\b/i;

export function chooseGraphics(
  wanted: GraphicsMode,
  answers: Pick<Answers, "kitty" | "name">,
  env: Readonly<Record<string, string | undefined>>,
): TerminalGraphics {
  const depth = /^(truecolor|24bit)$/.test(env["COLORTERM"] ?? "") || answers.kitty ? "true" : "256";
  if (wanted === "kitty" || wanted === "none") return { mode: wanted, depth };
  if (wanted === "auto" && answers.kitty && knowsPlaceholders.test(answers.name)) return { mode: "kitty", depth };
  const isPlain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb" || env["TERM"] === "linux";
  return { mode: wanted === "auto" && isPlain ? "none" : "blocks", depth };
}
