/** Answers: JSON, pictures, and files by ranges. Nothing that is sent can become a page: see `safeHeaders`. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { RangeReader } from "../../media/range-reader.ts";
import type { ErrorAnswer, NoPicture } from "../wire.ts";

const zipped = promisify(gzip);

/** What a page may load; of what stands in itself, what has these hashes. */
const policy = (script: string, style: string, base: "'none'" | "'self'"): string =>
  `default-src 'none'; script-src 'self'${script}; style-src 'self'${style}; img-src 'self' blob: data:; media-src 'self'; connect-src 'self'; base-uri ${base}; form-action 'none'; frame-ancestors 'none'`;

const hashed = (text: string): string => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** For the page that has these texts in it, each as it stands there, and may say itself where its addresses begin. */
export const policyWith = ({ style, script }: { readonly style: string; readonly script: string }): string =>
  policy(hashed(script), hashed(style), "'self'");

const openerPolicy = "Cross-Origin-Opener-Policy";

/** On every answer. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy("", "", "'none'"),
  [openerPolicy]: "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** For what has its content's hash in its address. */
export const forEver = "private, max-age=31536000, immutable";
/** Smaller answers gain nothing by it. */
const leastZipped = 1_400;
const blockBytes = 256 * 1024;

/** Types that a browser may show; everything else is a download. SVG and HTML are never among them. */
const types: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  jpe: "image/jpeg",
  jfif: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  heic: "image/heic",
  heif: "image/heic",
  mp4: "video/mp4",
  m4v: "video/mp4",
  // What iPhones write plays in every browser that knows its codec, but only under this name.
  mov: "video/mp4",
  "3gp": "video/mp4",
  webm: "video/webm",
};

const shownTypes: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** By the name's ending alone. @returns undefined for what is only downloaded */
export function typeOf(name: string): string | undefined {
  return types[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
}

/** Pictures that every browser shows in a page; of HEIC that is only one browser, which gets the made one too. */
export function isShownType(type: string | undefined): boolean {
  return type !== undefined && shownTypes.has(type);
}

/** JSON, gzipped where the browser takes it. */
export async function sendJson(request: IncomingMessage, response: ServerResponse, value: unknown): Promise<void> {
  await sendText(request, response, JSON.stringify(value), "application/json; charset=utf-8", "no-store");
}

/** Text of a type, gzipped where it gains. */
export async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
  type: string,
  caching: string,
): Promise<void> {
  const isZipped = takesGzip(request) && text.length >= leastZipped;
  const body = isZipped ? await zipped(text) : Buffer.from(text);
  send(response, 200, body, {
    "Content-Type": type,
    "Cache-Control": caching,
    Vary: "Accept-Encoding",
    ...(isZipped ? { "Content-Encoding": "gzip" } : {}),
  });
}

/** What is there both ways. */
export function sendPacked(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { plain, zipped: small }: { readonly plain: Uint8Array; readonly zipped: Uint8Array },
  { type, caching, policy: own }: { readonly type: string; readonly caching: string; readonly policy?: string },
): void {
  const isZipped = takesGzip(request) && plain.length >= leastZipped;
  send(response, 200, isZipped ? small : plain, {
    "Content-Type": type,
    "Cache-Control": caching,
    Vary: "Accept-Encoding",
    ...(own === undefined ? {} : { "Content-Security-Policy": own, ...openedBy(request) }),
    ...(isZipped ? { "Content-Encoding": "gzip" } : {}),
  });
}

/**
 * No other page led here, so there is none to be parted from: asking for it all the same makes the browser begin a process and throw it
 * away for a second one, which takes longer than everything else before the first picture.
 */
const openedBy = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  headers["sec-fetch-site"] === "none" || headers["sec-fetch-site"] === "same-origin"
    ? { [openerPolicy]: "unsafe-none" }
    : {};

const takesGzip = (request: IncomingMessage): boolean =>
  /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));

/** Bytes that are there as a whole. */
export function send(
  response: ServerResponse,
  status: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...safeHeaders, "Content-Length": String(body.length), ...headers });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** A refusal, in words for whoever reads it. */
export function sendError(response: ServerResponse, status: number, code: string, error: string): void {
  sendRefusal(response, status, { error, code });
}

/** Why there is no picture, or no file of it: the page makes its own words of the reason. */
export function sendNoPicture(response: ServerResponse, reason: NoPicture, name: string): void {
  const [status, code, error] = noPictures[reason];
  sendRefusal(response, status, { error: `${name} ${error}`, code, reason });
}

/** Behind a file's name, as a sentence. */
export function noPictureWords(reason: NoPicture): string {
  return noPictures[reason][2];
}

const noPictures: Readonly<Record<NoPicture, readonly [status: number, code: string, error: string]>> = {
  gone: [404, "item-gone", "is not there now."],
  "disk-gone": [404, "item-gone", "is on a disk that is not there now."],
  "too-large": [422, "item-unreadable", "has more pixels than can be decoded."],
  damaged: [422, "item-unreadable", "is damaged."],
  "not-a-picture": [422, "item-unreadable", "is no picture that can be decoded."],
  "no-full-picture": [422, "item-unreadable", "carries no picture that can be shown."],
  "no-decoder": [501, "item-unreadable", "needs a decoder that is not installed."],
  "no-ffmpeg": [501, "item-unreadable", "needs ffmpeg, which is not installed."],
  "gave-up": [422, "item-unreadable", "took too long to decode."],
};

function sendRefusal(response: ServerResponse, status: number, refusal: ErrorAnswer): void {
  const body = Buffer.from(JSON.stringify(refusal));
  send(response, status, body, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" });
}

/** What is sent of a file. */
export interface FileAnswer {
  readonly reader: RangeReader;
  readonly type: string;
  /** Changes with the content. */
  readonly etag: string;
  readonly caching: string;
  /** Under which it is saved; without it the browser shows it. */
  readonly saveAs?: string;
}

/** A file or a range of it. A file that becomes shorter meanwhile ends the connection: a whole answer is never pretended. */
export async function sendFile(request: IncomingMessage, response: ServerResponse, file: FileAnswer): Promise<void> {
  const { reader, type, etag, caching, saveAs } = file;
  const headers = {
    ...safeHeaders,
    "Content-Type": type,
    "Accept-Ranges": "bytes",
    "Cache-Control": caching,
    ETag: etag,
    ...(saveAs === undefined ? {} : { "Content-Disposition": attachment(saveAs) }),
  };
  if (request.headers["if-none-match"] === etag) return void response.writeHead(304, headers).end();
  const asked = request.headers.range;
  const isSame = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
  const range = asked === undefined || !isSame ? undefined : rangeOf(asked, reader.size);
  if (range === "unsatisfiable")
    return void response
      .writeHead(416, { ...headers, "Content-Range": `bytes */${reader.size}`, "Content-Length": "0" })
      .end();
  const { from, to } = range ?? { from: 0, to: reader.size - 1 };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "Content-Length": String(to - from + 1),
    ...(range ? { "Content-Range": `bytes ${from}-${to}/${reader.size}` } : {}),
  });
  if (request.method === "HEAD") return void response.end();
  for (let at = from; at <= to; ) {
    const bytes = await reader.read(at, Math.min(blockBytes, to - at + 1));
    if (bytes.length === 0) return void response.destroy();
    at += bytes.length;
    if (!(await written(response, bytes))) return;
  }
  response.end();
}

/** @returns false where nobody reads any more */
export async function written(response: ServerResponse, bytes: Uint8Array): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(bytes)) return true;
  return await new Promise<boolean>((resolve) => {
    const done = (goesOn: boolean) => (): void => {
      response.off("drain", onDrain).off("close", onClose);
      resolve(goesOn);
    };
    const [onDrain, onClose] = [done(true), done(false)];
    response.once("drain", onDrain).once("close", onClose);
  });
}

/**
 * One range: `bytes=0-`, `bytes=5-9`, `bytes=-500`. Several are answered with the whole file, as anything that is no range is. Source:
 * RFC 9110, 14.1 and 14.2.
 */
export function rangeOf(header: string, size: number): { from: number; to: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [first, last] = [match[1] ?? "", match[2] ?? ""];
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { from: size - length, to: size - 1 };
  }
  const from = Number(first);
  if (from >= size) return "unsatisfiable";
  const to = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return to < from ? undefined : { from, to };
}

/** A name for saving, whatever letters it has. Source: RFC 6266. */
export function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const coded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${coded}`;
}
