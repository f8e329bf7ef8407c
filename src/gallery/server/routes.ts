/** What the page may ask, address by address. Photos are named by the index's numbers; no path of a request leads to a file. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { unfolded } from "../../media/index.ts";
import { fileKind } from "../../media/kinds.ts";
import type { RangeReader } from "../../media/range-reader.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import { albumWords, type GroupAnswer, type NoPicture, type StartAnswer } from "../wire.ts";
import type { AlbumDownloads } from "./album-downloads.ts";
import type { Assets } from "./assets.ts";
import type { Baskets } from "./baskets.ts";
import { bearable } from "./bearable.ts";
import { groupsOf, placesOf, thisDay } from "./groups.ts";
import { highlightsOf } from "./highlights.ts";
import type { IndexFile } from "./index-file.ts";
import type { AlbumChange, OwnAlbums } from "./own-albums.ts";
import { type PhotoContext, photoAnswer } from "./photo-answer.ts";
import type { Made, Pictures } from "./pictures.ts";
import type { Proxies } from "./proxies.ts";
import {
  attachment,
  forEver,
  isShownType,
  safeHeaders,
  send,
  sendError,
  sendFile,
  sendJson,
  sendNoPicture,
  typeOf,
  written,
} from "./send.ts";
import { nameIn, type StoredFiles, type StoredPart, shownPart } from "./stored.ts";
import { tripsOf } from "./trips.ts";
import type { Views } from "./views.ts";

/** What the answers are made from. */
export interface Answers {
  readonly index: IndexFile;
  readonly views: Views;
  readonly files: StoredFiles;
  readonly pictures: Pictures;
  readonly albums: OwnAlbums;
  readonly baskets: Baskets;
  readonly downloads: AlbumDownloads;
  readonly proxies: Proxies;
  readonly photo: PhotoContext;
  readonly start: () => StartAnswer;
  /** Local date and time of this computer. */
  readonly now: () => Date;
  readonly assets: Assets;
  /** Shows a file in the file manager, or plays it in the system's player. @returns whether there is a program for that */
  readonly openOutside: (how: "reveal" | "play", path: string) => Promise<boolean>;
}

/** One request on its way to its answer. */
export interface Exchange extends AbortOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Groups of the address's pattern. */
  readonly words: readonly string[];
  /** The body of a POST, parsed. */
  readonly body: unknown;
}

type Handler = (answers: Answers, exchange: Exchange) => Promise<void> | void;

/** A page asks for some hundred at once. */
const mostItems = 500;
const maxTitle = 200;
/** A browser that takes nothing for so long is gone. */
const silentMs = 120_000;

const groupKinds = ["album", "person", "place", "camera", "label"] as const;

/** By method and address; the first that fits answers. */
const table: readonly (readonly ["GET" | "POST", RegExp, Handler])[] = [
  ["GET", /^\/$/, async (a, e) => await a.assets.page(e)],
  ["GET", /^\/(page\.js|page\.css|land\.json)$/, async (a, e) => await a.assets.file(e, e.words[0] as string)],
  ["GET", /^\/api\/start$/, async (a, e) => await json(e, a.start())],
  ["GET", /^\/api\/view$/, async (a, e) => await json(e, a.views.layout(viewIn(e)))],
  ["GET", /^\/api\/items$/, items],
  ["GET", /^\/api\/photo\/(\d+)$/, photo],
  ["GET", /^\/api\/groups\/(\w+)$/, groups],
  ["GET", /^\/api\/places$/, async (a, e) => await json(e, placesOf(a.index))],
  ["GET", /^\/api\/highlights$/, async (a, e) => await json(e, highlightsOf(a.index))],
  ["GET", /^\/api\/trips$/, async (a, e) => await json(e, tripsOf(a.index))],
  ["GET", /^\/api\/day$/, day],
  ["GET", /^\/t\/(\d+)\/[\w-]+\.jpg$/, small],
  ["GET", /^\/l\/(\d+)\/(\d+)\/[\w-]+$/, large],
  ["GET", /^\/f\/(\d+)\/(\d+)\/[\w-]+$/, file],
  ["GET", /^\/v\/(\d+)\/(\d+)\/[\w-]+$/, proxy],
  ["GET", /^\/api\/proxy\/(\d+)\/(\d+)$/, proxyState],
  ["GET", /^\/d\/(\d+)\/(\d+)$/, download],
  ["GET", /^\/zip\/([\w-]+)$/, zip],
  ["POST", /^\/api\/albums$/, changeAlbums],
  ["POST", /^\/api\/basket$/, basket],
  ["POST", /^\/api\/album$/, makeAlbum],
  ["GET", /^\/api\/album\/([\w-]+)$/, albumState],
  ["GET", /^\/album\/([\w-]+)$/, album],
  ["POST", /^\/api\/(reveal|play)$/, outside],
];

/** Finds who answers. @returns 404 or 405 where nobody does */
export function routeOf(method: string, path: string): { handler: Handler; words: string[] } | 404 | 405 {
  let status: 404 | 405 = 404;
  for (const [of, pattern, handler] of table) {
    const match = pattern.exec(path);
    if (!match) continue;
    if (of === (method === "HEAD" ? "GET" : method)) return { handler, words: match.slice(1) };
    status = 405;
  }
  return status;
}

async function json({ request, response }: Exchange, value: unknown): Promise<void> {
  await sendJson(request, response, value);
}

const viewIn = ({ query }: Exchange): string => (query.get("view") ?? "").slice(0, 2_000);

async function items({ views }: Answers, exchange: Exchange): Promise<void> {
  const number = (name: string): number => Math.max(0, Math.trunc(Number(exchange.query.get(name)) || 0));
  await json(exchange, views.items(viewIn(exchange), number("from"), Math.min(mostItems, number("count"))));
}

async function photo({ photo: context }: Answers, exchange: Exchange): Promise<void> {
  const answer = await photoAnswer(context, Number(exchange.words[0]));
  if (answer) await json(exchange, answer);
  else noPhoto(exchange);
}

function noPhoto({ response }: Exchange): void {
  sendError(response, 404, "item-not-found", "There is no such photo.");
}

async function groups({ index, albums }: Answers, exchange: Exchange): Promise<void> {
  const kind = groupKinds.find((k) => k === exchange.words[0]);
  if (exchange.words[0] === "own") return await json(exchange, albums.list());
  if (kind) await json(exchange, groupsOf(index, kind));
  else sendError(exchange.response, 404, "item-not-found", "There is no such page.");
}

async function day({ index, now }: Answers, exchange: Exchange): Promise<void> {
  const today = now();
  const asked = Number(exchange.query.get("on")) || (today.getMonth() + 1) * 100 + today.getDate();
  await json(
    exchange,
    thisDay(index, asked, today.getFullYear() + (exchange.query.has("on") ? 1 : 0)) satisfies GroupAnswer[],
  );
}

async function small({ pictures, files }: Answers, exchange: Exchange): Promise<void> {
  const parts = files.parts(Number(exchange.words[0]));
  const part = shownPart(parts);
  if (!part) return noPhoto(exchange);
  picture(exchange, part, await pictures.small(Number(exchange.words[0]), exchange));
}

async function large({ pictures, files }: Answers, exchange: Exchange): Promise<void> {
  const [id, n] = [Number(exchange.words[0]), Number(exchange.words[1])];
  const part = files.parts(id).find((p) => p.n === n);
  if (!part) return noPhoto(exchange);
  picture(exchange, part, await pictures.large(id, n, exchange));
}

function picture({ response }: Exchange, part: StoredPart, made: Made): void {
  if ("why" in made) return sendNoPicture(response, made.why, nameIn(part));
  send(response, 200, made.jpeg, { "Content-Type": "image/jpeg", "Cache-Control": forEver });
}

/** A file for the page to show. What browsers do not show safely is only downloaded. */
async function file(answers: Answers, exchange: Exchange): Promise<void> {
  await stored(answers, exchange, (part) => ({
    type: typeOf(part.target),
    isSaved: typeOf(part.target) === undefined,
  }));
}

async function proxyState({ proxies }: Answers, exchange: Exchange): Promise<void> {
  const state = await proxies.wait(Number(exchange.words[0]), Number(exchange.words[1]), exchange);
  if (state) await json(exchange, { state });
  else noPhoto(exchange);
}

async function proxy({ proxies }: Answers, exchange: Exchange): Promise<void> {
  await using made = await proxies.open(Number(exchange.words[0]), Number(exchange.words[1]));
  if (!made) return noPhoto(exchange);
  const { reader } = made;
  const etag = `"${reader.size.toString(36)}"`;
  await sendFile(exchange.request, exchange.response, { reader, type: "video/mp4", etag, caching: "no-store" });
}

async function download(answers: Answers, exchange: Exchange): Promise<void> {
  await stored(answers, exchange, () => ({ type: undefined, isSaved: true }));
}

async function stored(
  { files }: Answers,
  exchange: Exchange,
  how: (part: StoredPart) => { readonly type: string | undefined; readonly isSaved: boolean },
): Promise<void> {
  const parts = files.parts(Number(exchange.words[0]));
  const part = parts.find((p) => p.n === Number(exchange.words[1]));
  if (!part) return noPhoto(exchange);
  await using opened = await files.open(part, parts);
  if (!opened) return sendNoPicture(exchange.response, await files.whyAway(parts), nameIn(part));
  const { type, isSaved } = how(part);
  const { reader, modifiedMs } = opened;
  // Another file may have its name since the page was told that it can be shown.
  if (!isSaved && isShownType(type) && !(await bearable(reader)).zoomed)
    return sendNoPicture(exchange.response, await whyNotShown(reader), nameIn(part));
  await sendFile(exchange.request, exchange.response, {
    reader,
    type: type ?? "application/octet-stream",
    etag: `"${reader.size.toString(36)}-${Math.round(modifiedMs).toString(36)}"`,
    caching: isSaved ? "no-store" : "private, no-cache",
    ...(isSaved ? { saveAs: nameIn(part) } : {}),
  });
}

async function zip({ baskets }: Answers, exchange: Exchange): Promise<void> {
  const { words, signal } = exchange;
  await sendZip(exchange, baskets.open(words[0] as string, signal ? { signal } : {}));
}

/** One whose length is not known before it is made comes in pieces; one that ends early is cut off, which a browser says. */
async function sendZip(
  { request, response }: Exchange,
  found:
    | { readonly name: string; readonly sizeBytes?: number | undefined; readonly bytes: AsyncIterable<Uint8Array> }
    | undefined,
): Promise<void> {
  if (!found) return sendError(response, 404, "item-not-found", "That download is over. Select the photos again.");
  const { name, sizeBytes, bytes: all } = found;
  response.writeHead(200, {
    ...safeHeaders,
    "Content-Type": "application/zip",
    "Content-Disposition": attachment(name),
    ...(sizeBytes === undefined ? {} : { "Content-Length": String(sizeBytes) }),
    "Cache-Control": "no-store",
  });
  if (request.method === "HEAD") return void response.end();
  // A movie may take minutes in which nothing is sent: only a browser that does not read counts as silent.
  response.setTimeout(0);
  try {
    for await (const bytes of all) {
      response.setTimeout(silentMs);
      if (!(await written(response, bytes))) return;
      response.setTimeout(0);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

/** A picture of a format that is not given as it is gets a refusal too: it is asked for as a made one. */
async function whyNotShown(reader: RangeReader): Promise<NoPicture> {
  return (await unfolded(reader)) ? "too-large" : "not-a-picture";
}

async function changeAlbums({ albums, views, now }: Answers, exchange: Exchange): Promise<void> {
  const change = changeIn(exchange.body);
  if (!change) return sendError(exchange.response, 400, "usage", "That is no change of an album.");
  const result = await albums.change(change, now());
  views.forget();
  await json(exchange, result);
}

function changeIn(body: unknown): AlbumChange | undefined {
  const change = (body ?? {}) as Readonly<Record<string, unknown>>;
  const { album, title } = change;
  const photos = Array.isArray(change["photos"]) ? change["photos"].filter(Number.isSafeInteger) : [];
  const isNamed = typeof album === "string";
  switch (change["do"]) {
    case "make":
      return typeof title === "string" ? { do: "make", title, photos } : undefined;
    case "add":
    case "take-out":
      return isNamed ? { do: change["do"], album, photos } : undefined;
    case "rename":
      return isNamed && typeof title === "string" ? { do: "rename", album, title } : undefined;
    case "remove":
      return isNamed ? { do: "remove", album } : undefined;
    default:
      return undefined;
  }
}

async function basket({ baskets }: Answers, exchange: Exchange): Promise<void> {
  const { photos, what } = (exchange.body ?? {}) as { photos?: unknown; what?: unknown };
  const ids = Array.isArray(photos) ? photos.filter(Number.isSafeInteger) : [];
  if (ids.length === 0) return sendError(exchange.response, 400, "usage", "No photo is selected.");
  const filled = await baskets.fill(ids, what === "all" || what === "jpeg" ? what : "shown", exchange);
  if (filled.files > 0) return await json(exchange, filled);
  sendError(exchange.response, 404, "item-gone", "None of these files is there now. Is their disk plugged in?");
}

/** A selection as an album to take along; fetched at the address that comes back. */
async function makeAlbum({ downloads }: Answers, exchange: Exchange): Promise<void> {
  const body = (exchange.body ?? {}) as Readonly<Record<string, unknown>>;
  const ids = Array.isArray(body["photos"]) ? body["photos"].filter(Number.isSafeInteger) : [];
  const wanted: readonly unknown[] = Array.isArray(body["with"]) ? body["with"] : [];
  const title = typeof body["title"] === "string" ? body["title"].trim().slice(0, maxTitle) : "";
  const { key } = downloads.fill(ids, title || "Photos", new Set(albumWords.filter((word) => wanted.includes(word))));
  await json(exchange, { key, url: `/album/${key}` });
}

async function albumState({ downloads }: Answers, exchange: Exchange): Promise<void> {
  const state = downloads.state(exchange.words[0] as string);
  if (state) await json(exchange, state);
  else sendError(exchange.response, 404, "item-not-found", "That download is over.");
}

async function album({ downloads }: Answers, exchange: Exchange): Promise<void> {
  const { words, signal } = exchange;
  await sendZip(exchange, downloads.open(words[0] as string, signal ? { signal } : {}));
}

async function outside({ files, openOutside }: Answers, exchange: Exchange): Promise<void> {
  const { id, n } = (exchange.body ?? {}) as { id?: unknown; n?: unknown };
  const parts = files.parts(Number(id));
  const part = parts.find((p) => p.n === Number(n));
  if (!part) return noPhoto(exchange);
  const path = await files.plainPath(part, parts);
  if (path === undefined) return sendNoPicture(exchange.response, await files.whyAway(parts), nameIn(part));
  const how = exchange.words[0] === "play" && fileKind(part.target) === "video" ? "play" : "reveal";
  if (await openOutside(how, path)) return await json(exchange, {});
  sendError(exchange.response, 501, "usage", `No program for that was found. The file is ${path}.`);
}
