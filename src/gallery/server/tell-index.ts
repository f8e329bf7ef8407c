/** How far the index is, told as it goes on: server-sent events, which end with it. Source: the HTML standard, 9.2. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { IndexAnswer } from "../wire.ts";
import { safeHeaders } from "./send.ts";
import type { Shown } from "./shown.ts";

/** @param shown told of until it is ready, or failed */
export function tellIndex(shown: Shown, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    ...safeHeaders,
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
  });
  if (request.method === "HEAD") return void response.end();
  // A slow disk may be silent for minutes.
  response.setTimeout(0);
  let last = "";
  const stop = shown.watch((state: IndexAnswer) => {
    const told = `data: ${JSON.stringify(state)}\n\n`;
    if (told === last || response.writableEnded) return;
    last = told;
    response.write(told);
    if (state.state !== "making") response.end();
  });
  response.on("close", stop);
}
