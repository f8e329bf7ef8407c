/** A place tried before it is trusted: a megabyte of ours goes in, is read back, and is taken away again. */
import { createHash, randomBytes } from "node:crypto";
import { toAppError } from "../../shared/errors.ts";
import { metadataFolder } from "../destination/metadata-folder.ts";
import { openPlace } from "../destination/open-place.ts";
import type { DestinationFolder } from "../destination/place.ts";
import type { CopyPlace, CopyPlaceProperties } from "./copy-place.ts";
import { DiskCopyPlace } from "./disk-copy-place.ts";
import type { CopySurroundings } from "./sides.ts";

/** A promise, and whether the place keeps it. */
export interface PlaceCheck {
  readonly promise: "writes" | "reads-back" | "keeps-dates" | "never-overwrites" | "links" | "deletes-own";
  readonly isKept: boolean;
  /** Why not, or how. */
  readonly detail: string;
}

export interface PlaceTest {
  readonly place: string;
  readonly properties: CopyPlaceProperties;
  readonly checks: readonly PlaceCheck[];
  readonly freeBytes: number;
}

const testBytes = 1024 * 1024;

/** A place that is new is left as it was. @throws {DestinationError} where it cannot be locked or written at all */
export async function testPlace(found: DestinationFolder, options: CopySurroundings): Promise<PlaceTest> {
  const { clock, pid, waitForLock = false, breakLock, signal } = options;
  const place = openPlace(found);
  const { id, lock } = await place.claim({
    ...{ clock, pid, wait: waitForLock, breakStale: breakLock },
    ...(signal ? { signal } : {}),
  });
  try {
    await using copyPlace = new DiskCopyPlace(place.destination(id));
    const checks = await tryPlace(copyPlace);
    return { place: found.root, properties: copyPlace.properties, checks, freeBytes: await copyPlace.freeBytes() };
  } finally {
    await place.takeBack(id);
    lock[Symbol.dispose]();
  }
}

/** A file of ours is put in, tried in every way, and taken away. */
export async function tryPlace(place: CopyPlace): Promise<PlaceCheck[]> {
  const content = randomBytes(testBytes);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const path = `${metadataFolder}/test-${sha256.slice(0, 16)}.bin`;
  const other = path.replace(/\.bin$/, ".2.bin");
  // To the second, and even: the coarsest disks keep no more.
  const file = { path, sizeBytes: testBytes, sha256, modified: new Date(Date.UTC(2020, 1, 2, 3, 4, 6)) };
  const bytes = async function* (offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    yield content.subarray(offset);
  };
  const checks: PlaceCheck[] = [];
  const check = async (promise: PlaceCheck["promise"], body: () => Promise<string | true>): Promise<void> => {
    const result = await body().catch((error: unknown) => toAppError(error).message);
    checks.push({ promise, isKept: result === true, detail: result === true ? "" : result });
  };
  try {
    await check("writes", async () => {
      const put = await place.put(file, bytes);
      return put.type === "stored" || `it answered ${put.type}`;
    });
    await check("reads-back", async () => {
      const { found, detail } = await place.prove(file);
      return found === "whole" || detail;
    });
    await check("keeps-dates", async () => {
      const [held] = await place.list([path]);
      return held?.modifiedMs === file.modified.getTime() || "files have another date there than they were given";
    });
    await check("never-overwrites", async () => {
      const put = await place.put({ ...file, sha256: undefined }, async function* () {
        yield Buffer.alloc(testBytes);
      });
      if (put.type !== "name-taken") return `a second file of the same name was ${put.type}`;
      return (await place.prove(file)).found === "whole" || "the first one is not what it was";
    });
    await check(
      "links",
      async () => (await place.link(path, other)) === "stored" || "it has no links: albums are left out",
    );
  } finally {
    await check("deletes-own", async () => {
      await place.forget(other, sha256).catch(() => false);
      return (await place.forget(path, sha256)) || "the test file is still there";
    });
  }
  return checks;
}
