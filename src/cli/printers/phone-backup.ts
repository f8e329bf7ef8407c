/** Backups of whole phones, and what is in them, as lines and as JSON. */
import type { VerifiedBackup } from "../../app/known-backups.ts";
import { modelName } from "../../device/index.ts";
import type { BackupFinding, BackupFolder, Browsed, BrowsedEntry, VerifiedFiles } from "../../phone-backup/index.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { table } from "../output.ts";

/** A backup with what is known of it beside its folder. */
export interface ListedBackup {
  readonly backup: BackupFolder;
  readonly storedBytes: number;
  readonly verified: VerifiedBackup | undefined;
}

/** Two lines each: what it is, and where. */
export function backupLines(listed: readonly ListedBackup[], width: number): string[] {
  const rows = table(
    listed.map(({ backup, storedBytes, verified }) => [
      nameWords(backup),
      phoneWords(backup),
      whenWords(backup.takenAt),
      formatBytes(storedBytes),
      backup.isEncrypted ? "encrypted" : "not encrypted",
      stateWords(backup),
      verifiedWords(verified),
    ]),
    width,
    [3],
  );
  return rows.flatMap((row, i) => [row, `  ${printable(listed[i]?.backup.folder ?? "")}`]);
}

export function nameWords({ name }: BackupFolder): string {
  return printable(name) || "a phone without a name";
}

/** "iPhone 13 Pro, iOS 17.5.1" */
export function phoneWords({ productType, osVersion }: BackupFolder): string {
  const system = osVersion === undefined ? "" : `${productType?.startsWith("iPad") ? "iPadOS" : "iOS"} ${osVersion}`;
  return printable([modelName(productType, undefined), system].filter(Boolean).join(", "));
}

/** "2026-10-04 18:30", UTC. */
export function whenWords(date: Date | undefined): string {
  return date === undefined ? "no date" : date.toISOString().slice(0, 16).replace("T", " ");
}

function stateWords({ state, why }: BackupFolder): string {
  switch (state) {
    case "complete":
      return "complete";
    case "unfinished":
      return "not finished";
    case "partial":
      return `damaged: ${why}`;
    case "too-old":
      return "too old to be read";
  }
}

function verifiedWords(verified: VerifiedBackup | undefined): string {
  if (verified === undefined) return "never verified";
  return `${verified.ok ? "verified" : "found damaged"} ${whenWords(verified.at)}`;
}

export function backupJson(backup: BackupFolder): object {
  const { folder, state, why, udid, name, productType, osVersion, takenAt, isEncrypted } = backup;
  return {
    ...{ folder, state, why: why ?? null, udid: udid ?? null, name, productType: productType ?? null },
    ...{ osVersion: osVersion ?? null, takenAt: takenAt?.toISOString() ?? null, encrypted: isEncrypted },
  };
}

export function listedJson({ backup, storedBytes, verified }: ListedBackup): object {
  const last = verified === undefined ? null : { at: verified.at.toISOString(), ok: verified.ok };
  return { ...backupJson(backup), storedBytes, verified: last };
}

/** "damaged    HomeDomain/Library/SMS/sms.db: it is cut" */
export function findingLine({ problem, domain, path, stored, detail }: BackupFinding): string {
  const name = domain === undefined ? (stored ?? "") : path === "" ? domain : `${domain}/${path}`;
  return `${problem.padEnd(11)}${printable(name)}${name === "" ? "" : ": "}${printable(detail)}`;
}

export function findingJson({ problem, domain, path, stored, detail }: BackupFinding): object {
  return { problem, domain: domain ?? null, path: path ?? null, stored: stored ?? null, detail };
}

/** What a check came to. */
export function verifiedLines(seen: VerifiedFiles, unfinished: boolean): string[] {
  const { files, folders, links, bytes, withDigest, oddPadding, problems } = seen;
  const rest = files - withDigest;
  const digests =
    rest <= 0
      ? "each with the digest that the phone told"
      : `${formatCount(withDigest)} with the digest that the phone told; of the other ${formatCount(rest)} it told the size alone`;
  const lines = [
    `${plural(files, "file")}, ${formatBytes(bytes)}, in ${plural(folders, "folder")}; ${plural(links, "link")}`,
  ];
  lines.push(`Read whole: ${digests}.`);
  if (oddPadding > 0)
    lines.push(`${plural(oddPadding, "file")} with unusual padding, which says nothing against its bytes.`);
  if (problems === 0) lines.push("This backup is whole.");
  else
    lines.push(`${plural(problems, "problem")} found. Nothing was changed.${unfinished ? " It is not finished." : ""}`);
  return lines;
}

export function browsedLines({ domain, path, file, entries }: Browsed, width: number): string[] {
  if (file) {
    const name = printable(`${domain}/${path}`);
    if (file.kind === "link") return [`${name} -> ${printable(file.target ?? "?")}`];
    return [`${name}  ${formatBytes(file.sizeBytes)}  ${whenWords(file.modifiedAt)}`];
  }
  const rows = entries.map((entry) => [shownName(entry), sizeWords(entry), formatBytes(entry.bytes), dateWords(entry)]);
  return table(rows, width, [1, 2]);
}

function shownName({ name, kind, target }: BrowsedEntry): string {
  const shown = printable(name) || "(no name)";
  if (kind === "link") return `${shown} -> ${printable(target ?? "?")}`;
  return kind === "folder" ? `${shown}/` : shown;
}

function sizeWords({ kind, files }: BrowsedEntry): string {
  return kind === "domain" || kind === "folder" ? plural(files, "file") : "";
}

function dateWords({ modifiedAt }: BrowsedEntry): string {
  return modifiedAt === undefined ? "" : whenWords(modifiedAt);
}

export function browsedJson({ domain, path, file, entries }: Browsed): object {
  const time = (date: Date | undefined): string | null => date?.toISOString() ?? null;
  return {
    ...{ domain, path },
    file: file
      ? { kind: file.kind, sizeBytes: file.sizeBytes, modifiedAt: time(file.modifiedAt), target: file.target ?? null }
      : null,
    entries: entries.map(({ name, kind, files, bytes, modifiedAt, target }) => ({
      ...{ name, kind, files, bytes, modifiedAt: time(modifiedAt), target: target ?? null },
    })),
  };
}
