/** What photos are grouped by, whose they are, and what is kept of a person's own albums. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openIndex } from "../../src/gallery/server/index-file.ts";
import { OwnAlbums } from "../../src/gallery/server/own-albums.ts";
import type {
  GroupAnswer,
  ItemsAnswer,
  PhotoAnswer,
  PlacesAnswer,
  StartAnswer,
  ViewAnswer,
} from "../../src/gallery/wire.ts";
import { DestinationError } from "../../src/shared/errors.ts";
import { readCatalog } from "../../src/transfer/catalog/index.ts";
import { openDestination } from "../../src/transfer/destination/index.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { type Opened, opened } from "./opened.ts";

const photo = (n: number, captured: string, kept: object = {}, bytes = `photo ${n}`): MadePhoto => ({
  id: String(n).padStart(8, "0"),
  captured,
  kept: { ...kept },
  files: [{ target: `all/${n}.jpg`, bytes: Buffer.from(bytes) }],
});

/** Names in a view, in its order: numbers of photos. */
async function shown(g: Opened, view: string): Promise<string> {
  const query = encodeURIComponent(view);
  const { count } = await g.json<ViewAnswer>(`/api/view?view=${query}`);
  const items = await g.json<ItemsAnswer>(`/api/items?view=${query}&from=0&count=${count}`);
  return items.name.map((name) => name.replace(".jpg", "")).join(" ");
}

test("the timeline is the newest first, with its days; undated ones come last, hidden and deleted ones only to who asks", async () => {
  const root = makeDestination([
    photo(1, "2024-05-01T12:00:00+02:00"),
    photo(2, "2024-05-01T08:00:00+02:00"),
    photo(3, "2023-01-01"),
    photo(4, "", { captured: null }),
    photo(5, "2024-05-02T08:00:00+02:00", { hidden: true }),
    photo(6, "2024-05-02T08:00:00+02:00", { trashed: true }),
    photo(7, "2024-05-02T08:00:00+02:00", { burstUuid: "B", burstPicked: false }),
    photo(8, "2024-05-02T09:00:00+02:00", { burstUuid: "B", burstPicked: true }),
  ]);
  await using g = await opened([root]);
  expect(await shown(g, "")).toBe("8 1 2 3 4");
  expect((await g.json<ViewAnswer>("/api/view?view=")).days).toEqual([20240502, 1, 20240501, 2, 20230101, 1, 0, 1]);
  expect(await shown(g, "hidden=1")).toBe("5");
  expect(await shown(g, "trashed=1")).toBe("6");
  expect(await shown(g, "burst=B")).toBe("8 7");
  const start = await g.json<StartAnswer>("/api/start");
  expect([start.count, start.hidden, start.trashed]).toEqual([5, 1, 1]);
});

test("who is at home in between is on two trips", async () => {
  const on = (n: number, date: number, lat: number, place: string): MadePhoto =>
    photo(n, `2024-05-${date}T12:00:00Z`, { gps: { lat, lon: 8 }, place });
  const root = makeDestination([
    ...Array.from({ length: 9 }, (_, i) => on(i, 11, 48, "Munich")),
    on(10, 12, 46, "Bern"),
    ...Array.from({ length: 9 }, (_, i) => on(20 + i, 13, 48, "Munich")),
    ...[20, 21, 22, 23].map((date) => on(date + 20, date, 46, "Bern")),
  ]);
  await using g = await opened([root]);
  const trips = await g.json<GroupAnswer[]>("/api/trips");
  expect(trips.map(({ title, note, count }) => [title, note, count])).toEqual([
    ["Munich", "20240513-20240513", 9],
    ["Munich", "20240511-20240511", 9],
  ]);
});

test("trips are days in a row away from home; this day is that of other years", async () => {
  const at = (lat: number, lon: number): object => ({ gps: { lat, lon } });
  const home = Array.from({ length: 40 }, (_, i) =>
    photo(100 + i, `2024-0${1 + (i % 4)}-${String(1 + (i % 27)).padStart(2, "0")}T12:00:00Z`, at(46.95, 7.45)),
  );
  const away = Array.from({ length: 12 }, (_, i) =>
    photo(200 + i, `2024-05-${10 + (i % 4)}T12:00:00Z`, { ...at(38.7, -9.1), place: "Lisbon" }),
  );
  const few = Array.from({ length: 3 }, (_, i) =>
    photo(300 + i, "2024-05-25T12:00:00Z", { ...at(60, 10), place: "Oslo" }),
  );
  const june = [
    photo(400, "2022-06-14T12:00:00Z"),
    photo(401, "2020-06-14T12:00:00Z"),
    photo(402, "2024-06-14T08:00:00Z"),
  ];
  const root = makeDestination([...home, ...away, ...few, ...june]);
  await using g = await opened([root]);
  const trips = await g.json<GroupAnswer[]>("/api/trips");
  expect(trips.map(({ title, note, count, view }) => [title, note, count, view])).toEqual([
    ["Lisbon", "20240510-20240513", 12, "days=20240510-20240513"],
  ]);
  expect((await shown(g, trips[0]!.view)).split(" ")).toHaveLength(12);
  const days = await g.json<GroupAnswer[]>("/api/day");
  expect(days.map(({ title, count }) => [title, count])).toEqual([
    ["2 years ago", 1],
    ["4 years ago", 1],
  ]);
  const { count, lat } = await g.json<PlacesAnswer>("/api/places");
  expect([lat, count]).toEqual([
    [46.95, 38.7, 60],
    [40, 12, 3],
  ]);
  expect((await shown(g, "box=38,-10,39,-9")).split(" ")).toHaveLength(12);
});

test("albums stand in their folders, whatever is in a title; people, kinds and the largest videos have views", async () => {
  const root = makeDestination([
    photo(1, "2024-05-01T12:00:00Z", {
      albumPaths: [{ title: "AC/DC: live?", folders: ["Trips", "By the sea"] }],
      people: ["Anna"],
    }),
    photo(2, "2024-05-02T12:00:00Z", { albumPaths: [{ title: "AC/DC: live?", folders: [] }], favourite: true }),
    {
      ...photo(3, "2024-05-03T12:00:00Z", { kind: "video" }, "x".repeat(50)),
      files: [{ target: "all/3.mov", bytes: Buffer.alloc(50) }],
    },
    {
      ...photo(4, "2024-05-04T12:00:00Z", { kind: "video" }),
      files: [{ target: "all/4.mov", bytes: Buffer.alloc(90) }],
    },
  ]);
  await using g = await opened([root]);
  const albums = await g.json<GroupAnswer[]>("/api/groups/album");
  expect(albums.map(({ title, note, count }) => [title, note, count])).toEqual([
    ["AC/DC: live?", "", 1],
    ["AC/DC: live?", "Trips › By the sea", 1],
  ]);
  expect(await shown(g, albums[1]!.view)).toBe("1");
  expect(await shown(g, "person=Anna")).toBe("1");
  expect(await shown(g, "kind=favourite")).toBe("2");
  const largest = "kind=video&sort=size";
  expect(await shown(g, largest)).toBe("4.mov 3.mov");
  // How large they are is what somebody comes for.
  const asked = `/api/items?view=${encodeURIComponent(largest)}&from=0&count=2`;
  expect((await g.json<ItemsAnswer>(asked)).size).toEqual(["90 B", "50 B"]);
  expect((await g.json<ItemsAnswer>("/api/items?view=&from=0&count=2")).size).toBeUndefined();
  // An order that nobody has, though every object of JavaScript's has such a name.
  expect(await shown(g, "kind=video&sort=constructor")).toBe("4.mov 3.mov");
});

test("several phones and destinations are one page: a copy is no second photo, a true duplicate is", async () => {
  const same = [photo(1, "2024-05-01T12:00:00Z"), photo(2, "2024-05-02T12:00:00Z")];
  const first = makeDestination(same);
  const copy = makeDestination(same);
  // The phone that came after the first has the same photo under another id, and one of its own, twice.
  const other = makeDestination(
    [
      photo(91, "2024-05-01T12:00:00Z", {}, "photo 1"),
      photo(92, "2024-05-03T12:00:00Z", {}, "twice"),
      photo(93, "2024-05-03T13:00:00Z", {}, "twice"),
    ],
    { device: "SECOND", name: "New phone" },
  );
  await using g = await opened([first, copy, other]);
  expect(await shown(g, "")).toBe("93 92 2 1");
  expect(await shown(g, "same=1")).toBe("92 93");
  const start = await g.json<StartAnswer>("/api/start");
  expect(start.phones.map(({ name, count }) => [name, count])).toEqual([
    ["Made iPhone", 2],
    ["New phone", 2],
  ]);
  expect(start.duplicates).toBe(1);
  const one = await g.json<PhotoAnswer>("/api/photo/1");
  expect(one.copies).toEqual([first, copy, other]);
  expect(one.parts.map((p) => p.place)).toEqual([first, copy, other]);
});

test("the gallery's own albums are one private file, which outlives the index, and survives what is written into it", async () => {
  const root = makeDestination([photo(1, "2024-05-01T12:00:00Z"), photo(2, "2024-05-02T12:00:00Z")]);
  const file = join(root, ".offroll/gallery.json");
  let album: string;
  {
    await using g = await opened([root]);
    album = JSON.parse(
      `${(await g.post("/api/albums", { do: "make", title: "  Mine  ", photos: [1, 2, 99] })).body}`,
    ).album;
    await g.post("/api/albums", { do: "take-out", album, photos: [1] });
    expect(await shown(g, `own=${album}`)).toBe("2");
  }
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    v: 1,
    albums: [{ id: album, title: "Mine", photos: ["00008120-00000000000000AA/00000002"] }],
  });
  {
    await using g = await opened([root]);
    expect((await g.json<GroupAnswer[]>("/api/groups/own")).map(({ title, count }) => [title, count])).toEqual([
      ["Mine", 1],
    ]);
  }
  for (const broken of ["{", "[]", '{"albums":[{"id":1},null,{"id":"a","title":"T","photos":[1,"x/y"]}]}']) {
    writeFileSync(file, broken);
    await using g = await opened([root]);
    expect(await shown(g, "")).toBe("2 1");
  }
});

test("a file of albums that is not all understood is shown as far as it is, and never written over", async () => {
  const root = makeDestination([photo(1, "2024-05-01T12:00:00Z")]);
  const file = join(root, ".offroll/gallery.json");
  const album = { id: "a", title: "T", madeAt: "", photos: ["00008120-00000000000000AA/00000001"] };
  for (const [text, titles] of [
    [`{"v":1,"albums":[${JSON.stringify(album)}`, []],
    [JSON.stringify({ v: 2, albums: [album] }), ["T"]],
    [JSON.stringify({ v: 1, albums: [album, { id: "b", title: "U", photos: [{ phone: 1 }] }] }), ["T", "U"]],
  ] as const) {
    writeFileSync(file, text);
    await using g = await opened([root]);
    expect((await g.json<GroupAnswer[]>("/api/groups/own")).map(({ title }) => title)).toEqual(titles);
    const { cannotKeep } = await g.json<StartAnswer>("/api/start");
    expect(cannotKeep).toMatch(/gallery\.json in .* is damaged or of a newer offroll/);
    for (const change of [
      { do: "make", title: "New", photos: [1] },
      { do: "remove", album: "a" },
    ])
      expect((await g.post("/api/albums", change)).status).toBeGreaterThanOrEqual(400);
    expect(readFileSync(file, "utf8")).toBe(text);
  }
});

test("an album is changed where it lies: in each of several destinations, whichever comes first, and one change after the other", async () => {
  const photos = [photo(1, "2024-05-01T12:00:00Z"), photo(2, "2024-05-02T12:00:00Z")];
  const [one, two] = [makeDestination(photos), makeDestination(photos)];
  const titles = async (g: Opened): Promise<string> =>
    (await g.json<GroupAnswer[]>("/api/groups/own")).map(({ title, count }) => `${title} ${count}`).join(", ");
  {
    await using g = await opened([one]);
    await Promise.all(["A", "B"].map(async (title) => await g.post("/api/albums", { do: "make", title, photos: [1] })));
    expect(await titles(g)).toBe("A 1, B 1");
  }
  {
    // The other one comes first now, and has none of its own.
    await using g = await opened([two, one]);
    await g.post("/api/albums", { do: "make", title: "C", photos: [2] });
    const [a, b] = await g.json<GroupAnswer[]>("/api/groups/own");
    await g.post("/api/albums", { do: "remove", album: a!.own });
    await g.post("/api/albums", { do: "add", album: b!.own, photos: [2] });
    expect(await titles(g)).toBe("B 2, C 1");
    expect((await g.post("/api/albums", { do: "rename", album: a!.own, title: "?" })).status).toBe(400);
  }
  await using g = await opened([one]);
  expect(await titles(g)).toBe("B 2");
});

test("hidden and deleted photos are in no album of one's own: not put in, not shown once they are hidden", async () => {
  const on = (n: number, kept: object = {}): MadePhoto => photo(n, `2024-05-0${n}T12:00:00Z`, kept);
  const root = makeDestination([on(1), on(2), on(3, { trashed: true })]);
  const runs = { root, runId: "20240602T120000Z-1a2b3c" };
  let album: string;
  {
    await using g = await opened([root]);
    album = JSON.parse(`${(await g.post("/api/albums", { do: "make", title: "Mine", photos: [1, 2] })).body}`).album;
    const refused = await g.post("/api/albums", { do: "add", album, photos: [3] });
    expect([refused.status, `${refused.body}`]).toEqual([400, expect.stringContaining("cannot be put into albums")]);
  }
  makeDestination([on(1), on(2, { hidden: true }), on(3, { trashed: true })], runs);
  await using g = await opened([root]);
  expect(await shown(g, `own=${album}`)).toBe("1");
  const [group] = await g.json<GroupAnswer[]>("/api/groups/own");
  expect([group?.count, group?.cover.id]).toEqual([1, 1]);
  expect(readFileSync(join(root, ".offroll/gallery.json"), "utf8")).toContain("/00000002");
});

test("on a read-only place albums cannot be kept, and it is said why; on the next that can be written to they are", async () => {
  const root = makeDestination([photo(1, "2024-05-01T12:00:00Z")]);
  const { found, place } = await openDestination(root, "/");
  const refused = new DestinationError("destination-read-only", "Its disk is read-only.");
  const readOnly = {
    ...place,
    metadata: { ...place.metadata, albums: { read: async () => undefined, refusal: async () => refused } },
  } as never;
  using catalog = (await readCatalog(place.metadata))!;
  const { index } = openIndex(mkdtempSync(join(tmpdir(), "offroll-index-")), "key");
  const shownPlace = { n: 1, folder: found, place: readOnly, catalog };
  const none = await OwnAlbums.open(index, [shownPlace]);
  expect(none.cannotKeep).toBe("Its disk is read-only.");
  await expect(none.change({ do: "make", title: "A", photos: [] }, new Date(0))).rejects.toThrow("read-only");
  expect(existsSync(join(root, ".offroll/gallery.json"))).toBe(false);
  const second = await OwnAlbums.open(index, [shownPlace, { n: 2, folder: found, place, catalog }]);
  expect(second.cannotKeep).toBeNull();
  await second.change({ do: "make", title: "A", photos: [] }, new Date(0));
  expect(existsSync(join(root, ".offroll/gallery.json"))).toBe(true);
  index[Symbol.dispose]();
});

test("nothing is written to the destination by looking", async () => {
  const root = makeDestination([photo(1, "2024-05-01T12:00:00Z")]);
  const before = filesBelow(root);
  {
    await using g = await opened([root]);
    for (const path of ["/api/start", "/api/view?view=", "/t/1/x.jpg", "/f/1/0/x", "/api/photo/1", "/api/trips"])
      await g.ask(path);
  }
  expect(filesBelow(root)).toEqual(before);
});

test("without a kept library the files' own facts are shown", async () => {
  const root = makeDestination([photo(1, "2024-05-01T12:00:00Z")], { hasLibrary: false });
  await using g = await opened([root]);
  expect(await shown(g, "")).toBe("1");
  expect((await g.json<ViewAnswer>("/api/view?view=")).days).toEqual([20240501, 1]);
});
