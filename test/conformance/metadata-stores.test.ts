/** Both kinds of places keep what is ours alike. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalStore } from "../../src/transfer/destination/local/local-store.ts";
import { makeMemoryPlace } from "../../src/transfer/destination/memory/memory-place.ts";
import { MemoryStore } from "../../src/transfer/destination/memory/memory-store.ts";
import { temporaryFolder } from "../helpers/engine.ts";
import { testMetadataStore } from "./metadata-store.ts";

testMetadataStore("a folder", async () => {
  const root = temporaryFolder();
  const folder = join(root, ".offroll");
  mkdirSync(folder);
  return {
    store: new LocalStore(folder),
    open: () => new LocalStore(folder),
    async [Symbol.asyncDispose]() {
      rmSync(root, { recursive: true, force: true });
    },
  };
});

let places = 0;
testMetadataStore("memory", async () => {
  places += 1;
  const disk = makeMemoryPlace(`memory:store-${places}`);
  const open = (): MemoryStore => new MemoryStore(disk, disk.begin());
  return { store: open(), open, async [Symbol.asyncDispose]() {} };
});
