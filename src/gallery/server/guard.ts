/**
 * Who may ask: the browser that was given the token, from this server's own pages, by this server's own name. A page of another site
 * has neither the cookie (SameSite) nor this Origin; a name that was made to lead here (DNS rebinding) is not this Host.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

type Asked = Pick<IncomingMessage, "method" | "headers" | "headersDistinct" | "url">;

/** Why a request is refused, or how it goes on. */
export type Verdict =
  | { readonly allow: "pass" }
  | { readonly allow: "welcome"; readonly cookie: string }
  | { readonly allow: "no"; readonly status: 403 | 405 | 421; readonly why: string };

const tokenBytes = 24;

/** One server's secret and name. */
export class Guard {
  /** In the address that a person opens. */
  readonly token = randomBytes(tokenBytes).toString("base64url");
  /** In the cookie, so that what stands in a browser's history opens nothing after the server's end. */
  readonly #session = randomBytes(tokenBytes).toString("base64url");
  #hosts: ReadonlySet<string> = new Set();
  #cookie = "offroll";

  /** @param names under which the server may be asked: this computer's own address, and its others with `--lan` */
  listensAt(names: readonly string[], port: number): void {
    this.#hosts = new Set(names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]));
    // Cookies know no ports: two galleries at a time must not take each other's away.
    this.#cookie = `offroll_${port}`;
  }

  judge({ method, headers, headersDistinct, url = "" }: Asked): Verdict {
    // Of two names each reader would take another one. Source: RFC 9112, 3.2.
    const [host = "", ...others] = headersDistinct["host"] ?? [];
    if (others.length > 0 || !this.#hosts.has(host.toLowerCase()))
      return no(421, "This address is not the gallery's. Open the one that offroll printed.");
    if (method !== "GET" && method !== "HEAD" && method !== "POST")
      return no(405, "Only GET, HEAD and POST are answered.");
    const token = method === "GET" ? tokenIn(url) : undefined;
    if (token !== undefined && isSame(token, this.token))
      return { allow: "welcome", cookie: `${this.#cookie}=${this.#session}; Path=/; HttpOnly; SameSite=Strict` };
    if (isFromElsewhere(headers, this.#hosts)) return no(403, "Another site's page may not ask this one.");
    if (method === "POST" && headers.origin === undefined)
      return no(403, "A change must come from the gallery's own page.");
    if (!isSame(cookieIn(headers, this.#cookie) ?? "", this.#session))
      return no(403, "Open the whole address that offroll printed in the terminal: it ends in a key.");
    return { allow: "pass" };
  }
}

const no = (status: 403 | 405 | 421, why: string): Verdict => ({ allow: "no", status, why });

function isFromElsewhere(headers: IncomingHttpHeaders, hosts: ReadonlySet<string>): boolean {
  const { origin } = headers;
  if (origin !== undefined && !(origin.startsWith("http://") && hosts.has(origin.slice("http://".length)))) return true;
  const site = headers["sec-fetch-site"];
  return site === "cross-site" || site === "same-site";
}

function tokenIn(url: string): string | undefined {
  const query = /^\/\?(.*)$/.exec(url)?.[1];
  return query === undefined ? undefined : (new URLSearchParams(query).get("key") ?? undefined);
}

function cookieIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const pair of (headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=");
    if (key === name) return value;
  }
  return undefined;
}

/** In a time that says nothing of where they differ. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
