/**
 * What every source promises, tried on somebody's own phone: only reading, on a few small files. The conformance suite of the tests
 * knows the truth beforehand; here the phone is held against itself.
 */
import { createHash } from "node:crypto";
import type { AbortOptions } from "../shared/abort.ts";
import { AppError } from "../shared/errors.ts";
import { isUnreadable, type MediaItem, type MediaSource, photoAreas, readRange } from "./media-source.ts";

export interface SelfCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

const filesRead = 3;
/** A file up to this size is read whole for a check. */
const mostBytes = 8 * 1024 * 1024;
const headBytes = 64 * 1024;

/** Never throws for what the phone does wrong. @throws {DeviceError} when it goes away */
export async function selfCheck(source: MediaSource, options: AbortOptions = {}): Promise<SelfCheck[]> {
  const checks: SelfCheck[] = [];
  const items: MediaItem[] = [];
  let unreadable = 0;
  for await (const entry of source.list({ ...options, areas: photoAreas })) {
    if (isUnreadable(entry)) unreadable += 1;
    else items.push(entry);
  }
  const paths = new Set(items.map((i) => i.path));
  checks.push({
    check: "listing",
    ok: paths.size === items.length && unreadable === 0,
    detail: `${items.length} files, ${items.length - paths.size} of them twice, ${unreadable} that it does not let us look at`,
  });
  const some = items
    .filter((i) => i.sizeBytes > 0 && i.sizeBytes <= mostBytes)
    .sort((a, b) => a.sizeBytes - b.sizeBytes)
    .slice(-filesRead);
  if (some.length === 0) return checks;
  const [first] = some as [MediaItem, ...MediaItem[]];
  const run = async (check: string, work: () => Promise<string | undefined>, good: string): Promise<void> => {
    const problem = await work().catch((error: unknown) => {
      if (error instanceof AppError && error.scope === "item") return error.message;
      throw error;
    });
    checks.push({ check, ok: problem === undefined, detail: problem ?? good });
  };
  const whole = (item: MediaItem): Promise<Buffer> =>
    readRange(source, item, { ...options, offset: 0, length: item.sizeBytes });
  const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

  await run(
    "sizes",
    async () =>
      firstOf(
        await Promise.all(
          some.map(async (item) => {
            const { length } = await whole(item);
            return length === item.sizeBytes ? undefined : `${item.path}: ${length} bytes instead of ${item.sizeBytes}`;
          }),
        ),
      ),
    `${some.length} files are as long as they were listed`,
  );
  await run(
    "again",
    async () => {
      const [once, twice] = [await Promise.all(some.map(whole)), await Promise.all(some.map(whole))];
      return once.every((bytes, i) => bytes.equals(twice[i] as Buffer)) ? undefined : "files read twice differ";
    },
    "read twice at once, they are the same",
  );
  if (source.capabilities.resume)
    await run(
      "from the middle",
      async () => {
        const bytes = await whole(first);
        const at = Math.floor(first.sizeBytes / 2);
        const rest = await readRange(source, first, { ...options, offset: at, length: first.sizeBytes - at });
        return rest.equals(bytes.subarray(at)) ? undefined : `${first.path}: its second half differs`;
      },
      "a read from the middle fits",
    );
  await run(
    "left early",
    async () => {
      for await (const _ of source.read(first, options)) break;
      const head = await readRange(source, first, {
        ...options,
        offset: 0,
        length: Math.min(headBytes, first.sizeBytes),
      });
      return head.length > 0 ? undefined : "nothing comes any more";
    },
    "a read that was left leaves the phone usable",
  );
  await run(
    "unchanged",
    async () => {
      await source.stat(first, options); // this answer may rest on the read a moment ago
      const now = await source.stat(first, options);
      const same = now.sizeBytes === first.sizeBytes && now.modifiedAt?.getTime() === first.modifiedAt?.getTime();
      return same ? undefined : `${first.path}: size or date is another one when it is asked for alone`;
    },
    "size and date are the same when asked for alone",
  );
  const { hashOnPhone } = source;
  if (hashOnPhone)
    await run(
      "hash",
      async () => {
        const [ours, theirs] = [hash(await whole(first)), await hashOnPhone.call(source, first, options)];
        return ours === theirs ? undefined : `${first.path}: the phone computes another hash`;
      },
      "the phone computes the same hash",
    );
  return checks;
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((p) => p !== undefined);
}
