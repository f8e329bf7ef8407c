/**
 * Where a photo goes, as a template: `{year}/{month}/{name}`. Tokens may have a fallback: `{camera|unknown camera}`.
 * Each token fills part of one path component; only the template's own slashes make folders.
 */
import { posix } from "node:path";
import { nameOf } from "../../library/index.ts";
import { isRaw } from "../../library/photo-kind.ts";
import type { RollItem } from "../../library/roll.ts";
import type { CaptureTime } from "../../media/capture-time.ts";
import { stemOfOriginal } from "../../media/kinds.ts";
import { UsageError } from "../../shared/errors.ts";
import { safeComponent } from "../../shared/safe-name.ts";

/** Folders by year and month: few enough to open, small enough to scroll. */
export const defaultTemplate = "{year}/{month}/{name}";
/** Replaces every part with a date token when a photo has no date. */
const undatedFolder = "undated";

/** What a token means, for help and README. */
export const tokens = {
  year: "capture year, local: 2024",
  month: "capture month: 05",
  day: "capture day: 01",
  date: "capture date: 2024-05-01",
  hour: "capture hour, 00-23",
  minute: "capture minute",
  second: "capture second",
  time: "capture time: 123456",
  name: "file name without extension, from before the phone renamed it: IMG_0001",
  album: "the photo's first album",
  make: "camera maker: Apple",
  model: "camera model: iPhone 14 Pro",
  camera: "camera model, or its maker",
  folder: "folder on the phone: 100APPLE",
  kind: "photo or video",
  type: "photo, video, raw, or what sets it apart: live, portrait, panorama, slomo …",
  phone: "name of the phone",
  id: "short id of the photo: eight hex digits",
} as const;
/** The name of a token, as it stands in braces. */
export type Token = keyof typeof tokens;

const dateTokens: ReadonlySet<string> = new Set(["year", "month", "day", "date", "hour", "minute", "second", "time"]);
/** Unknown where only the day is known. */
const timeTokens: ReadonlySet<string> = new Set(["hour", "minute", "second", "time"]);
/** Room for a suffix (`_` and eight digits), an extension and a sidecar's second one. */
const reserveBytes = 40;

interface Piece {
  readonly text?: string;
  readonly token?: Token;
  readonly fallback?: string;
}

/** A template, parsed. Rendering it never leaves the destination, whatever a photo's texts hold. */
export class PathTemplate {
  readonly source: string;
  readonly #components: readonly (readonly Piece[])[];

  /** @throws {UsageError} `template-invalid` */
  constructor(source: string) {
    this.source = source;
    const parts = source.split("/");
    if (source.trim() === "" || source.startsWith("/") || parts.some((p) => p === "" || p === "." || p === ".."))
      throw new UsageError("template-invalid", `"${source}" is not a relative path: no empty, "." or ".." parts.`);
    this.#components = parts.map((part) => parse(part, source));
  }

  uses(...wanted: Token[]): boolean {
    return this.#components.some((pieces) => pieces.some((p) => p.token !== undefined && wanted.includes(p.token)));
  }

  /** Folder and stem for all files of one photo, without extension. */
  render(item: RollItem, phoneName: string): string {
    const undated = item.captured === undefined;
    const rendered: string[] = [];
    let dropped = false;
    for (const [i, pieces] of this.#components.entries()) {
      const isStem = i === this.#components.length - 1;
      const dated = pieces.some((p) => p.token !== undefined && dateTokens.has(p.token) && p.fallback === undefined);
      if (undated && dated && !isStem) dropped = true;
      else if (undated && dated) {
        dropped = true;
        rendered.push(safeComponent(tokenValue("name", item, phoneName) ?? "_", reserveBytes));
      } else rendered.push(safeComponent(fill(pieces, item, phoneName), isStem ? reserveBytes : 0));
    }
    return posix.join(...(dropped ? [undatedFolder] : []), ...rendered);
  }
}

function parse(part: string, source: string): Piece[] {
  const pieces: Piece[] = [];
  for (const match of part.matchAll(/\{([^{}|]*)(?:\|([^{}]*))?\}|([^{}]+)|([{}])/g)) {
    const [, token, fallback, text, brace] = match;
    if (brace !== undefined) throw new UsageError("template-invalid", `"${source}" has a brace without its partner.`);
    if (text !== undefined) pieces.push({ text });
    else if (token !== undefined && Object.hasOwn(tokens, token))
      pieces.push({ token: token as Token, ...(fallback === undefined ? {} : { fallback }) });
    else
      throw new UsageError(
        "template-invalid",
        `There is no token {${token}}. Tokens: ${Object.keys(tokens).join(", ")}.`,
      );
  }
  return pieces;
}

function fill(pieces: readonly Piece[], item: RollItem, phoneName: string): string {
  return pieces
    .map((p) =>
      p.token === undefined ? (p.text ?? "") : (tokenValue(p.token, item, phoneName) ?? p.fallback ?? "unknown"),
    )
    .join("");
}

function tokenValue(token: Token, item: RollItem, phoneName: string): string | undefined {
  const [primary] = item.parts;
  const { make, model } = primary.facts ?? {};
  switch (token) {
    case "name":
      return stemOfOriginal(item.library?.originalFilename ?? nameOf(primary), nameOf(primary));
    case "album":
      return item.library?.albums[0]?.title;
    case "make":
      return make;
    case "model":
      return model;
    case "camera":
      return model ?? make;
    case "folder":
      return posix.basename(posix.dirname(primary.item.path));
    case "kind":
      return item.kind;
    case "type":
      return item.subtype ?? (isRaw(item) ? "raw" : item.kind);
    case "phone":
      return phoneName;
    case "id":
      return item.id;
    default:
      if (item.captured?.isDayOnly && timeTokens.has(token)) return undefined;
      return item.captured && datePart(token, item.captured);
  }
}

function datePart(token: Token, { local }: CaptureTime): string {
  switch (token) {
    case "year":
      return local.slice(0, 4);
    case "month":
      return local.slice(5, 7);
    case "day":
      return local.slice(8, 10);
    case "hour":
      return local.slice(11, 13);
    case "minute":
      return local.slice(14, 16);
    case "second":
      return local.slice(17, 19);
    case "time":
      return local.slice(11, 19).replaceAll(":", "");
    default:
      return local.slice(0, 10);
  }
}
