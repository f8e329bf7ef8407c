/** Copies of movies that a browser cannot play: one at a time, while somebody waits, of plain files alone, and gone afterwards. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { newOwnMovie, sweepOwnMovies } from "../../src/gallery/server/own-movies.ts";
import { openParts } from "../../src/gallery/server/parts.ts";
import { Proxies } from "../../src/gallery/server/proxies.ts";
import { readCatalog } from "../../src/transfer/catalog/index.ts";
import { openDestination } from "../../src/transfer/destination/index.ts";
import { makeDestination } from "../helpers/made-destination.ts";
import { now } from "./opened.ts";

/** Time that passes when the test says so. */
class HandClock {
  readonly #waiting = new Map<number, (() => void)[]>();
  now = (): number => now;
  async sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.set(ms, [...(this.#waiting.get(ms) ?? []), resolve]);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    await promise;
  }
  /** Everybody who waits for so long has done so. */
  pass(ms: number): void {
    for (const resolve of this.#waiting.get(ms)?.splice(0) ?? []) resolve();
  }
}

/** Makes a copy when the test says so. */
class HandConverter {
  readonly isInstalled = true;
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  #begin = Promise.withResolvers<void>();
  readonly #finish = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  async toBareMp4(from: string, to: string, _height: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    this.begun.push(basename(from));
    writeFileSync(to, "half");
    this.#begin.resolve();
    const aborted = Promise.withResolvers<never>();
    signal?.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
    try {
      await Promise.race([this.#finish.promise, aborted.promise]);
      writeFileSync(to, "whole");
    } finally {
      this.ended.push(basename(from));
      this.#over.resolve();
    }
  }
  async next(): Promise<void> {
    await this.#begin.promise;
    this.#begin = Promise.withResolvers();
  }
  /** The first has ended. */
  async over(): Promise<void> {
    await this.#over.promise;
  }
  /** This one, and all from now on. */
  finish(): void {
    this.#finish.resolve();
  }
}

async function made(names: readonly string[]) {
  const root = makeDestination(
    names.map((name, i) => ({
      id: `0000000${i}`,
      captured: `2024-05-0${9 - i}T12:00:00+02:00`,
      files: [{ target: `2024/${name}`, bytes: Buffer.from(name) }],
    })),
  );
  const { found, place } = await openDestination(root, "/");
  const catalog = (await readCatalog(place.metadata))!;
  const cacheFolder = mkdtempSync(join(tmpdir(), "offroll-cache-"));
  const parts = await openParts({ folders: [{ folder: found, catalog }], cacheFolder, now: () => now });
  const { id, name } = parts.views.items("", 0, 10);
  const [clock, converter] = [new HandClock(), new HandConverter()];
  const folder = join(cacheFolder, "movies");
  return {
    ...{ root, folder, clock, converter },
    photo: (of: string): number => id[name.indexOf(of)]!,
    proxies: new Proxies(parts.files, folder, { converter, clock }),
    files: (): string[] => (existsSync(folder) ? readdirSync(folder) : []),
    async [Symbol.asyncDispose]() {
      await this.proxies[Symbol.asyncDispose]();
      await parts[Symbol.asyncDispose]();
      catalog[Symbol.dispose]();
    },
  };
}

const [held, grace] = [20_000, 3_000];

test("a copy goes on while somebody waits, is ended when the last one leaves, and begins again for the next", async () => {
  await using g = await made(["a.mov", "b.mov"]);
  const [one, two] = [new AbortController(), new AbortController()];
  const first = g.proxies.wait(g.photo("a.mov"), 0, one);
  const second = g.proxies.wait(g.photo("a.mov"), 0, two);
  await g.converter.next();
  one.abort();
  await first;
  g.clock.pass(grace);
  expect(g.converter.ended).toEqual([]);
  // An answer that was held back long enough is followed by the next question.
  g.clock.pass(held);
  expect(await second).toBe("making");
  const third = g.proxies.wait(g.photo("a.mov"), 0, two);
  g.clock.pass(grace);
  expect(g.converter.ended).toEqual([]);
  // Who stands in the queue and leaves is not made at all.
  const gone = new AbortController();
  const queued = g.proxies.wait(g.photo("b.mov"), 0, gone);
  gone.abort();
  await queued;
  two.abort();
  await third;
  g.clock.pass(grace);
  await g.converter.over();
  expect([g.converter.begun, g.converter.ended]).toEqual([["a.mov"], ["a.mov"]]);
  g.converter.finish();
  // Who asks in the moment of its end is told that it failed, and may ask again.
  const states = [await g.proxies.wait(g.photo("a.mov"), 0, {}), await g.proxies.wait(g.photo("a.mov"), 0, {})];
  expect(states.at(-1)).toBe("ready");
  expect([g.converter.begun, g.files().length]).toEqual([["a.mov", "a.mov"], 1]);
  await using copy = await g.proxies.open(g.photo("a.mov"), 0);
  expect(`${await copy!.reader.read(0, 100)}`).toBe("whole");
});

test("what is no plain file any more is given to no program; the server's end takes copies away", async () => {
  await using g = await made(["a.mov", "b.mov"]);
  const secret = join(g.root, "secret.mov");
  writeFileSync(secret, "secret");
  rmSync(join(g.root, "2024/a.mov"));
  symlinkSync(secret, join(g.root, "2024/a.mov"));
  expect(await g.proxies.wait(g.photo("a.mov"), 0, {})).toBe("failed");
  expect(g.converter.begun).toEqual([]);
  expect(await g.proxies.wait(99, 0, {})).toBeUndefined();
  const waiting = g.proxies.wait(g.photo("b.mov"), 0, {});
  await g.converter.next();
  expect(g.converter.begun).toEqual(["b.mov"]);
  expect(g.files()).toHaveLength(1);
  await g.proxies[Symbol.asyncDispose]();
  expect([await waiting, g.files()]).toEqual(["failed", []]);
});

test("copies that a server left when it was killed are taken away, those of one that runs are not", () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-movies-"));
  const mine = newOwnMovie();
  // No process has this id: Linux' largest is 4194304.
  for (const name of [mine, "99999999-0123456789abcdef.mp4", "0123456789abcdef.mp4", "notes.txt"])
    writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "other"));
  sweepOwnMovies(folder);
  expect(readdirSync(folder).sort()).toEqual([mine, "notes.txt", "other"].sort());
});
