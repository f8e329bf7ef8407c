/** The built program's server, with the cookie that a browser would have. */

import { send } from "../opened.ts";
import { type Running, startGallery } from "./browser.ts";

export async function openPageless(root: string): Promise<Running & { port: number; cookie: string }> {
  const server = await startGallery([root]);
  const port = Number(new URL(server.url).port);
  const welcome = await send(port, server.url.slice(server.origin.length), {});
  return Object.assign(server, { port, cookie: String(welcome.headers["set-cookie"]).split(";")[0]! });
}
