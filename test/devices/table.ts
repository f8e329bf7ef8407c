/** docs/dev/real-devices.md, of what a replay did. */
import type { RecordedFacts } from "../fakes/recorded-device.ts";
import type { Replayed } from "./replay.ts";

export interface Row {
  readonly facts: RecordedFacts;
  readonly seen: Replayed;
  /** With a file of more than 4 GiB. */
  readonly large: Replayed | undefined;
}

const kinds = ["Android's own", "Samsung's own", "Windows Phone", "cameras", "players and others"] as const;
type Kind = (typeof kinds)[number];

function kindOf({ facts, seen }: Row): Kind {
  const { extension, vendorId, maker, model } = facts;
  if (seen.shown?.platform === "camera") return "cameras";
  if (/samsung/i.test(maker) && !facts.operations.includes(0x95c1)) return "Samsung's own";
  if (/android\.com/.test(extension)) return "Android's own";
  if (/lumia|windows phone/i.test(`${maker} ${model}`) || vendorId === 0x045e) return "Windows Phone";
  return "players and others";
}

function listing({ seen }: Row): string {
  return seen.listing === "folders" ? "in bulk" : "one by one";
}

function dates({ seen }: Row): string {
  return seen.dated === seen.listed ? "all" : seen.dated === 0 ? "none" : "some";
}

function beyond({ large }: Row): string {
  if (!large) return "";
  if (large.failed.length > 0) return "no";
  if (large.resumed) return "in parts";
  return large.wholeReads > 0 ? "from its start" : "";
}

export function realDevicesPage(rows: readonly Row[]): string {
  const ready = rows.filter(({ seen }) => seen.shown?.state === "ready");
  const lines = [
    "# Real devices",
    "",
    "Made by `npm run test:devices -- --write`; do not edit. What offroll did with devices that answer as real ones said of themselves: their operations, storages, names, and which property which format has, from public logs, mostly of 2007 to 2020. Their files are made up, and timing, locking and faults are nobody's. None of these was at hand.",
    "",
    "Each was seen, opened, listed whole, read whole and looked at again, once refusing a property that a format has not and once answering it with nothing; then with a file of 4 GiB and 5,000 bytes.",
    "",
    ...summary(ready),
    "",
    "| device | kind | listed | dates | read | goes on in mid-file | beyond 4 GiB |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(line),
    "",
  ];
  return lines.join("\n");
}

function summary(rows: readonly Row[]): string[] {
  const of = (kind: Kind): readonly Row[] => rows.filter((row) => kindOf(row) === kind);
  const part = (kind: Kind, is: (row: Row) => boolean): string => `${of(kind).filter(is).length}/${of(kind).length}`;
  const measures: [string, (row: Row) => boolean][] = [
    ["listed in bulk", (r) => listing(r) === "in bulk"],
    ["every file has a date", (r) => dates(r) === "all"],
    ["goes on in mid-file", (r) => r.seen.resumed],
    ["beyond 4 GiB in parts", (r) => beyond(r) === "in parts"],
    ["beyond 4 GiB from its start", (r) => beyond(r) === "from its start"],
  ];
  return [
    `| | ${kinds.join(" | ")} |`,
    `| --- |${kinds.map(() => " --- |").join("")}`,
    ...measures.map(([words, is]) => `| ${words} | ${kinds.map((kind) => part(kind, is)).join(" | ")} |`),
  ];
}

function line(row: Row): string {
  const { facts, seen } = row;
  if (seen.shown?.state !== "ready") return `| ${facts.name} | ${kindOf(row)} | no card | | | | |`;
  const goesOn = seen.resumed ? "yes" : "no";
  return `| ${facts.name} | ${kindOf(row)} | ${listing(row)} | ${dates(row)} | ${seen.read} | ${goesOn} | ${beyond(row)} |`;
}
