/** The page's own files, and the page itself with the first answers in it; each packed once and kept packed. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { readPlainFile, readPlainText } from "../../shared/plain-file.ts";
import { type FirstAnswer, type StartAnswer, stretch } from "../wire.ts";
import { policyWith, sendPacked } from "./send.ts";
import type { Views } from "./views.ts";

const zip = promisify(gzip);
/** Pictures that the browser asks for before the page's script runs: a row. Each more would be worked on before the first is drawn. */
const preloaded = 4;
const maxAssetBytes = 8 * 1024 * 1024;
const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
};

/** A request with its answer. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Packed {
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

/** A page with what may run in it. */
export interface PackedPage {
  readonly packed: Packed;
  readonly policy: string;
}

/** @param exchange answered with the page, which no browser keeps */
export function sendPage(exchange: Asked, { packed, policy }: PackedPage): void {
  sendPacked(exchange, packed, { type: types["html"] as string, caching: "no-store", policy });
}

/** A file of the built page. */
export function pageText(folder: string, name: string): string {
  return readPlainText(join(folder, name), { maxBytes: maxAssetBytes }).trim();
}

/** What a browser loads first. */
export class Assets {
  readonly #folder: string;
  readonly #start: () => StartAnswer;
  readonly #views: Views;
  readonly #kept = new Map<string, Promise<Packed>>();
  #page: Promise<PackedPage> | undefined;
  #pageKey = "";

  /** @param folder of the built page */
  constructor(folder: string, start: () => StartAnswer, views: Views) {
    this.#folder = folder;
    this.#start = start;
    this.#views = views;
  }

  /** With the first answers in it, so that the first pictures wait for no question. */
  async page(exchange: Asked): Promise<void> {
    const start = JSON.stringify(this.#start());
    const key = `${this.#views.generation} ${start}`;
    if (!this.#page || this.#pageKey !== key) {
      this.#pageKey = key;
      this.#page = this.#pageOf();
    }
    sendPage(exchange, await this.#page);
  }

  /** @param name one that the routes know */
  async file(exchange: Asked, name: string): Promise<void> {
    let kept = this.#kept.get(name);
    if (!kept) {
      kept = pack(readPlainFile(join(this.#folder, name), { maxBytes: maxAssetBytes }));
      this.#kept.set(name, kept);
    }
    const type = types[/\w+$/.exec(name)?.[0] ?? ""] ?? "application/octet-stream";
    sendPacked(exchange, await kept, { type, caching: "no-cache" });
  }

  /**
   * The first screen's styles and script stand in the page: each file to be asked for would be waited for before the first picture.
   * They run by their hashes, and nothing else that stands in it would. The answers are JSON in a script that is none: no browser runs
   * it, and nothing in it can end it.
   */
  async #pageOf(): Promise<PackedPage> {
    const [html = "", style = "", script = ""] = ["index.html", "first.css", "first.js"].map((name) =>
      pageText(this.#folder, name),
    );
    const first: FirstAnswer = {
      start: this.#start(),
      view: this.#views.head(""),
      items: this.#views.items("", 0, stretch),
    };
    const { id, v } = first.items;
    const preload = id.slice(0, preloaded).map((n, i) => `<link rel="preload" as="image" href="t/${n}/${v[i]}.jpg">`);
    const json = `<script type="application/json" id="first">${JSON.stringify(first).replaceAll("<", "\\u003c")}</script>`;
    const text = html
      .replace("<!--base-->", first.start.generation === 1 ? "" : `<base href="/g${first.start.generation}/">`)
      .replace("<!--pictures-->", () => preload.join(""))
      .replace("<!--style-->", () => `<style>${style}</style>`)
      .replace("<!--first-->", () => `${json}<script>${script}</script>`);
    return await packedPage(text, { style, script });
  }
}

/** @param own what stands in the page, and may run in it */
export async function packedPage(
  text: string,
  own: { readonly style: string; readonly script: string },
): Promise<PackedPage> {
  return { packed: await pack(Buffer.from(text)), policy: policyWith(own) };
}

async function pack(plain: Buffer): Promise<Packed> {
  return { plain, zipped: await zip(plain) };
}
