/** A gallery that is open, for tests: over destinations that were made, with requests as a browser that was let in sends them. */
import { mkdtempSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gallery, openGallery } from "../../src/gallery/index.ts";
import { readCatalog } from "../../src/transfer/catalog/index.ts";
import { openDestination } from "../../src/transfer/destination/index.ts";

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Opened extends AsyncDisposable {
  readonly gallery: Gallery;
  readonly url: string;
  readonly port: number;
  readonly cookie: string;
  /** As the page would ask. */
  ask(path: string, options?: AskOptions): Promise<Answer>;
  json<T>(path: string): Promise<T>;
  post(path: string, body: unknown): Promise<Answer>;
  readonly outside: string[];
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** 14 June 2024, noon in UTC. */
export const now = Date.UTC(2024, 5, 14, 12);

export async function opened(
  roots: readonly string[],
  options: {
    readonly cacheFolder?: string;
    readonly assets?: string;
    readonly picturesBeside?: boolean;
    readonly fewFiles?: number;
  } = {},
): Promise<Opened> {
  const folders = await Promise.all(
    roots.map(async (root) => {
      const { found, place } = await openDestination(root, "/");
      return { folder: found, catalog: (await readCatalog(place.metadata))! };
    }),
  );
  const outside: string[] = [];
  const gallery = await openGallery({
    folders,
    cacheFolder: options.cacheFolder ?? mkdtempSync(join(tmpdir(), "offroll-cache-")),
    assets: options.assets ?? "/nowhere",
    picturesBeside: options.picturesBeside ?? false,
    ...(options.fewFiles === undefined ? {} : { fewFiles: options.fewFiles }),
    now: () => now,
    openOutside: async (how, path) => {
      outside.push(`${how} ${path}`);
      return true;
    },
  });
  const [url = ""] = await gallery.listen({ port: 0 });
  const port = Number(new URL(url).port);
  const welcome = await send(port, url.slice(url.indexOf("/", 8)), {});
  const cookie = String(welcome.headers["set-cookie"]?.[0]).split(";")[0]!;
  const ask = async (path: string, { headers = {}, ...rest }: AskOptions = {}): Promise<Answer> =>
    await send(port, path, { ...rest, headers: { cookie, ...headers } });
  return {
    ...{ gallery, url, port, cookie, ask, outside },
    async json(path) {
      const { status, body } = await ask(path);
      if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
      return JSON.parse(`${body}`);
    },
    post: async (path, body) =>
      await ask(path, {
        method: "POST",
        headers: { "content-type": "application/json", origin: `http://127.0.0.1:${port}` },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await gallery[Symbol.asyncDispose]();
      for (const { catalog } of folders) catalog[Symbol.dispose]();
    },
  };
}

/** Exactly what is said, over a connection of its own: `fetch` would not send such things. */
export async function send(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: AskOptions,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request(
      { port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
        response.on("error", reject);
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}
