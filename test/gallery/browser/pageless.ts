/** The built program's server, with the cookie that a browser would have. */

import { send } from "../opened.ts";
import { type Running, startGallery } from "./browser.ts";

export interface Pageless extends Running {
  readonly port: number;
  readonly cookie: string;
  json<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
}

/** @param home where it keeps what is its own */
export async function openPageless(root: string, home?: string): Promise<Pageless> {
  const server = await startGallery([root], home);
  const port = Number(new URL(server.url).port);
  const welcome = await send(port, server.url.slice(server.origin.length), {});
  const cookie = String(welcome.headers["set-cookie"]).split(";")[0]!;
  const asked = async <T>(path: string, options: Parameters<typeof send>[2]): Promise<T> => {
    const { status, body } = await send(port, path, options);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(`${body}`) as T;
  };
  const headers = { cookie, origin: server.origin, "content-type": "application/json" };
  return Object.assign(server, {
    ...{ port, cookie },
    json: async <T>(path: string) => await asked<T>(path, { headers: { cookie } }),
    post: async <T>(path: string, body: object) =>
      await asked<T>(path, { method: "POST", headers, body: JSON.stringify(body) }),
  });
}
