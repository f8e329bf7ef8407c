/** What every `CopyPlace` must do: driven by what it claims. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ItemError } from "../../src/shared/errors.ts";
import type { Bytes, CopyPlace, WantedFile } from "../../src/transfer/copies/copy-place.ts";
import { tryPlace } from "../../src/transfer/copies/test-copy.ts";

export interface CopyPlaceHarness extends AsyncDisposable {
  readonly place: CopyPlace;
  /** The same place anew, as a later run has it. */
  again(): Promise<CopyPlace>;
  /** Content by name of all files that a person would see. */
  visible(): Promise<Record<string, string>>;
  /** Writes behind the place's back. */
  scribble(path: string, content: string): Promise<void>;
}

const modified = new Date(Date.UTC(2021, 2, 4, 5, 6, 8));

function wanted(path: string, content: string | Buffer): WantedFile {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { path, sizeBytes: Buffer.byteLength(content), sha256, modified };
}

/** In chunks, so that there is a middle. */
function bytesOf(content: string | Buffer, chunk = 1 << 20): Bytes {
  const all = Buffer.from(content);
  return async function* (offset) {
    for (let at = offset; at < all.length; at += chunk) yield Buffer.from(all.subarray(at, at + chunk));
  };
}

export function testCopyPlace(name: string, open: () => Promise<CopyPlaceHarness>): void {
  test(`${name}: a file is put in by its hash, with its date, and proven`, async () => {
    await using h = await open();
    const file = wanted("2021/03/a.txt", "hello");
    expect(await h.place.put(file, bytesOf("hello"))).toMatchObject({ type: "stored", sha256: file.sha256 });
    expect(await h.visible()).toEqual({ "2021/03/a.txt": "hello" });
    const held = { isFile: true, sizeBytes: 5, modifiedMs: modified.getTime() };
    expect(await h.place.list(["b", "2021/03/a.txt", "2021"])).toMatchObject([undefined, held, { isFile: false }]);
    expect(await h.place.prove(file)).toMatchObject({ found: "whole", modifiedMs: modified.getTime() });
  });

  test(`${name}: bytes of another hash, fewer or more of them, leave nothing`, async () => {
    await using h = await open();
    const file = wanted("a.txt", "hello");
    for (const other of ["hellO", "hell", "hello!", ""])
      expect(await h.place.put(file, bytesOf(other, 2)), other).toMatchObject({ type: "not-it" });
    expect(await h.visible()).toEqual({});
    expect(await h.place.prove(file)).toMatchObject({ found: "missing" });
    expect(await h.place.put(file, bytesOf("hello"))).toMatchObject({ type: "stored" });
  });

  test(`${name}: where no hash was recorded the bytes that come are the file, if they are as many`, async () => {
    await using h = await open();
    const file = { ...wanted("a.txt", "hello"), sha256: undefined };
    expect(await h.place.put(file, bytesOf("hell"))).toMatchObject({ type: "not-it" });
    const sha256 = createHash("sha256").update("hello").digest("hex");
    expect(await h.place.put(file, bytesOf("hello"))).toMatchObject({ type: "stored", sha256 });
  });

  test(`${name}: a name that is taken keeps what has it`, async () => {
    await using h = await open();
    await h.place.put(wanted("a.txt", "one"), bytesOf("one"));
    expect(await h.place.put(wanted("a.txt", "two"), bytesOf("two"))).toEqual({ type: "name-taken" });
    expect(await h.place.put(wanted("b.txt", "two"), bytesOf("two"))).toMatchObject({ type: "stored" });
    expect(await h.place.move("b.txt", "a.txt")).toBe("name-taken");
    expect(await h.visible()).toEqual({ "a.txt": "one", "b.txt": "two" });
    expect(["checked", "atomic"]).toContain(h.place.properties.noOverwrite);
  });

  test(`${name}: a file that cannot be read leaves nothing under its name, and a large one is continued`, async () => {
    await using h = await open();
    const content = Buffer.alloc(12 << 20, 7);
    const file = wanted("big.bin", content);
    const offsets: number[] = [];
    const noted: Bytes = (offset, options) => {
      offsets.push(offset);
      return bytesOf(content)(offset, options);
    };
    const broken: Bytes = async function* () {
      yield* bytesOf(content.subarray(0, 10 << 20))(0, {});
      throw new ItemError("item-io", "the disk says no");
    };
    await expect(h.place.put(file, broken)).rejects.toMatchObject({ code: "item-io" });
    expect(await h.visible()).toEqual({});
    await using later = await h.again();
    expect(await later.put(file, noted)).toMatchObject({ type: "stored" });
    expect((offsets[0] ?? 0) > 0).toBe(later.properties.resumes);
    expect(await later.prove(file)).toMatchObject({ found: "whole" });
  });

  test(`${name}: what a stopped run left half is not taken for something else`, async () => {
    await using h = await open();
    const [content, other] = [Buffer.alloc(9 << 20, 1), Buffer.alloc(9 << 20, 2)];
    const file = wanted("big.bin", content);
    const lying: Bytes = async function* () {
      yield Buffer.from(other.subarray(0, 8 << 20));
      throw new ItemError("item-io", "gone");
    };
    await expect(h.place.put(file, lying)).rejects.toMatchObject({ code: "item-io" });
    await using later = await h.again();
    expect(await later.put(file, bytesOf(content))).toMatchObject({ type: "stored" });
    expect(await later.prove(file)).toMatchObject({ found: "whole" });
    await later.tidy();
  });

  test(`${name}: what was written to since is damaged, and not taken away`, async () => {
    await using h = await open();
    const file = wanted("a.txt", "hello");
    const { sha256 = "" } = file;
    await h.place.put(file, bytesOf("hello"));
    await h.scribble("a.txt", "hellO");
    expect(await h.place.prove(file)).toMatchObject({ found: "damaged" });
    expect(await h.place.forget("a.txt", sha256)).toBe(false);
    expect(await h.visible()).toEqual({ "a.txt": "hellO" });
    await h.scribble("a.txt", "hello");
    expect(await h.place.forget("a.txt", sha256)).toBe(true);
    expect(await h.place.forget("a.txt", sha256)).toBe(false);
    expect(await h.visible()).toEqual({});
  });

  test(`${name}: a file gets another name, and a second one where there are links`, async () => {
    await using h = await open();
    await h.place.put(wanted("a.txt", "one"), bytesOf("one"));
    expect(await h.place.move("a.txt", "b/c.txt")).toBe("moved");
    expect(await h.place.move("a.txt", "d.txt")).toBe("gone");
    const linked = await h.place.link("b/c.txt", "Albums/c.txt");
    expect(linked).toBe(h.place.properties.links ? "stored" : "unsupported");
    if (linked === "stored") expect(await h.place.link("b/c.txt", "Albums/c.txt")).toBe("name-taken");
    expect(Object.keys(await h.visible())).toEqual(linked === "stored" ? ["Albums/c.txt", "b/c.txt"] : ["b/c.txt"]);
  });

  test(`${name}: it knows itself, and names that lead out of it are refused`, async () => {
    await using h = await open();
    expect(await h.place.isThere()).toBe(true);
    expect(await h.place.freeBytes()).toBeGreaterThan(0);
    for (const path of ["../out.txt", "/etc/out.txt"])
      await expect(h.place.put(wanted(path, "x"), bytesOf("x"))).rejects.toMatchObject({ code: "destination-unsafe" });
  });

  test(`${name}: a run that is stopped stops`, async () => {
    await using h = await open();
    const stop = new AbortController();
    const bytes: Bytes = async function* () {
      yield Buffer.from("he");
      stop.abort();
      yield Buffer.from("llo");
    };
    const put = h.place.put(wanted("a.txt", "hello"), bytes, { signal: stop.signal });
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
    expect(await h.visible()).toEqual({});
  });

  test(`${name}: the test that a person can make finds its promises kept, and leaves nothing`, async () => {
    await using h = await open();
    const checks = await tryPlace(h.place);
    const broken = checks.filter((check) => !check.isKept).map((check) => check.promise);
    expect(broken).toEqual(h.place.properties.links ? [] : ["links"]);
    expect(checks).toHaveLength(6);
    expect(await h.visible()).toEqual({});
  });
}
