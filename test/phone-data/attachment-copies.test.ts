/** Copies of attachments in forms that open anywhere: JPEGs by the real decoder, M4As by the ffmpeg that is installed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { ann, pixel, sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { MadeCopies } from "../../src/app/attachment-copies.ts";
import { SoundConverter } from "../../src/media/convert/index.ts";
import { type AttachmentCopies, type ExportReport, NoCopy } from "../../src/phone-data/index.ts";
import { noteHtml } from "../../src/phone-data/notes/write-notes.ts";
import { ItemError } from "../../src/shared/errors.ts";
import { MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { tiledHeic } from "../helpers/heic.ts";
import { exportedMessages, exportTo, readJson, smsFiles, visibleFiles } from "../helpers/phone-data.ts";

const hasFfmpeg = new SoundConverter().isInstalled;
test.runIf(process.env["CI"] === "true")("ffmpeg is installed", () => expect(hasFfmpeg).toBe(true));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-copies-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A second of silence. Source: RFC 4867, 5: a header, then frames of mode 7 (31 bytes and their own header). */
const amr = Buffer.concat([
  Buffer.from("#!AMR\n"),
  ...Array.from({ length: 50 }, () => Buffer.concat([Buffer.from([0x3c]), Buffer.alloc(31)])),
]);

function phone(attachments: readonly (readonly [name: string, mime: string, bytes: Buffer])[]): MemoryPhoneFiles {
  const parts = attachments.map(([name, mime, bytes], i) => ({ guid: `AT-${i}`, name, mime, bytes }));
  const messages = [{ guid: "M-1", at: Date.UTC(2024, 1, 1), from: ann, parts }];
  const chats = [{ guid: `iMessage;-;${ann}`, members: [ann], messages }];
  return new MemoryPhoneFiles(smsFiles(writeSmsDatabase(join(folder, "db"), { ...sceneFor("ios18"), chats })));
}

async function exported(files: MemoryPhoneFiles, copies: AttachmentCopies, to = "out"): Promise<ExportReport> {
  return await exportTo({ files, copies, to: join(folder, to), scratch: join(folder, "tmp"), kinds: ["messages"] });
}

const made = (options = {}): MadeCopies =>
  new MadeCopies({ folder: join(folder, "tmp"), pid: process.pid, ...options });
const media = "messages/+15550100001/media/";
const leftOut = ({ kinds: [messages] }: ExportReport): object =>
  Object.fromEntries((messages?.leftOut ?? []).map(({ reason, count, examples }) => [reason, [count, examples]]));

test("a HEIC has a JPEG beside it on the page, of its own name; the next export keeps it, and makes it again when it is lost", async () => {
  const heic = tiledHeic(64, 48);
  const taken = [
    ["IMG_1.HEIC", "image/heic", heic],
    ["IMG_1.HEIC.jpg", "image/jpeg", pixel],
  ] as const;
  await using copies = made();
  const first = await exported(phone(taken), copies);
  const [{ message } = { message: undefined }] = exportedMessages(join(folder, "out"));
  const [heicAt, jpegAt] = message.attachments;
  expect(readFileSync(join(folder, "out/messages/+15550100001", heicAt.file)).equals(heic)).toBe(true);
  expect(readFileSync(join(folder, "out/messages/+15550100001", jpegAt.file)).equals(pixel)).toBe(true);
  expect(heicAt.copy.toLowerCase()).not.toBe(jpegAt.file.toLowerCase());
  const copy = `messages/+15550100001/${heicAt.copy}`;
  const before = readFileSync(join(folder, "out", copy));
  expect([...before.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  const page = readFileSync(join(folder, "out/messages/+15550100001/2024.html"), "utf8");
  expect(page).toContain(`<img src="${encodeURI(heicAt.copy)}"`);
  expect([first.isWhole, leftOut(first)]).toEqual([true, {}]);
  const second = await exported(phone(taken), copies);
  expect([second.files.written, second.kinds]).toEqual([0, first.kinds]);
  rmSync(join(folder, "out", copy));
  expect((await exported(phone(taken), copies)).files.written).toBe(1);
  expect(readFileSync(join(folder, "out", copy)).equals(before)).toBe(true);
});

test("a copy that cannot be made costs itself alone, and is told", async () => {
  await using copies = made();
  const report = await exported(phone([["broken.heic", "image/heic", Buffer.from("no picture at all")]]), copies);
  expect([report.isWhole, leftOut(report)]).toEqual([
    true,
    { "copies-not-made": [1, [expect.stringMatching(/^broken\.heic: /)]] },
  ]);
  expect(visibleFiles(join(folder, "out", media))).toEqual(["broken.heic"]);
});

test("where its bytes cannot be read again for the copy, the attachment stays", async () => {
  const files = phone([["IMG_1.HEIC", "image/heic", tiledHeic(64, 48)]]);
  const make: AttachmentCopies["make"] = async () => {
    throw new ItemError("item-unreadable", "its bytes are gone");
  };
  const report = await exported(files, { making: { jpeg: "test" }, make });
  expect(leftOut(report)).toEqual({ "copies-not-made": [1, ["IMG_1.HEIC: its bytes are gone"]] });
  const [{ message } = { message: undefined }] = exportedMessages(join(folder, "out"));
  expect(message.attachments[0]).toMatchObject({ file: "media/IMG_1.HEIC" });
  expect(message.attachments[0].missing).toBeUndefined();
});

test("where ffmpeg is missing it is told, the page leads to the original, and a later export with it makes the copies", async () => {
  const files = phone([
    ["a.amr", "audio/amr", amr],
    ["b.amr", "audio/amr", amr],
  ]);
  await using without = made({ sound: new SoundConverter({ ffmpeg: "no-such-ffmpeg" }) });
  const report = await exported(files, without);
  expect([report.isWhole, leftOut(report)]).toEqual([true, { "no-ffmpeg": [2, ["a.amr", "b.amr"]] }]);
  const page = readFileSync(join(folder, "out/messages/+15550100001/2024.html"), "utf8");
  expect(page).toContain('<a href="media/a.amr" download>a.amr</a>');
  expect(page).not.toContain("<audio");
  const making = { m4a: "test" };
  const later = await exported(files, { making, make: async () => Buffer.from("sound") });
  expect(leftOut(later)).toEqual({});
  expect(visibleFiles(join(folder, "out", media))).toEqual(["a.amr", "a.amr.m4a", "b.amr", "b.amr.m4a"]);
});

test("what is too large, or takes too long, has no copy", async () => {
  await using copies = made({ limitMs: 0 });
  const source = { sizeBytes: 65 * 1024 * 1024, content: () => phone([]).read(undefined as never) };
  await expect(copies.make("m4a", source, {})).rejects.toThrow(new NoCopy("it is too large for a copy"));
  const endless = {
    sizeBytes: 1,
    async *content() {
      yield await new Promise<Uint8Array>((resolve) => setTimeout(() => resolve(tiledHeic(64, 48)), 20));
    },
  };
  await expect(copies.make("jpeg", endless, {})).rejects.toThrow("making it took too long");
});

test.skipIf(!hasFfmpeg)(
  "audio messages get an M4A that plays, each its own; one that is no sound says so",
  async () => {
    const caf = join(folder, "a.caf");
    execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "libopus", "-ar", "24000", caf]);
    const whole = readFileSync(caf);
    await using copies = made();
    const report = await exported(
      phone([
        ["Audio Message.caf", "", whole],
        ["Audio Message.caf", "", Buffer.concat([whole, Buffer.from("x")])],
        ["voice.amr", "audio/amr", amr],
        ["none.caf", "audio/x-caf", Buffer.from("caff0001")],
      ]),
      copies,
    );
    expect(leftOut(report)).toEqual({ "copies-not-made": [1, ["none.caf: ffmpeg cannot make sense of it"]] });
    const [{ message } = { message: undefined }] = exportedMessages(join(folder, "out"));
    const copiesAt: string[] = message.attachments.flatMap(({ copy }: { copy?: string }) => copy ?? []);
    expect(new Set(copiesAt).size).toBe(3);
    for (const copy of copiesAt) {
      writeFileSync(join(folder, "x.m4a"), readFileSync(join(folder, "out/messages/+15550100001", copy)));
      const wanted = ["-v", "error", "-show_entries", "stream=codec_name,duration", "-of", "json"];
      const told = JSON.parse(execFileSync("ffprobe", [...wanted, join(folder, "x.m4a")], { encoding: "utf8" }));
      expect(told.streams).toEqual([{ codec_name: "aac", duration: expect.stringMatching(/^(0\.9|1\.)/) }]);
    }
  },
);

test.skipIf(!hasFfmpeg)("an M4A that was cut off at its bound is none", async () => {
  const [wav, to] = [join(folder, "a.wav"), join(folder, "a.m4a")];
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=d=3", wav]);
  await expect(new SoundConverter().toM4a(wav, to, 4096)).rejects.toThrow(/^it lasts .* instead of 3\.0$/);
});

test("a note shows the JPEG of a HEIC and leads to the HEIC; the second export makes nothing", async () => {
  const heic = tiledHeic(64, 48);
  const runs = [{ text: "\ufffc", attachment: { id: "AT-1", uti: "public.heic" } }];
  const attachments = [{ id: "AT-1", uti: "public.heic", file: "IMG 7.HEIC", bytes: heic }];
  const day = Date.UTC(2024, 1, 3);
  const notes = [{ id: "N-1", title: "Trip", created: day, modified: day, runs, attachments }];
  const { store, media: own } = writeNotes(folder, "ios17", notes);
  const domain = "AppDomainGroup-group.com.apple.notes";
  const files = new MemoryPhoneFiles([
    { domain, path: "NoteStore.sqlite", bytes: store },
    ...[...own].map(([path, bytes]) => ({ domain, path, bytes })),
  ]);
  await using copies = made();
  const wishes = { files, copies, to: join(folder, "out"), scratch: join(folder, "tmp"), kinds: ["notes"] as const };
  const first = await exportTo({ ...wishes, choice: { formats: ["html", "md"] } });
  expect(first.kinds[0]?.besides).toMatchObject({ attachments: 1, copies: 1 });
  const place = join(folder, "out/notes/Notes");
  expect(readFileSync(join(place, "attachments/IMG 7.HEIC")).equals(heic)).toBe(true);
  expect([...readFileSync(join(place, "attachments/IMG 7.HEIC.jpg")).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  const page = readFileSync(join(place, "Trip.html"), "utf8");
  expect(page).toContain('<a href="attachments/IMG%207.HEIC"><img src="attachments/IMG%207.HEIC.jpg"');
  expect(readFileSync(join(place, "Trip.md"), "utf8")).toContain(
    "attachments/IMG%207.HEIC.jpg>)](<attachments/IMG%207.HEIC>)",
  );
  const [note] = readJson(join(folder, "out"), "notes/notes.json");
  expect(note.attachments[0]).toMatchObject({
    file: "Notes/attachments/IMG 7.HEIC",
    copy: "Notes/attachments/IMG 7.HEIC.jpg",
  });
  expect((await exportTo({ ...wishes, choice: { formats: ["html", "md"] } })).files.written).toBe(0);
});

test("a sound in a note is played from its page", () => {
  const memo = { name: "Memo.caf", file: "a/Memo.caf", copy: "a/Memo.caf.m4a", isPicture: false, isSound: true };
  const note = { id: "n", text: "", checklist: [], links: [], tables: [], attachments: [], inline: [] };
  const page = noteHtml({ note, blocks: [], shown: new Map([["A", memo]]) });
  expect(page).toContain('<audio src="a/Memo.caf.m4a" controls preload="none"></audio> <a href="a/Memo.caf" download>');
});
