/** The layers, held: who may import whom, and why not. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const src = resolve(import.meta.dirname, "../src");
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && /\.tsx?$/.test(e.name))
  .map((e) => relative(src, join(e.parentPath, e.name)));

interface Import {
  readonly file: string;
  readonly target: string;
}

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((m) => {
    const specifier = m[1] as string;
    const target = specifier.startsWith(".") ? relative(src, resolve(src, dirname(file), specifier)) : specifier;
    return { file, target };
  });
});

/** Files below the first pattern must not import what the second matches. */
const fences: [from: RegExp, mayNot: RegExp, why: string][] = [
  [/^shared\//, /^(?!shared\/|node:)/, "shared is below everything: it imports nothing of ours and no package"],
  [
    /^device\/wire\//,
    /^device\/(?!wire\/)/,
    "wire is structs, streams and property lists; a protocol's format lies with its protocol",
  ],
  [/^device\//, /^(media|library|transfer|cli|ui|main)/, "a phone must not know what its bytes are used for"],
  [/^device\/iphone\//, /^device\/(mock|mtp|adb|index)/, "protocols do not import each other, nor their mocks"],
  [
    /^device\/mtp\//,
    /^device\/(mock|iphone|adb|index|device-hub)/,
    "protocols do not import each other, nor their mocks",
  ],
  [
    /^device\/adb\//,
    /^device\/(mock|iphone|mtp|usb|index|device-hub)/,
    "protocols do not import each other, nor their mocks",
  ],
  [/^device\/usb\//, /^device\/(mock|iphone|adb|mtp|index|device-hub)/, "a bus knows no protocol above it"],
  [/^(?!device\/adb\/)/, /^@yume-chan\//, "the adb library stays behind the adb client"],
  [
    /^device\/mock\//,
    /^device\/(mtp\/(?!mtp-format|mtp-datasets)|adb\/(?!adb-format)|usb\/(?!usb-descriptors|usbip-format))/,
    "a mock shares declared structs with a client and nothing else",
  ],
  [
    /^device\/mock\//,
    /^device\/iphone\/(?!afc\/afc-format|usbmux\/daemon\/usbmux-format)/,
    "a mock shares declared structs with a client and nothing else",
  ],
  [
    /^media\//,
    /^(device|library|transfer|cli|ui|main)/,
    "media takes bytes and gives facts; it knows no phone and no disk",
  ],
  [/^library\//, /^(transfer|cli|ui|main|device\/(?!media-source))/, "the roll knows phones only as a MediaSource"],
  [
    /^transfer\//,
    /^(cli|ui|main|device\/(?!media-source))/,
    "transfer must not know protocols, or a new phone kind means editing the pipeline",
  ],
  [/^cli\//, /^ui\/(?!start)/, "cli and ui do not import each other, but for the UI's front door"],
  [/^cli\/(?!mock)/, /^device\/(?!index|mock)/, "cli finds phones through device/index.ts"],
  [
    /^ui\//,
    /^cli\/(?!context|config|demo-phone|export-choices|index|remembered-places)/,
    "cli and ui do not import each other",
  ],
  [/^(?!ui\/)/, /^(react|ink)(\/|$)/, "react and ink only in the UI"],
  [/^(?!cli\/doctor|device\/usb\/libusb)/, /^usb$/, "the USB binding only where the bus is looked at"],
  [
    /^(?!transfer\/catalog|transfer\/destination\/os-lock|shared\/foreign-database-child)/,
    /^node:sqlite$/,
    "a database that is not ours is read through shared/foreign-database.ts, in a child that can be ended",
  ],
  [/^(?!device\/)/, /^node:(net|tls)$/, "sockets only in the protocols' transport"],
];

test.each(fences)("%s may not import %s", (from, mayNot, why) => {
  const broken = imports
    .filter((i) => from.test(i.file) && mayNot.test(i.target))
    .map((i) => `${i.file} -> ${i.target}`);
  expect(broken, why).toEqual([]);
});

test("process is touched by main.ts and a child's own entry alone, the clock by shared/clock.ts", () => {
  const offenders = files.filter((file) => {
    if (file === "main.ts" || file === "shared/foreign-database-child.ts") return false;
    const code = readFileSync(join(src, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`|"[^"]*"/g, "");
    return /\bprocess\.(?!kill)/.test(code) || (file !== "shared/clock.ts" && /\bDate\.now\(/.test(code));
  });
  expect(offenders).toEqual([]);
});

test("there are no cycles between folders' files", () => {
  const graph = new Map<string, string[]>();
  for (const { file, target } of imports)
    if (files.includes(target)) graph.set(file, [...(graph.get(file) ?? []), target]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: string[]): void => {
    if (trail.includes(file)) return void cycles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});

test("nothing in the client can write to a phone: no opcode of AFC that does has a name", () => {
  const text = readFileSync(join(src, "device/iphone/afc/afc-format.ts"), "utf8");
  const table = /afcOperation = \{([\s\S]*?)\}/.exec(text)?.[1] ?? "";
  const codes = [...table.matchAll(/0x([0-9a-f]+)/g)].map((m) => Number.parseInt(m[1] as string, 16));
  // Truncate, remove, make, write, rename, link, set: libimobiledevice, src/afc.h.
  const writing = [
    0x05, 0x06, 0x07, 0x08, 0x09, 0x0c, 0x10, 0x15, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1e, 0x20, 0x22, 0x28,
  ];
  expect(codes.filter((c) => writing.includes(c))).toEqual([]);
  expect(codes).toHaveLength(10);
});

test("nothing in the client can change an Android phone: no operation of MTP that does has a name, adb's sync has no SEND", () => {
  const text = readFileSync(join(src, "device/mtp/mtp-format.ts"), "utf8");
  const table = /export const operation = \{([\s\S]*?)\}/.exec(text)?.[1] ?? "";
  const codes = [...table.matchAll(/0x([0-9a-f]+)/g)].map((m) => Number.parseInt(m[1] as string, 16));
  // Delete, send, format, reset, protect, power, move, copy, set property and list, edit: AOSP, frameworks/av/media/mtp/mtp.h.
  const changing = [
    0x100b, 0x100c, 0x100d, 0x100e, 0x100f, 0x1010, 0x1011, 0x1012, 0x1013, 0x1016, 0x1017, 0x1019, 0x101a, 0x9804,
    0x9806, 0x9808, 0x9811, 0x95c2, 0x95c3, 0x95c4, 0x95c5,
  ];
  expect(codes.filter((c) => changing.includes(c))).toEqual([]);
  expect(codes).toHaveLength(15);
  const sync = readFileSync(join(src, "device/adb/adb-sync.ts"), "utf8");
  expect(sync.match(/"(?:SEND|SND2)"/g)).toBeNull();
  const classRequests = files
    .filter((f) => /^device\/(mtp|adb|usb)\//.test(f))
    .filter((f) => /classRequest\.reset/.test(readFileSync(join(src, f), "utf8")));
  expect(classRequests, "a reset kills a phone's MTP until it is replugged").toEqual([]);
});
