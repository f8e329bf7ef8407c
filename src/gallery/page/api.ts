/** What the page asks of the server. One that no longer answers is told once, by whoever listens. */
import type {
  AlbumAnswer,
  AlbumWord,
  ErrorAnswer,
  GroupAnswer,
  HighlightsAnswer,
  ItemsAnswer,
  NoPicture,
  PhotoAnswer,
  PlacesAnswer,
  StartAnswer,
  ViewAnswer,
} from "../wire.ts";

/** The server's own words for why it did not do what was asked. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

let whenGone: () => void = () => {};

/** Called when the server does not answer: offroll was ended. */
export function onGone(listener: () => void): void {
  whenGone = listener;
}

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (!options.signal?.aborted) whenGone();
    throw error;
  }
  if (response.ok) return (await response.json()) as T;
  const refusal = (await response.json().catch(() => undefined)) as ErrorAnswer | undefined;
  throw new Refused(response.status, refusal?.error ?? "That could not be answered.");
}

const addresses = new Set(["picture", "originalPicture", "full", "made", "url", "proxy", "download"]);

/** What an answer leads to is of the same index as the page. */
function ofThisIndex<T>(answer: T): T {
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    typeof value === "string" && addresses.has(key) ? value.replace(/^\//, "") : value,
  ) as T;
}

const post = async <T>(path: string, body: object): Promise<T> =>
  await ask<T>(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

const viewQuery = (view: string): string => `view=${encodeURIComponent(view)}`;

export const api = {
  start: async () => await ask<StartAnswer>("api/start"),
  view: async (view: string, signal?: AbortSignal) =>
    await ask<ViewAnswer>(`api/view?${viewQuery(view)}`, signal ? { signal } : {}),
  items: async (view: string, from: number, count: number) =>
    await ask<ItemsAnswer>(`api/items?${viewQuery(view)}&from=${from}&count=${count}`),
  photo: async (id: number) => ofThisIndex(await ask<PhotoAnswer>(`api/photo/${id}`)),
  groups: async (kind: string) => await ask<GroupAnswer[]>(`api/groups/${kind}`),
  places: async () => await ask<PlacesAnswer>("api/places"),
  highlights: async () => await ask<HighlightsAnswer>("api/highlights"),
  trips: async () => await ask<GroupAnswer[]>("api/trips"),
  day: async (on?: number) => await ask<GroupAnswer[]>(on === undefined ? "api/day" : `api/day?on=${on}`),
  /** How far the smaller copy of a movie is: asking begins it, and while somebody asks it goes on. The answer takes some seconds. */
  proxy: async (id: number, n: number, signal: AbortSignal) =>
    await ask<{ state: "making" | "ready" | "failed" }>(`api/proxy/${id}/${n}`, { signal }),
  albums: async (change: object) => await post<{ album: string }>("api/albums", change),
  basket: async (photos: readonly number[], what: "shown" | "all" | "jpeg") =>
    ofThisIndex(
      await post<{ url: string; files: number; sizeBytes: number | null; missing: number }>("api/basket", {
        photos,
        what,
      }),
    ),
  /** A selection as an album to take along. */
  album: async (photos: readonly number[], title: string, words: readonly AlbumWord[]) =>
    ofThisIndex(await post<{ key: string; url: string }>("api/album", { photos, title, with: words })),
  albumState: async (key: string) => await ask<AlbumAnswer>(`api/album/${key}`),
  outside: async (how: "reveal" | "play", id: number, n: number) => await post<object>(`api/${how}`, { id, n }),
};

/** Why a picture is not shown. `browser`: it came, and the browser could not use it. Without a reason: what else was said. */
export type WhyNot = { readonly why: NoPicture | "browser" } | { readonly why?: undefined; readonly said: string };

/** Asks once more for what an element could not show: elements are told nothing of an answer but that it failed. */
export async function whyNot(url: string): Promise<WhyNot> {
  try {
    const response = await fetch(url, { headers: { Range: "bytes=0-0" } });
    if (response.ok) return { why: "browser" };
    const refusal = (await response.json().catch(() => undefined)) as ErrorAnswer | undefined;
    return refusal?.reason ? { why: refusal.reason } : { said: refusal?.error ?? "That could not be answered." };
  } catch {
    whenGone();
    return { said: "offroll does not answer." };
  }
}
