/** Texts that people, phones and disks bring: settings, templates, names, logs; and the rows of a phone's library. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generations, tablesOf } from "../../../fixtures/make/photos-schema.ts";
import { readConfig } from "../../../src/app/settings/index.ts";
import type { MediaItem } from "../../../src/device/media-source.ts";
import { specialName } from "../../../src/library/android/android-names.ts";
import { libraryItems } from "../../../src/library/photos/photos-items.ts";
import { readLibraryRows } from "../../../src/library/photos/photos-rows.ts";
import type { RollItem } from "../../../src/library/roll.ts";
import { Tree } from "../../../src/library/tree.ts";
import { splitName, stemOfOriginal } from "../../../src/media/kinds.ts";
import type { ForeignDatabase } from "../../../src/shared/foreign-database.ts";
import type { ForeignRow, ForeignValue } from "../../../src/shared/foreign-rows.ts";
import { maxNameLength, safeComponent } from "../../../src/shared/safe-name.ts";
import { displayWidth, jsonLine, printable, truncate } from "../../../src/shared/text.ts";
import { parseDateArgument } from "../../../src/transfer/plan/date-argument.ts";
import { PathTemplate } from "../../../src/transfer/plan/path-template.ts";
import { logLines } from "../../helpers/runs-of.ts";
import { type FuzzTarget, fail } from "../target.ts";

let made: string | undefined;
const folder = (): string => {
  made ??= mkdtempSync(join(tmpdir(), "offroll-fuzz-"));
  return made;
};

const now = Date.UTC(2026, 0);
const noTimes = { modifiedAt: undefined, createdAt: undefined };
const fileOf = (path: string): MediaItem => ({
  id: path,
  path,
  name: path.split("/").at(-1) as string,
  area: path.startsWith("/PhotoData/Mutations") ? "edits" : "camera-roll",
  sizeBytes: 1,
  ...noTimes,
});
const paths = [
  "/DCIM/100APPLE/IMG_0001.HEIC",
  "/DCIM/100APPLE/IMG_0001.MOV",
  "/DCIM/100APPLE/IMG_0002.JPG",
  "/PhotoData/Mutations/DCIM/100APPLE/IMG_0002/Adjustments/FullSizeRender.jpg",
];

/** One value for each byte: those that rows of a library have, and those that they should not. */
function foreignValue(byte: number, input: Buffer): ForeignValue {
  const texts = [
    "DCIM/100APPLE",
    "IMG_0001.HEIC",
    "IMG_0002.JPG",
    "../..",
    "",
    "/",
    "\0",
    "A-UUID",
    "x".repeat(300),
    "\u202e.jpg",
  ];
  switch (byte >> 5) {
    case 0:
      return byte;
    case 1:
      return -(byte & 31) * 1e6;
    case 2:
      return texts[byte % texts.length] as string;
    case 3:
      return null;
    case 4:
      return (byte & 31) * 1e14;
    case 5:
      return new Uint8Array(byte & 31);
    case 6:
      return [0.5, -0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 700_000_000, 46.95, -181][byte % 8] as number;
    default:
      return input.toString("utf8", 0, 40);
  }
}

/** A library of a generation whose every query is answered with values from the input. */
function libraryOf(input: Buffer): ForeignDatabase {
  const generation = generations[(input[0] ?? 0) % generations.length]!;
  const tables = [...tablesOf(generation)].map(([name, columns]) => ({
    name,
    columns: [...columns.keys()],
    key: columns.has("Z_PK") ? "Z_PK" : undefined,
  }));
  let at = 1;
  const rows = (): ForeignRow[] =>
    Array.from({ length: 1 + ((input[at++] ?? 0) % 5) }, (_, row) =>
      Array.from({ length: 64 }, (_, column) => {
        const byte = input[at++ % Math.max(1, input.length)] ?? 0;
        // The first columns are the key, folder and name of an asset, mostly.
        if (byte % 3 > 0 && column < 3)
          return [row + 1, "DCIM/100APPLE", `IMG_000${row + 1}.${byte % 2 ? "HEIC" : "JPG"}`][column] as ForeignValue;
        return foreignValue(byte, input);
      }),
    );
  return {
    tables: async () => tables,
    all: async () => rows(),
    async *batches() {
      yield rows();
    },
  } as unknown as ForeignDatabase;
}

async function itemsOf(input: Buffer): Promise<RollItem[]> {
  const rows = await readLibraryRows(libraryOf(input));
  const tree = new Tree();
  for (const path of paths) tree.add(fileOf(path));
  const items: RollItem[] = [];
  if (rows)
    for await (const item of libraryItems(rows, tree, {
      timeZone: "Europe/Berlin",
      now,
      usesICloud: true,
      factsOf: () => undefined,
      kindOf: (item) => tree.kindOf(item),
    }))
      items.push(item);
  return items;
}

function assertSafe(component: string, reserve = 0): void {
  if (component === "" || component === "." || component === "..") fail("a name that is a way");
  if (/[/\\\u0000-\u001f]/.test(component)) fail("a name that holds a way");
  if (Buffer.byteLength(component) > maxNameLength - reserve) fail("a name that is too long");
  if (safeComponent(component, reserve) !== component) fail("a safe name is made safe again");
}

export const textTargets: readonly FuzzTarget[] = [
  {
    name: "photos-rows",
    maxBytes: 512,
    run: itemsOf,
    seeds: () => generations.map((_, i) => Buffer.from(Array.from({ length: 300 }, (_, k) => (i + k * 7) % 256))),
    maxAllocation: (bytes) => 48 * 1024 * 1024 + 64 * bytes,
  },
  {
    name: "templates",
    maxBytes: 600,
    async run(input) {
      const at = 1 + ((input[0] ?? 0) % 100);
      const template = new PathTemplate(input.toString("utf8", 1, at));
      const text = input.toString("utf8", at);
      const item = {
        id: "0123abcd",
        kind: "photo",
        subtype: undefined,
        parts: [
          {
            role: "original",
            item: fileOf(`/DCIM/100APPLE/${text.replaceAll("/", "")}`),
            availability: "phone",
            facts: { format: "jpeg", make: text, model: text },
          },
        ],
        captured: undefined,
        availability: "phone",
        edited: false,
        library: { originalFilename: text, albums: [{ key: "1", title: text, folders: [], path: text }] },
      } as unknown as RollItem;
      for (const component of template.render(item, text).split("/")) assertSafe(component);
    },
    seeds: () =>
      ["{year}/{month}/{name}", "{album|none}/{camera}-{name}", "{phone}/{folder}/{id}"].map((t) =>
        Buffer.concat([Buffer.from([t.length]), Buffer.from(`${t}IMG_0001: a/b.JPG`)]),
      ),
    words: ["{year}", "{name}", "{album|", "}", "{", "/", "..", "{camera}", "CON", "\u202e"],
  },
  {
    name: "names",
    maxBytes: 600,
    run(input) {
      const text = input.toString("utf8");
      assertSafe(safeComponent(text));
      assertSafe(safeComponent(text, 40), 40);
      assertSafe(safeComponent(input.toString("utf16le")));
      specialName(text);
      const { stem, extension } = splitName(text);
      if (stem.length + extension.length > text.length) fail("a name is longer than itself");
      stemOfOriginal(text, "IMG_0001.JPG");
      const line = jsonLine({ text, again: input.toString("utf16le") });
      if (printable(line) !== line) fail("JSON that moves a terminal");
      if ((JSON.parse(line) as { text: string }).text !== text) fail("JSON that says something else");
      if (displayWidth(truncate(printable(text), 20)) > 20) fail("a cut text is too wide");
    },
    seeds: () =>
      [
        "IMG_0001.HEIC",
        "CON.txt",
        " .hidden. ",
        "naïve — 写真 😀.JPG",
        ".trashed-1700000000-IMG.jpg",
        "a\u202eb\u0085c",
      ].map((t) => Buffer.from(t)),
    words: ["COM1", ".", " ", "\xe2\x80\xae", "\xf0\x9f\x98\x80", ".trashed-", "\x9b"],
  },
  {
    name: "run-logs",
    maxBytes: 2_000,
    async run(input) {
      const runs = join(folder(), "log", "runs");
      mkdirSync(runs, { recursive: true });
      writeFileSync(join(runs, "20260101T000000Z-a.jsonl"), input);
      for (const { line } of await logLines(join(folder(), "log")))
        if (typeof line.type !== "string") fail("a line without a kind");
    },
    seeds: () => [
      Buffer.from(
        '{"type":"run","v":1,"runId":"r","startedAt":"2026-01-01T00:00:00Z","command":"backup","device":{"id":"d","name":"n","model":"m"}}\n{"type":"item","path":"/DCIM/a","outcome":"copied","sizeBytes":1,"target":"a","sha256":"00"}\n{"type":"summary","ok":true}\n',
      ),
    ],
    words: ["null", "[]", "{}", '"type":"item"', '"target":"', "\n", "1e999", "\\u0000"],
  },
  {
    name: "config",
    maxBytes: 1_000,
    run(input) {
      const file = join(folder(), "config.json");
      writeFileSync(file, input);
      return readConfig(file);
    },
    seeds: () => [Buffer.from('{"template":"{year}/{name}","wait":"2m","verify":"hash"}'), Buffer.from("{}")],
    words: ['"template":', '"to":', "null", "[", "__proto__", "1e9"],
  },
  {
    name: "dates",
    maxBytes: 60,
    run: (input) => parseDateArgument(input.toString("utf8"), (input[0] ?? 0) % 2 ? "first" : "last", now),
    seeds: () => ["2024", "2024-05", "2024-05-31", "30d"].map((t) => Buffer.from(t)),
  },
];
