/** The picture of 3-2-1: how many copies there are, on how many disks, and what is known of where those are. */
import type { CopyStatus, FirstStatus } from "../../app/copies.ts";
import { formatCount, plural, printable } from "../../shared/text.ts";
import { table } from "../output.ts";

/** What is so of "three copies, on two disks, one of them elsewhere". The phone's own is not counted: it is what gets lost. */
export interface Picture {
  /** Those that were complete once, the first among them. */
  readonly copies: number;
  /** Disks that hold one; `null` where nobody can tell. */
  readonly disks: number | null;
  /** Copies whose disks are away now: offroll cannot tell where they are. */
  readonly away: readonly string[];
}

export function pictureOf({ copies, state }: FirstStatus): Picture {
  const made = copies.filter((copy) => copy.completeAt !== undefined);
  const others = made.filter((copy) => copy.sameDisk !== true);
  const isKnown = others.every((copy) => copy.sameDisk === false);
  return {
    copies: 1 + made.length,
    // Two further copies may share a disk of their own: what is sure is that there is a second.
    disks: isKnown ? 1 + Math.min(1, others.length) : null,
    away: [
      ...(state === "not-there" ? ["the first"] : []),
      ...made.filter((c) => c.state !== "there").map((c) => c.name),
    ],
  };
}

export function statusLines(first: FirstStatus, now: number, width: number): string[] {
  const { path, state, phones, files, lastCompleteAt, copies } = first;
  const rows = [
    ["", "where", "", "files", "up to date", "read back"],
    ["first", printable(path), stateWords(state), countOf(files), agoOf(lastCompleteAt, now), ""],
    ...copies.map((copy) => copyRow(copy, now)),
  ];
  return [printable(phones.join(", ") || "No phone yet"), ...table(rows, width, [3]), ...pictureLines(first)];
}

function copyRow(copy: CopyStatus, now: number): string[] {
  const behind = copy.behind ? `, ${formatCount(copy.behind)} behind` : "";
  const disk = copy.sameDisk === true ? "there, same disk" : stateWords(copy.state);
  const result = copy.result === "complete" || copy.result === undefined ? "" : `, last run ${copy.result}`;
  return [
    printable(copy.name),
    printable(copy.path),
    copy.state === "there" ? disk : stateWords(copy.state),
    countOf(copy.files),
    `${agoOf(copy.completeAt, now)}${behind}${result}`,
    agoOf(copy.provenAt, now),
  ];
}

function stateWords(state: FirstStatus["state"]): string {
  return { there: "there", "not-there": "away", unreadable: "cannot be read" }[state];
}

function countOf(files: number | undefined): string {
  return files === undefined ? "" : formatCount(files);
}

function agoOf(ms: number | undefined, now: number): string {
  if (ms === undefined) return "never";
  const hours = Math.floor((now - ms) / 3_600_000);
  if (hours < 1) return "less than an hour ago";
  return hours < 48 ? `${plural(hours, "hour")} ago` : `${plural(Math.floor(hours / 24), "day")} ago`;
}

function pictureLines(first: FirstStatus): string[] {
  const { copies, disks, away } = pictureOf(first);
  return [
    "",
    `3 copies     ${copies}, without the phone's own${copies < 2 ? ": one disk is no backup" : ""}`,
    `2 disks      ${disksWords(disks)}`,
    `1 elsewhere  ${away.length > 0 ? `perhaps: ${away.map(printable).join(", ")} is away now` : "not now: every disk is here"}`,
    ...(first.copies.length === 0 ? ["", "A second disk: offroll copies add NAME PLACE"] : []),
  ];
}

/** The picture in one line: "/mnt/disk/Phone and its copies: 2 on 2 disks; usb was never complete, attic is away". */
export function pictureLine(first: FirstStatus): string {
  const { copies, disks, away } = pictureOf(first);
  const on = disks === null ? "" : ` on ${plural(disks, "disk")}`;
  const notes = first.copies.flatMap((copy) => {
    if (copy.completeAt === undefined) return [`${printable(copy.name)} was never complete`];
    if (copy.behind) return [`${printable(copy.name)} is ${plural(copy.behind, "file")} behind`];
    return away.includes(copy.name) ? [`${printable(copy.name)} is away`] : [];
  });
  const hint = first.copies.length === 0 ? ["one disk is no backup: offroll copies add NAME PLACE"] : notes;
  return `${printable(first.path)}: ${plural(copies, "copy", "copies")}${on}${hint.length > 0 ? `; ${hint.join(", ")}` : ""}`;
}

function disksWords(disks: number | null): string {
  if (disks === null) return "not known: the system does not tell which disks these are";
  return disks === 1 ? "no: all lie on one disk" : "yes";
}
