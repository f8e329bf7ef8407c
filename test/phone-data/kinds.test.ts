import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scenePeople, writeAddressBook } from "../../fixtures/make/phone-data/address-book.ts";
import { callGenerations, newerCalls, sceneCalls, writeCalls } from "../../fixtures/make/phone-data/call-history.ts";
import { noteGenerations, sceneNotes, trickyNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { sceneOldNotes, writeOldNotes } from "../../fixtures/make/phone-data/old-notes.ts";
import {
  type MemoGeneration,
  type MemoToWrite,
  memoDatabase,
  memoGenerations,
  sceneMemos,
  writeMemos,
} from "../../fixtures/make/phone-data/voice-memos.ts";
import { type MemoryFile, MemoryPhoneFiles } from "../fakes/memory-phone-files.ts";
import { exportTo, type Json, readJson, visibleFiles } from "../helpers/phone-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offroll-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bookFiles(): MemoryFile[] {
  const { book, images } = writeAddressBook(folder, scenePeople);
  const path = "Library/AddressBook/AddressBook";
  return [
    { domain: "HomeDomain", path: `${path}.sqlitedb`, bytes: book },
    { domain: "HomeDomain", path: `${path}Images.sqlitedb`, bytes: images },
  ];
}

const wishes = (): { to: string; scratch: string } => ({ to: join(folder, "out"), scratch: join(folder, "tmp") });

test("contacts: all fields, labels, groups and photos; linked cards are one; nothing injects a line", async () => {
  const files = new MemoryPhoneFiles(bookFiles());
  const report = await exportTo({ ...wishes(), files, kinds: ["contacts"], choice: { formats: ["vcard", "csv"] } });
  expect(report.kinds[0]).toMatchObject({
    found: 7,
    written: 7,
    besides: { people: 6, photos: 4 },
    leftOut: [],
    isWhole: true,
  });
  const contacts: Json[] = readJson(join(folder, "out"), "contacts/contacts.json");
  const by = (id: string): Json => contacts.find((contact) => contact.id === id);
  expect(by("P-ANN")).toMatchObject({
    name: {
      prefix: "Dr.",
      given: "Ann",
      middle: "M;id,dle",
      family: "Exämple",
      suffix: "Jr.",
      nickname: "Annie",
      phoneticGiven: "An",
      phoneticMiddle: "Mi",
      previousFamily: "Vorher",
    },
    birthday: "1985-12-10",
    phones: [
      { label: "Mobile", value: "+1 (555) 010-0001" },
      { label: "Boat", value: "555-0199" },
      { label: "iPhone", value: "+15550100077" },
    ],
    addresses: [{ label: "Home", street: "1 Long Street\nFlat 2", postalCode: "12345", countryCode: "us" }],
    dates: [{ label: "Anniversary", value: "2010-06-15" }],
    ims: [{ service: "Jabber", user: "ann@jabber.example" }],
    profiles: [{ service: "Mastodon", user: "ann", url: "https://social.example/@ann" }],
    ...{ groups: ["Friends", "Work"], account: "iCloud", createdAt: "2020-01-06T10:40:00Z" },
  });
  expect(by("P-BOB").birthday).toBe("--11-27");
  // A group in its group has the number that Bob has.
  expect(by("P-BOB").groups).toEqual([]);
  const cards = readFileSync(join(folder, "out", "contacts/contacts.vcf"), "utf8");
  expect(cards.split("\r\n").filter((line) => line === "BEGIN:VCARD")).toHaveLength(6);
  expect(cards).not.toMatch(/(?<!\r)\n|\u0000/);
  expect(cards.split("\r\n").some((line) => line.startsWith("TEL:+1999"))).toBe(false);
  for (const line of cards.split("\r\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  expect(cards).toContain("BDAY;X-APPLE-OMIT-YEAR=1604:1604-11-27");
  const table = readFileSync(join(folder, "out", "contacts/contacts.csv"), "utf8");
  expect(table).toContain("'=1+1");
  for (const cell of [
    "Brother,Bob",
    "Anniversary,2010-06-15",
    "Mastodon,ann https://social.example/@ann",
    "ann@jabber.example",
  ])
    expect(table).toContain(cell);
  expect(cards).toMatch(/X-PHONETIC-MIDDLE-NAME:Mi\r\nX-PHONETIC-LAST-NAME:Eksampl\r\nX-MAIDENNAME:Vorher\r\n/);
  expect(cards).toMatch(/item\d\.TEL;TYPE=CELL:\+15550100077\r\nitem\d\.X-ABLabel:iPhone\r\n/);
  expect(cards).toMatch(/item\d\.X-SOCIALPROFILE/);
  expect(cards).toMatch(/item\d\.X-ABLabel:fan page/);
});

test("linked cards are one, and nothing that only one of them has is lost", async () => {
  const to = join(folder, "out");
  const files = new MemoryPhoneFiles(bookFiles());
  await exportTo({ ...wishes(), files, kinds: ["contacts"] });
  const contacts: Json[] = readJson(to, "contacts/contacts.json");
  const card = contacts.find(({ id }) => id === "P-L1");
  expect(card).toMatchObject({
    name: { given: "Carla", family: "Linked" },
    organization: "Home Ltd.",
    birthday: "1990-01-02",
    note: "from home\n\nfrom work",
    phones: [{ value: "+1 555 010 0003" }],
    sources: ["P-L1", "P-L2"],
    others: [
      {
        id: "P-L2",
        account: "Work",
        name: { given: "C.", family: "Linked" },
        organization: "Work & Co.",
        jobTitle: "Boss",
      },
    ],
  });
  // Nobody is made boss of the other company.
  expect(card.jobTitle).toBeUndefined();
  // The phone shows the picture of the second.
  expect(readFileSync(join(to, "contacts", card.photo.file)).toString("hex")).toBe("89504e470d0a1a0a01");
  expect(card.otherPhotos.map(({ file }: Json) => readFileSync(join(to, "contacts", file)).toString("hex"))).toEqual([
    "ffd8ffe0000100",
  ]);
  const lines = readFileSync(join(to, "contacts/contacts.vcf"), "utf8").split("\r\n");
  for (const line of ["ORG:Home Ltd.", "item1.ORG:Work & Co.", "item1.TITLE:Boss", "NOTE:from home\\n\\nfrom work"])
    expect(lines).toContain(line);
});

test("a contact with more values than there are columns keeps them all", async () => {
  const many = Array.from({ length: 25 }, (_, i) => `+1555010${1000 + i}`);
  const { book } = writeAddressBook(folder, [
    { guid: "P-MANY", first: "Many", values: many.map((value) => ({ property: 3, label: "_$!<Mobile>!$_", value })) },
    {
      ...{ guid: "P-FIRM", isOrg: true, organization: "Example Ltd.", first: "Fay", last: "Front" },
      values: [{ property: 12, label: "_$!<Birthday>!$_", value: "0" }],
    },
  ]);
  const path = "Library/AddressBook/AddressBook.sqlitedb";
  const files = new MemoryPhoneFiles([{ domain: "HomeDomain", path, bytes: book }]);
  await exportTo({ ...wishes(), files, kinds: ["contacts"], choice: { formats: ["csv", "vcard"] } });
  const table = readFileSync(join(folder, "out", "contacts/contacts.csv"), "utf8");
  for (const value of many) expect(table).toContain(value);
  // Somebody may have a name at a company whose card it is.
  const cards = readFileSync(join(folder, "out", "contacts/contacts.vcf"), "utf8");
  expect(cards).toContain("FN:Example Ltd.\r\nN:Front;Fay;;;\r\n");
});

test.each(callGenerations)("calls of %s", async (generation) => {
  const isNew = generation !== "ios7" && generation !== "ios9";
  const bytes = writeCalls(folder, generation, [...sceneCalls, ...(isNew ? newerCalls : [])]);
  const where =
    generation === "ios7"
      ? { domain: "WirelessDomain", path: "Library/CallHistory/call_history.db" }
      : { domain: "HomeDomain", path: "Library/CallHistoryDB/CallHistory.storedata" };
  const temp = isNew
    ? [
        {
          domain: "HomeDomain",
          path: "Library/CallHistoryDB/CallHistoryTemp.storedata",
          bytes: writeCalls(folder, "ios13", sceneCalls.slice(0, 1)),
        },
      ]
    : [];
  const files = new MemoryPhoneFiles([{ ...where, bytes }, ...temp, ...bookFiles()]);
  const report = await exportTo({ ...wishes(), files, kinds: ["calls"], choice: { formats: ["csv", "html"] } });
  const calls: Json[] = readJson(join(folder, "out"), "calls/calls.json");
  expect(report.kinds[0]).toMatchObject({ written: isNew ? 8 : 6, isWhole: true });
  expect(calls.map(({ direction, missed, connected, kind }) => [direction, missed, connected, kind])).toEqual([
    ["in", false, true, "phone"],
    ["in", true, false, "phone"],
    ["out", false, true, "phone"],
    ["out", false, false, "phone"],
    ["in", false, true, "facetime-video"],
    // The list of iOS 7 does not tell whether there was a picture.
    ["out", false, true, generation === "ios7" ? "facetime-video" : "facetime-audio"],
    ...(isNew ? [0, 1].map(() => ["in", false, true, "app"]) : []),
  ]);
  expect(calls[0].at).toBe(generation === "ios7" ? "2023-05-01T12:00:00Z" : "2023-05-01T12:00:00.250Z");
  expect(calls.map(({ name }) => name).slice(0, 5)).toEqual([
    "Dr. Ann M;id,dle Exämple Jr.",
    "Bob",
    "Bob",
    generation === "ios7" ? "Called 112" : undefined,
    "Dr. Ann M;id,dle Exämple Jr.",
  ]);
  if (isNew) expect(calls[6].addresses).toEqual(["+15550100001", "+15550100002", "+4479123456"]);
  if (isNew) expect(calls[6].name).toBe("Dr. Ann M;id,dle Exämple Jr., Bob, +4479123456");
});

test("calls of iOS 7: one that was blocked is no FaceTime, one that was answered at once is not missed", async () => {
  const at = Date.UTC(2013, 9, 1) / 1000;
  const bytes = writeCalls(folder, "ios7", [
    { id: "B-1", at, duration: 0, type: 1, blocked: true, address: "0800 555" },
    { id: "B-2", at: at + 60, duration: 0, type: 1, answered: true, address: "112" },
  ]);
  const path = "Library/CallHistory/call_history.db";
  const files = new MemoryPhoneFiles([{ domain: "WirelessDomain", path, bytes }]);
  await exportTo({ ...wishes(), files, kinds: ["calls"] });
  const calls: Json[] = readJson(join(folder, "out"), "calls/calls.json");
  expect(calls.map(({ kind, missed, connected }) => [kind, missed, connected])).toEqual([
    ["phone", true, false],
    ["phone", false, true],
  ]);
});

test("a backup that is not encrypted says why there are no calls", async () => {
  const report = await exportTo({
    ...wishes(),
    files: new MemoryPhoneFiles(bookFiles(), { isEncrypted: false }),
    kinds: ["calls"],
  });
  expect(report.kinds[0]?.absent).toMatch(/not encrypted/);
});

test.each(memoGenerations)("voice memos of %s", async (generation) => {
  const isFlat = generation === "ios8" || generation === "ios12";
  const isOld = isFlat || generation === "ios14";
  const where = isOld
    ? { domain: "MediaDomain", root: "Media/Recordings" }
    : { domain: "AppDomainGroup-group.com.apple.VoiceMemos.shared", root: "Recordings" };
  const present = [
    ...sceneMemos.filter(({ id }) => id !== "M-3").map(({ path }) => path as string),
    "20240203 120400.composition/manifest.plist",
    "20240203 120400.composition/fragments/1.m4a",
    "20230101 stray.m4a",
  ];
  const files = new MemoryPhoneFiles([
    {
      domain: where.domain,
      path: `${where.root}/${memoDatabase(generation)}`,
      bytes: writeMemos(folder, generation, sceneMemos),
    },
    ...present.map((path) => ({
      domain: where.domain,
      path: `${where.root}/${path}`,
      bytes: Buffer.from(`sound of ${path}`),
      modifiedAt: new Date("2024-02-03T12:00:00Z"),
    })),
  ]);
  const report = await exportTo({ ...wishes(), files, kinds: ["voice-memos"] });
  expect(report.kinds[0]).toMatchObject({ found: 6, written: 5, isWhole: false });
  expect(
    visibleFiles(join(folder, "out"))
      .filter((path) => /m4a$/.test(path))
      .map((path) => path.replace(/ [0-9a-f]{8}(?=\.)/, " ID")),
  ).toEqual(
    isFlat
      ? [
          "voice-memos/2024-02-03 20230101 stray.m4a",
          "voice-memos/2024-02-03 Deleted one.m4a",
          "voice-memos/2024-02-03 Edited one (edit)/1.m4a",
          "voice-memos/2024-02-03 Edited one.m4a",
          "voice-memos/2024-02-03 Song idea ID.m4a",
          "voice-memos/2024-02-03 Song idea.m4a",
        ]
      : [
          "voice-memos/2024-02-03 20230101 stray.m4a",
          "voice-memos/2024-02-03 Edited one (edit)/1.m4a",
          "voice-memos/2024-02-03 Edited one.m4a",
          "voice-memos/Recently Deleted/2024-02-03 Deleted one.m4a",
          "voice-memos/Songs/2024-02-03 Song idea ID.m4a",
          "voice-memos/Songs/2024-02-03 Song idea.m4a",
        ],
  );
  const memos: Json[] = readJson(join(folder, "out"), "voice-memos/voice-memos.json");
  expect(memos.map(({ title }) => title)).toEqual([...sceneMemos.map(({ title }) => title), "20230101 stray.m4a"]);
  expect(memos[2].missing).toMatch(/iCloud/);
  expect(statSync(join(folder, "out", "voice-memos", memos[0].file)).mtime.toISOString()).toBe(
    "2024-02-03T12:00:00.000Z",
  );
  expect(memos[5]).toMatchObject({ orphan: true });
});

const memoPlace = { domain: "MediaDomain", root: "Media/Recordings" };
const memoFile = (path: string, text = `sound of ${path}`): MemoryFile => ({
  ...{ domain: memoPlace.domain, path: `${memoPlace.root}/${path}`, bytes: Buffer.from(text) },
  modifiedAt: new Date("2024-02-03T12:00:00Z"),
});
const memoList = (name: string, generation: MemoGeneration, memos: readonly MemoToWrite[]): MemoryFile => ({
  ...{ domain: memoPlace.domain, path: `${memoPlace.root}/${name}` },
  bytes: writeMemos(folder, generation, memos),
});

test("voice memos: no part of an edit is left behind, and none is taken for the recording", async () => {
  const [song, , , , edited] = sceneMemos as readonly [MemoToWrite, MemoToWrite, MemoToWrite, MemoToWrite, MemoToWrite];
  const files = new MemoryPhoneFiles([
    memoList("CloudRecordings.db", "ios14", [song, edited]),
    memoFile("20240203 120000.m4a"),
    // A part that has the recording's own name.
    memoFile("20240203 120000.composition/fragments/20240203 120000.m4a", "a part"),
    // Its recording is not in the backup.
    memoFile("20240203 120400.composition/fragments/1.m4a", "only part"),
    // Nothing tells of it.
    memoFile("20230101 lost.composition/manifest.plist", "lost manifest"),
    memoFile("20230101 lost.composition/fragments/1.m4a", "lost part"),
  ]);
  const report = await exportTo({ ...wishes(), files, kinds: ["voice-memos"] });
  expect(report.kinds[0]).toMatchObject({ found: 3, written: 1, besides: { "parts of edits": 4 }, isWhole: false });
  const at = (path: string): string => readFileSync(join(folder, "out/voice-memos", path), "utf8");
  const memos: Json[] = readJson(join(folder, "out"), "voice-memos/voice-memos.json");
  expect(at(memos[0].file)).toBe("sound of 20240203 120000.m4a");
  expect(at("2024-02-03 Edited one (edit)/1.m4a")).toBe("only part");
  expect(at("2024-02-03 20230101 lost (edit)/1.m4a")).toBe("lost part");
  expect(memos.slice(1).map(({ missing, edited: isEdited, orphan }: Json) => [missing, isEdited, orphan])).toEqual([
    ["not in this backup: only the parts that its edit is made of are", true, undefined],
    ["not in this backup: only the parts that its edit is made of are", true, true],
  ]);
});

test("voice memos of two lists: what the older alone knows keeps its title, what both know stands once", async () => {
  const [song, second] = sceneMemos as readonly [MemoToWrite, MemoToWrite];
  const files = new MemoryPhoneFiles([
    memoList("CloudRecordings.db", "ios14", [song]),
    memoList("Recordings.db", "ios8", [
      { ...song, id: "OLD-1", title: "an old title" },
      { ...second, title: "Only there" },
    ]),
    memoFile("20240203 120000.m4a"),
    memoFile("20240203 120100.m4a"),
  ]);
  const report = await exportTo({ ...wishes(), files, kinds: ["voice-memos"] });
  expect(report.kinds[0]).toMatchObject({ found: 2, written: 2, leftOut: [] });
  const memos: Json[] = readJson(join(folder, "out"), "voice-memos/voice-memos.json");
  expect(memos.map(({ title, orphan }) => [title, orphan])).toEqual([
    ["Song idea", undefined],
    ["Only there", undefined],
  ]);
});

test.each(noteGenerations)(
  "notes of %s: texts, lists, tables, attachments, and locks that open",
  async (generation) => {
    const { store, media } = writeNotes(folder, generation, sceneNotes);
    const domain = "AppDomainGroup-group.com.apple.notes";
    const files = new MemoryPhoneFiles([
      { domain, path: "NoteStore.sqlite", bytes: store },
      ...[...media].map(([path, bytes]) => ({ domain, path, bytes })),
    ]);
    const closed = await exportTo({ ...wishes(), files, kinds: ["notes"], choice: { formats: ["html", "md"] } });
    expect(closed.kinds[0]?.leftOut.map(({ reason, count }) => [reason, count])).toEqual([
      ["attachments-missing", 1],
      ["locked-classic", 1],
      ["locked-newer", 1],
    ]);
    const report = await exportTo({
      ...wishes(),
      files,
      kinds: ["notes"],
      choice: { formats: ["html", "md"], notePasswords: ["wrong", "open sesame"] },
    });
    expect(report.kinds[0]).toMatchObject({ found: 6, written: 6 });
    const notes: Json[] = readJson(join(folder, "out"), "notes/notes.json");
    const by = (id: string): Json => notes.find((note) => note.id === id);
    expect(by("N-1")).toMatchObject({
      ...{
        title: "Shopping",
        folder: "Home/Lists",
        account: "iCloud",
        pinned: true,
        shared: true,
        createdAt: "2024-02-03T12:00:00Z",
        modifiedAt: "2024-02-03T12:01:00Z",
      },
      checklist: [
        { done: true, text: "milk fresh" },
        { done: false, text: "bread" },
      ],
      links: [{ url: "https://example.org/?a=1&b=2", text: "the page" }],
      tables: [
        [
          ["a", "b|c"],
          ["<i>1</i>", "2"],
        ],
      ],
      inline: ["#food"],
    });
    expect(
      by("N-1").attachments.map(({ name, file, missing }: Json) => [name, file !== undefined, missing !== undefined]),
    ).toEqual([
      ["IMG 1.jpg", true, false],
      [undefined, true, false],
      ["gone.png", false, true],
    ]);
    expect(by("N-4").trashed).toBe(true);
    expect(by("N-5")).toMatchObject({ text: "the treasure" });
    expect(by("N-5").locked).toBeUndefined();
    expect(by("N-6")).toMatchObject({ locked: "newer", text: "" });
    const page = readFileSync(join(folder, "out", "notes/Home/Lists/Shopping.html"), "utf8");
    expect(page).toContain("&lt;i&gt;1&lt;/i&gt;");
    const paths = visibleFiles(join(folder, "out"));
    expect(paths.filter((path) => /Lists\/Shopping.*\.md$/.test(path))).toHaveLength(2);
    const evil = paths
      .filter((path) => /Lists\/Shopping.*\.html$/.test(path))
      .map((path) => readFileSync(join(folder, "out", path), "utf8"));
    expect(evil.some((text) => text.includes("<script>alert"))).toBe(false);
    const markdown = readFileSync(join(folder, "out", "notes/Home/Lists/Shopping.md"), "utf8");
    expect(markdown).toContain("- [x] milk **fresh**");
    expect(markdown).toContain("| a | b\\|c |");
  },
);

test.each(noteGenerations)(
  "notes of %s: nested lists, scans, the file of now, links, locks from iCloud",
  async (generation) => {
    const { store, media } = writeNotes(folder, generation, trickyNotes);
    const domain = "AppDomainGroup-group.com.apple.notes";
    const files = new MemoryPhoneFiles([
      { domain, path: "NoteStore.sqlite", bytes: store },
      ...[...media].map(([path, bytes]) => ({ domain, path, bytes })),
    ]);
    const choice = { formats: ["html", "md"] as const, notePasswords: ["open sesame"] };
    const report = await exportTo({ ...wishes(), files, kinds: ["notes"], choice });
    expect(report.kinds[0]?.leftOut.map(({ reason, count }) => [reason, count])).toEqual([["attachments-locked", 1]]);
    const [scan, sealed]: Json[] = readJson(join(folder, "out"), "notes/notes.json");
    const read = (path: string): string => readFileSync(join(folder, "out/notes", path), "utf8");
    expect(scan).toMatchObject({
      shared: true,
      links: [{ url: "applenotes:note/n-1", text: "Shopping" }],
      inline: ["Shopping"],
      attachments: [{ uti: "com.apple.notes.gallery" }, { name: "page.jpg" }, { name: "pic.jpg" }],
    });
    expect(scan.attachments[0].missing).toBeUndefined();
    const bytes = scan.attachments
      .slice(1)
      .map(({ file }: Json) => readFileSync(join(folder, "out/notes", file), "hex"));
    expect(bytes).toEqual(["ffd8ffe001", "ffd8ffe002"]);
    expect(sealed).toMatchObject({
      text: "found",
      attachments: [{ name: "sealed.jpg", missing: "locked with its note, and not opened" }],
    });
    expect(sealed.locked).toBeUndefined();
    const numbers = ["1. one", "1. nested", "2. nested too", "2. two", "1. nested again", "3. three"];
    for (const page of ["Team/Scan.html", "Team/Scan.md"]) {
      const found = [...read(page).matchAll(/\d\. (?:one|nested too|nested again|nested|two|three)/g)].map(
        ([words]) => words,
      );
      expect(found).toEqual(numbers);
    }
  },
);

test("notes of before iOS 9: each with its text, its dates and its own file", async () => {
  const bytes = writeOldNotes(folder, sceneOldNotes);
  const files = new MemoryPhoneFiles([{ domain: "HomeDomain", path: "Library/Notes/notes.sqlite", bytes }]);
  const report = await exportTo({ ...wishes(), files, kinds: ["notes"], choice: { formats: ["html", "md"] } });
  expect(report.kinds[0]).toMatchObject({ found: sceneOldNotes.length, written: sceneOldNotes.length, isWhole: false });
  expect(report.kinds[0]?.leftOut.map(({ reason, examples }) => [reason, examples])).toEqual([
    ["attachments-missing", ["Mail: photo.jpg"]],
  ]);
  const notes: Json[] = readJson(join(folder, "out"), "notes/notes.json");
  expect(notes.map(({ id, title, text, trashed, createdAt }) => ({ id, title, text, trashed, createdAt }))).toEqual(
    sceneOldNotes.map(({ id, title, text, trashed, at }) => ({
      ...{ id, title, text, trashed },
      createdAt: new Date(at * 1000).toISOString().replace(".000Z", "Z"),
    })),
  );
  expect(notes.at(-1)).toMatchObject({
    ...{ account: "Example Mail", folder: "Notes", links: sceneOldNotes.at(-1)?.links },
    attachments: [{ name: "photo.jpg" }],
  });
  const pages = visibleFiles(join(folder, "out")).filter((path) => path.endsWith(".html"));
  expect(pages).toContain("notes/Notes/Mail.html");
  expect(pages).toHaveLength(sceneOldNotes.length);
  expect(pages).toContain("notes/Recently Deleted/Shopping.html");
  for (const path of pages) expect(readFileSync(join(folder, "out", path), "utf8")).not.toContain("<script>alert");
});
