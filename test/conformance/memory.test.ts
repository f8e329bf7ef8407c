/** The in-memory seams are held to the same suites as the real ones. */

import { MemorySource } from "../fakes/memory-source.ts";
import { keptByPhotos, testMediaSource } from "./media-source.ts";

testMediaSource(
  "a source in memory",
  async () => {
    const truth = new Map([
      ["/DCIM/100APPLE/a.JPG", Buffer.alloc(5_000, 1)],
      ["/DCIM/100APPLE/b.JPG", Buffer.alloc(0)],
      ["/DCIM/101APPLE/bad.JPG", Buffer.alloc(700, 2)],
    ]);
    const unreadable = new Set(["/DCIM/101APPLE/bad.JPG"]);
    const kept = new Map([
      [keptByPhotos.database, Buffer.alloc(900, 3)],
      [keptByPhotos.thumbnail, Buffer.alloc(90, 4)],
    ]);
    const source = new MemorySource(new Map([...truth, ...kept]), unreadable);
    const modifiedAt = new Date("2024-05-01T00:00:00Z");
    const silence = (): void => {
      source.isSilent = true;
    };
    return { source, truth, unreadable, kept, modifiedAt, silence, async [Symbol.asyncDispose]() {} };
  },
  { silent: true },
);
