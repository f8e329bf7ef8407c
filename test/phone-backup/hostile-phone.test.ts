/** A phone that means harm: every operation with every kind of bad path, and lengths and types that nobody should believe. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ScriptStep } from "../../src/device/mock/backup-description.ts";
import { backUpPhone, type PhoneEvent } from "../../src/phone-backup/index.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { type BackupPhone, clientOf, diskSnapshot, quickTemporary, startBackupPhone } from "../helpers/backup-phone.ts";

const udid = "00008110-001A2B3C4D5E6F7A";
const id = "0123456789abcdef0123456789abcdef01234567";

const place = mkdtempSync(join(quickTemporary(), "offroll-hostile-phone-"));
let folder: string;
let dir: string;
let events: PhoneEvent[];
let mock: BackupPhone;

beforeAll(async () => {
  mock = await startBackupPhone(place);
});
afterAll(async () => {
  await mock[Symbol.asyncDispose]();
  rmSync(place, { recursive: true });
});

/** What the phone does next. */
function play(script: readonly ScriptStep[] | undefined): void {
  mock.phone.backup.script = script;
  mock.phone.backup.refusals.length = 0;
  mock.phone.backup.taken.clear();
}

beforeEach(() => {
  folder = mkdtempSync(join(quickTemporary(), "offroll-hostile-"));
  dir = join(folder, "backups");
  events = [];
  mkdirSync(join(dir, "innocent", "01"), { recursive: true });
  writeFileSync(join(dir, "innocent", "01", id), "somebody's only copy");
  writeFileSync(join(folder, "precious.txt"), "outside of all");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const backUp = async () =>
  await backUpPhone(await clientOf(mock, place), {
    dir,
    isFull: false,
    mustEncrypt: false,
    keep: 0,
    pid: process.pid,
    host: "test-host",
    clock: systemClock,
    onEvent: (event) => events.push(event),
  });

const good = `${udid}/01/${id}`;
const badPaths: Readonly<Record<string, string>> = {
  empty: "",
  "the root": "/",
  absolute: "/tmp/offroll-hostile-absolute",
  "up from the backup": `${udid}/../innocent/01/${id}`,
  "up from the root": "../precious.txt",
  "up and on": `../../${"../".repeat(20)}tmp/offroll-hostile-up`,
  "another backup": `innocent/01/${id}`,
  "a dot": `${udid}/./Status.plist`,
  "an empty part": `${udid}//Status.plist`,
  "a slash at its end": `${udid}/`,
  NUL: `${udid}/Status.plist\0.txt`,
  "a line end": `${udid}/Status.plist\n`,
  "a part too long": `${udid}/${"a".repeat(300)}`,
  "too long": `${udid}/${"ab/".repeat(1000)}`,
  "a backslash": `${udid}\\..\\..\\precious.txt`,
  "a drive": "C:\\precious.txt",
  "a stream": `${udid}/Status.plist:hidden`,
  "a name of Windows": `${udid}/CON`,
  "another case": `${udid}/01/${id.toUpperCase()}`,
  "the backup in another case": `${udid.toLowerCase()}/../innocent`,
  "something beside": `${udid}/notes.txt`,
  "a file below a file": `${udid}/Status.plist/x`,
  "our own": `.offroll-work/${udid}/intention.json`,
  "a bare dot-dot": "..",
};

function operationsWith(path: string): ScriptStep[] {
  return [
    { upload: [{ path, base64: "ZXZpbA==" }] },
    { message: ["DLMessageCreateDirectory", path, {}, 0] },
    { message: ["DLMessageMoveItems", { [path]: good }, {}, 0] },
    { message: ["DLMessageMoveFiles", { [`${udid}/Status.plist`]: path }, {}, 0] },
    { message: ["DLMessageRemoveItems", [path], {}, 0] },
    { message: ["DLMessageRemoveFiles", [path], {}, 0] },
    { message: ["DLMessageCopyItem", path, good, {}, 0, 0] },
    { message: ["DLMessageCopyItem", `${udid}/Status.plist`, path, {}, 0, 0] },
    { message: ["DLContentsOfDirectory", path] },
    { download: [path] },
  ];
}

describe("a phone can touch nothing outside its folder", () => {
  test.each(Object.keys(badPaths))("%s: refused in every operation", async (kind) => {
    const path = badPaths[kind] as string;
    const before = diskSnapshot(folder);
    const script = [{ upload: [{ path: `${udid}/Status.plist`, base64: "eA==" }] }, ...operationsWith(path)];
    play(script);
    await expect(backUp()).rejects.toMatchObject({
      code: expect.stringMatching(/^(phone-backup-incomplete|protocol-error)$/),
    });
    const { refusals, taken } = mock.phone.backup;
    // A name in a stream that cannot be one ends it; everything else is answered, and refused.
    if (path !== "" && Buffer.byteLength(path) <= 4096) {
      expect(refusals[0]).toMatchObject({ code: 0 });
      expect(refusals.slice(1).map(({ code }) => code)).toEqual([...Array<number>(9).fill(-1), -13]);
    }
    expect(taken.size).toBe(0);
    const after = diskSnapshot(folder);
    expect(after).toEqual(before);
    for (const name of ["absolute", "up"]) expect(existsSync(`/tmp/offroll-hostile-${name}`)).toBe(false);
  });

  test("links in its folder lead nowhere", async () => {
    mkdirSync(join(dir, udid, "ab"), { recursive: true });
    for (const name of ["Status.plist", "Manifest.plist", "Manifest.db"]) writeFileSync(join(dir, udid, name), "x");
    symlinkSync(join(dir, "innocent", "01"), join(dir, udid, "01"));
    symlinkSync(join(folder, "precious.txt"), join(dir, udid, "ab", `ab${id.slice(2)}`));
    const { HostFolder } = await import("../../src/phone-backup/run/host-folder.ts");
    const host = new HostFolder({ id: udid, work: undefined, base: join(dir, udid), root: dir });
    const read = async (path: string): Promise<string> => {
      let out = "";
      for await (const part of host.read(path)) out += part.toString();
      return out;
    };
    await expect(read(good)).rejects.toMatchObject({ status: -1 });
    await expect(read(`${udid}/ab/ab${id.slice(2)}`)).rejects.toMatchObject({ status: -10 });
    await expect(host.list(`${udid}/01`)).rejects.toThrow();
    expect((await host.list(`${udid}/ab`)).map(({ kind }) => kind)).toEqual(["other"]);
    for (const change of [
      host.makeFolder(`${udid}/cd`),
      host.remove(good),
      host.move(good, `${udid}/Snapshot/01/${id}`),
    ])
      await expect(change).rejects.toThrow(/nothing is changed/);
  });

  test("a link in the place of the backup, or of what is at work beside it, is refused", async () => {
    play(undefined);
    symlinkSync(join(dir, "innocent"), join(dir, udid));
    await expect(backUp()).rejects.toMatchObject({ code: "destination-unsafe" });
    rmSync(join(dir, udid));
    symlinkSync(join(dir, "innocent"), join(dir, ".offroll-work"));
    await expect(backUp()).rejects.toMatchObject({ code: "destination-unsafe" });
    expect(readdirSync(join(dir, "innocent"))).toEqual(["01"]);
  });

  test("a hundred such requests end it", async () => {
    const script = Array.from({ length: 200 }, () => ({ message: ["DLMessageRemoveItems", ["../precious.txt"]] }));
    play(script);
    await expect(backUp()).rejects.toMatchObject({ code: "protocol-error" });
    expect(mock.phone.backup.refusals.length).toBe(100);
    expect(events.filter(({ type }) => type === "refused")).toHaveLength(100);
  });
});

const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};
const name = (text: string): Buffer => Buffer.concat([u32(text.length), Buffer.from(text)]);
const upload: ScriptStep = { message: ["DLMessageUploadFiles", {}, 0, 10], answers: false };
const raw = (...parts: Buffer[]): ScriptStep => ({ raw: Buffer.concat(parts).toString("base64") });

describe("what a phone sends is not believed", () => {
  test.each<readonly [string, readonly ScriptStep[]]>([
    ["a message of four gigabytes", [raw(u32(0xffff_ffff))]],
    ["a message of nothing", [raw(u32(0))]],
    ["a message that is no property list", [raw(u32(8), Buffer.from("bplistzz"))]],
    ["a message that is no array", [raw(u32(3), Buffer.from("abc"))]],
    ["a name of a gigabyte", [upload, raw(u32(1 << 30))]],
    ["a frame without a code", [upload, raw(name("/a"), name(good), u32(0))]],
    ["a code that there is not", [upload, raw(name("/a"), name(good), u32(1), Buffer.from([0x77]))]],
    ["an error text of a gigabyte", [upload, raw(name("/a"), name(good), u32(1 << 30), Buffer.from([0x0b]))]],
    ["a file that never ends", [{ endless: { path: good, frameBytes: 1 << 20 } }]],
    [
      "a frame that is longer than any batch",
      [upload, raw(name("/a"), name(good), u32(0xffff_fff0), Buffer.from([0x0c]))],
    ],
  ])("%s", async (_, script) => {
    play(script);
    await expect(backUp()).rejects.toMatchObject({ code: "protocol-error" });
    expect(readdirSync(dir)).toEqual(["innocent"]);
  });

  test("a folder is not moved to a file's name, nor a file to a folder's", async () => {
    const at = (kind: string): string => `${udid}/${kind}`;
    play([
      { message: ["DLMessageCreateDirectory", at("Snapshot/01"), {}, 0] },
      { upload: [{ path: at(`Snapshot/01/${id}`), base64: "eA==" }] },
      { message: ["DLMessageMoveItems", { [at("Snapshot/01")]: at(`ab/${id}`) }, {}, 0] },
      { message: ["DLMessageMoveItems", { [at(`Snapshot/01/${id}`)]: at("ab") }, {}, 0] },
      { message: ["DLMessageMoveItems", { [at(`Snapshot/01/${id}`)]: at(`ab/${id}`) }, {}, 0] },
    ]);
    await expect(backUp()).rejects.toMatchObject({ code: "phone-backup-incomplete" });
    expect(mock.phone.backup.refusals.map(({ code }) => code)).toEqual([0, 0, -1, -1, 0]);
  });

  test("a batch without its total has the disk for its limit, and is told no longer error than fits a line", async () => {
    const text = "x".repeat(60_000);
    const frames = Array.from({ length: 70 }, () =>
      Buffer.concat([u32((1 << 20) + 1), Buffer.from([0x0c]), Buffer.alloc(1 << 20)]),
    );
    play([
      { message: ["DLMessageUploadFiles", {}, 0.5], answers: false },
      raw(name("/a"), name(good), ...frames, u32(text.length + 1), Buffer.from([0x0b]), Buffer.from(text), u32(0)),
    ]);
    await expect(backUp()).rejects.toMatchObject({ code: "phone-backup-incomplete" });
    const suspect = events.find(({ type }) => type === "suspect");
    expect(suspect).toMatchObject({ why: "x".repeat(500) });
  });

  test("unknown messages and odd types are answered, and the phone goes on", async () => {
    const script: ScriptStep[] = [
      { message: ["DLMessageDance", 1, 2] },
      { message: ["DLMessageMoveItems", "no dictionary"] },
      { message: ["DLMessageRemoveItems", { a: 1 }] },
      { message: ["DLMessageCopyItem"] },
      { message: ["DLMessagePurgeDiskSpace", 3_000_000_000, 4] },
      { message: ["DLMessageGetFreeDiskSpace"] },
      { message: ["DLContentsOfDirectory", `${udid}/Snapshot`] },
    ];
    play(script);
    await expect(backUp()).rejects.toMatchObject({ code: "phone-backup-incomplete" });
    expect(mock.phone.backup.refusals.map(({ code }) => code)).toEqual([-1, 0, -1, -1, -1, 0, 0]);
    expect(events).toContainEqual({ type: "space", missingBytes: 3_000_000_000 - 2 * 1024 ** 3 });
  });
});

test("half a backup of another program is kept aside, whole", async () => {
  play(undefined);
  await backUp();
  rmSync(join(dir, udid, "Manifest.plist"));
  writeFileSync(join(dir, udid, "note.txt"), "mine");
  cpSync(join(dir, udid), join(folder, "copy"), { recursive: true });
  const summary = await backUp();
  expect(summary.isFull).toBe(true);
  const aside = readdirSync(dir).find((each) => each.startsWith(`${udid}-`)) as string;
  expect(diskSnapshot(join(dir, aside))).toEqual(diskSnapshot(join(folder, "copy")));
});
