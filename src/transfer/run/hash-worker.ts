/** Hashes files' contents beside the thread that receives them. One hash per id; the memory is shared, not copied. */
import { createHash, type Hash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import type { HashReply, HashRequest } from "./content-hash.ts";

const hashes = new Map<number, Hash>();

parentPort?.on("message", ({ id, chunk }: HashRequest) => {
  const hash = hashes.get(id) ?? createHash("sha256");
  if (chunk) {
    hashes.set(id, hash.update(chunk));
    parentPort?.postMessage({ id } satisfies HashReply);
  } else {
    hashes.delete(id);
    parentPort?.postMessage({ id, sha256: hash.digest("hex") } satisfies HashReply);
  }
});
