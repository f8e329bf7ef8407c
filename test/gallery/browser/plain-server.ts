/** A plain page of pictures, served from a folder by a process of its own: what the gallery's first screen is measured beside. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";

const [folder = "."] = process.argv.slice(2);
const server = createServer((request, response) => {
  const name = basename(request.url ?? "") || "index.html";
  try {
    const content = readFileSync(join(folder, name));
    response.setHeader("content-type", name.endsWith(".jpg") ? "image/jpeg" : "text/html; charset=utf-8");
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
// It ends when whoever started it does.
process.stdin.resume().on("end", () => process.exit(0));
