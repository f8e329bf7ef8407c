/** The server: it listens on this computer, lets in who has its key, and answers one request like the other. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AppError, DestinationError, UsageError } from "../../shared/errors.ts";
import { Guard } from "./guard.ts";
import { routeOf } from "./routes.ts";
import { safeHeaders, send, sendError } from "./send.ts";
import type { Shown } from "./shown.ts";
import { tellIndex } from "./tell-index.ts";
import type { WaitingPage } from "./waiting-page.ts";

/** How long others may take, in milliseconds, and how many they may be. */
const limits = {
  headersMs: 10_000,
  requestMs: 30_000,
  /** Between two looks at who takes longer. */
  lookedAfterMs: 5_000,
  silentMs: 120_000,
  keepAliveMs: 15_000,
  connections: 256,
} as const;
const maxBodyBytes = 8 * 1024 * 1024;

/** Where it listens. */
export interface ListenOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Also other computers of this network may ask. @default false */
  readonly lan?: { readonly addresses: readonly string[] };
}

/** Who is asked. */
interface Asked {
  readonly shown: Shown;
  readonly waiting: WaitingPage;
  readonly look: () => Promise<void>;
}

/** One server that runs. Dispose it to end it and every connection. */
export class GalleryServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #guard = new Guard();
  readonly #asked: Asked;
  #urls: readonly string[] = [];

  /**
   * @param waiting is shown while there is no index
   * @param look called when a page asks whether there is anything new
   */
  constructor(shown: Shown, waiting: WaitingPage, look: () => Promise<void>) {
    this.#asked = { shown, waiting, look };
    this.#server = createServer(
      {
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        connectionsCheckingInterval: limits.lookedAfterMs,
        keepAliveTimeout: limits.keepAliveMs,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = limits.connections;
    this.#server.timeout = limits.silentMs;
    this.#server.on("clientError", (_, socket) => socket.destroy());
  }

  /** Addresses with their key, this computer's own first. */
  get urls(): readonly string[] {
    return this.#urls;
  }

  /** @throws {UsageError} where the port is somebody else's */
  async listen({ port, lan }: ListenOptions): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.#server.once("error", (error: NodeJS.ErrnoException) => listening.reject(cannotListen(error, port)));
    this.#server.listen({ port, host: lan ? "0.0.0.0" : "127.0.0.1", exclusive: true }, () => listening.resolve());
    await listening.promise;
    const at = this.#server.address();
    const own = typeof at === "object" && at ? at.port : port;
    const names = ["127.0.0.1", ...(lan?.addresses ?? [])];
    this.#guard.listensAt(names, own);
    this.#urls = names.map((name) => `http://${name}:${own}/?key=${this.#guard.token}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    response.on("error", () => gone.abort());
    try {
      const verdict = this.#guard.judge(request);
      if (verdict.allow === "no") return sendError(response, verdict.status, "not-allowed", verdict.why);
      if (verdict.allow === "welcome") return welcome(request, response, verdict.cookie);
      await answer(this.#asked, request, response, gone.signal);
    } catch (error) {
      refuse(response, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/**
 * To the address without the key. Where another page led here (a file that was opened, a link in a message), a redirect would still be
 * that page's, and browsers keep the cookie back: then a page of our own leads on.
 */
function welcome(request: IncomingMessage, response: ServerResponse, cookie: string): void {
  const headers = { "Set-Cookie": cookie, "Cache-Control": "no-store" };
  const site = request.headers["sec-fetch-site"];
  if (site !== "cross-site" && site !== "same-site")
    return void response.writeHead(302, { ...safeHeaders, ...headers, Location: "/", "Content-Length": "0" }).end();
  const page =
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Photos</title>';
  send(response, 200, Buffer.from(page), { ...headers, "Content-Type": "text/html; charset=utf-8" });
}

async function answer(
  { shown, waiting, look }: Asked,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const [whole = "/", query = ""] = url.split("?", 2);
  const { path, generation } = addressed(whole);
  if (path === "/api/index" && method !== "POST") {
    await look();
    return tellIndex(shown, request, response);
  }
  const answers = shown.answers(path === "/" ? undefined : generation);
  if (answers === "over")
    return sendError(response, 410, "gallery-renewed", "Photos have changed. Load the page anew.");
  if (answers === "making") {
    if (path === "/" && method !== "POST") return await waiting.page({ request, response });
    return sendError(response, 503, "not-yet", "The photos are being read.");
  }
  const route = routeOf(method, path);
  if (route === 404) return sendError(response, 404, "not-found", "There is nothing at this address.");
  if (route === 405) return sendError(response, 405, "not-allowed", "That is not asked in this way.");
  const body = method === "POST" ? await bodyOf(request) : undefined;
  await route.handler(answers, {
    request,
    response,
    query: new URLSearchParams(query),
    words: route.words,
    body,
    signal,
  });
}

/** `/g2/api/start` is asked by a page of the second index; those of the first have nothing before their addresses. */
function addressed(whole: string): { readonly path: string; readonly generation: number } {
  const [, n, path] = /^\/g(\d{1,6})(\/.*)$/.exec(whole) ?? [];
  return path === undefined ? { path: whole, generation: 1 } : { path, generation: Number(n) };
}

/** @throws {UsageError} where it is not JSON, or too much */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    throw new UsageError("usage", "Only JSON is taken.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new UsageError("usage", "That is more than can be taken at once.");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new UsageError("usage", "That is no JSON.");
  }
}

/** What is wrong with one request is told to who asked, and ends nothing else. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const { code = "unexpected", message = "" } = error as Partial<AppError>;
  const status = error instanceof UsageError ? 400 : error instanceof DestinationError ? 409 : 500;
  sendError(response, status, String(code), status === 500 ? "That could not be answered." : message);
}

function cannotListen(error: NodeJS.ErrnoException, port: number): unknown {
  if (error.code === "EADDRINUSE")
    return new UsageError("usage", `Port ${port} is in use by another program.`, {
      remedy: "Leave --port out: any free one is taken.",
    });
  if (error.code === "EACCES")
    return new UsageError("usage", `You may not listen on port ${port}.`, { remedy: "Choose one above 1023." });
  return error;
}
