/** What every `PhoneFiles` must do, whatever brings the files. */
import { expect, test } from "vitest";
import type { PhoneFile, PhoneFiles } from "../../src/device/phone-files.ts";

/** A phone's files, and what they are. */
export interface PhoneFilesHarness extends AsyncDisposable {
  readonly files: PhoneFiles;
  /** Every entry, and the bytes of each file that can be read. */
  readonly truth: readonly { readonly file: PhoneFile; readonly bytes: Buffer | undefined }[];
  /** Files that are listed and cannot be read: their "DOMAIN/PATH". */
  readonly unreadable: ReadonlySet<string>;
  readonly isEncrypted: boolean;
}

export function testPhoneFiles(name: string, open: () => Promise<PhoneFilesHarness>): void {
  test(`${name}: every entry is listed once, in order, as it is`, async () => {
    await using h = await open();
    const listed = await listOf(h.files);
    expect(listed).toEqual(h.truth.map(({ file }) => file).sort(byName));
    expect(h.files.isEncrypted).toBe(h.isEncrypted);
    expect(listed.length).toBeGreaterThan(0);
  });

  test(`${name}: domains are those of the entries, sorted`, async () => {
    await using h = await open();
    const domains = [...new Set(h.truth.map(({ file }) => file.domain))].sort(byBytes);
    expect(await h.files.domains()).toEqual(domains);
  });

  test(`${name}: a domain, and a folder of it, limit what is listed`, async () => {
    await using h = await open();
    const all = h.truth.map(({ file }) => file).sort(byName);
    for (const domain of await h.files.domains())
      expect(await listOf(h.files, { domain })).toEqual(all.filter((f) => f.domain === domain));
    const folders = all.filter((f) => f.kind === "folder" && f.path !== "");
    expect(folders).not.toEqual([]);
    for (const { domain, path } of folders)
      expect(await listOf(h.files, { domain, under: path })).toEqual(
        all.filter((f) => f.domain === domain && f.path.startsWith(`${path}/`)),
      );
    expect(await listOf(h.files, { domain: "NoSuchDomain" })).toEqual([]);
    expect(await listOf(h.files, { domain: "it's; --\0" })).toEqual([]);
  });

  test(`${name}: an entry is found by its exact name, and by no other`, async () => {
    await using h = await open();
    for (const { file } of h.truth) expect(await h.files.find(file.domain, file.path)).toEqual(file);
    const { domain, path } = (h.truth.find(({ file }) => file.kind === "file") as { file: PhoneFile }).file;
    for (const other of [`${path}x`, path.toUpperCase(), `/${path}`, `./${path}`, `${path}/`, `${path}\0`])
      if (!h.truth.some(({ file }) => file.domain === domain && file.path === other))
        expect(await h.files.find(domain, other), other).toBeUndefined();
    expect(await h.files.find(`${domain}-x`, path)).toBeUndefined();
  });

  test(`${name}: bytes are the phone's, whole and in any stretch`, async () => {
    await using h = await open();
    for (const { file, bytes } of h.truth) {
      if (bytes === undefined) continue;
      const of = `${file.domain}/${file.path}`;
      expect((await bytesIn(h.files, file)).equals(bytes), of).toBe(true);
      const { length } = bytes;
      for (const [offset, count] of [
        ...[
          [0, 0],
          [0, 1],
          [1, 15],
          [15, 2],
          [16, 16],
          [17, 40],
          [length - 1, 1],
          [length, 5],
          [length + 9, 1],
        ],
        ...[
          [Math.max(0, length - 17), 100],
          [3, length],
        ],
      ] as [number, number][]) {
        if (offset < 0) continue;
        const got = await bytesIn(h.files, file, { offset, length: count });
        expect(got.equals(bytes.subarray(offset, offset + count)), `${of} ${offset}+${count}`).toBe(true);
      }
      expect((await bytesIn(h.files, file, { offset: 7 })).equals(bytes.subarray(7)), of).toBe(true);
    }
  });

  test(`${name}: an entry of an earlier listing, or one that is equal to it, is read as well`, async () => {
    await using h = await open();
    const { file, bytes } = h.truth.find((t) => (t.bytes?.length ?? 0) > 0) as { file: PhoneFile; bytes: Buffer };
    expect((await bytesIn(h.files, { ...file })).equals(bytes)).toBe(true);
  });

  test(`${name}: several reads at once do not mix`, async () => {
    await using h = await open();
    const some = h.truth.filter((t) => t.bytes !== undefined).slice(0, 12);
    const all = await Promise.all(some.map(({ file }) => bytesIn(h.files, file)));
    for (const [i, { bytes }] of some.entries()) expect(all[i]?.equals(bytes as Buffer)).toBe(true);
  });

  test(`${name}: what cannot be read fails alone, and by its name`, async () => {
    await using h = await open();
    expect(h.unreadable.size).toBeGreaterThan(0);
    for (const file of await listOf(h.files)) {
      const label = `${file.domain}/${file.path}`;
      if (!h.unreadable.has(label)) continue;
      const read = bytesIn(h.files, file);
      await expect(read, label).rejects.toMatchObject({ scope: "item" });
      await expect(read, label).rejects.toThrow(file.path);
    }
    const folder = h.truth.find(({ file }) => file.kind === "folder") as { file: PhoneFile };
    await expect(bytesIn(h.files, folder.file)).rejects.toMatchObject({ scope: "item" });
    const gone = { ...folder.file, kind: "file" as const, path: "no/such file" };
    await expect(bytesIn(h.files, gone)).rejects.toMatchObject({ scope: "item" });
  });

  test(`${name}: whoever leaves or cancels leaves it usable`, async () => {
    await using h = await open();
    const { file, bytes } = h.truth.find((t) => (t.bytes?.length ?? 0) > 0) as { file: PhoneFile; bytes: Buffer };
    for await (const _ of h.files.list()) break;
    for await (const _ of h.files.read(file)) break;
    const signal = AbortSignal.abort();
    const calls = {
      domains: () => h.files.domains({ signal }),
      list: () => listOf(h.files, { signal }),
      find: () => h.files.find(file.domain, file.path, { signal }),
      read: () => bytesIn(h.files, file, { signal }),
    };
    for (const [member, call] of Object.entries(calls))
      await expect(call(), member).rejects.toMatchObject({ code: "cancelled" });
    expect((await bytesIn(h.files, file)).equals(bytes)).toBe(true);
    expect(await listOf(h.files)).toHaveLength(h.truth.length);
  });

  test(`${name}: disposing twice is no error`, async () => {
    const h = await open();
    await h.files[Symbol.asyncDispose]();
    await h[Symbol.asyncDispose]();
  });
}

async function listOf(files: PhoneFiles, query: Parameters<PhoneFiles["list"]>[0] = {}): Promise<PhoneFile[]> {
  return await Array.fromAsync(files.list(query));
}

/** All of it in one buffer, copied: slices belong to the caller. */
export async function bytesIn(
  files: PhoneFiles,
  file: PhoneFile,
  range: Parameters<PhoneFiles["read"]>[1] = {},
): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(files.read(file, range)));
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function byName(a: PhoneFile, b: PhoneFile): number {
  return byBytes(a.domain, b.domain) || byBytes(a.path, b.path);
}
