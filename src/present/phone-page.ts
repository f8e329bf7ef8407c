/** A phone on one page of the screen: its storage, what is in its cloud, why something is not backed up, each with what to do now. */
import type { LibraryReport } from "../library/library-report.ts";
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import { systemWords } from "./device-words.ts";
import { type Finding, worstFirst } from "./finding.ts";
import { cloudYearRow } from "./icloud-words.ts";
import type { CloudLook } from "./upload-findings.ts";

const marks = { problem: "✗", note: "·", ok: "✓" } as const;

/** @param findings of the cloud's side and of our own */
export function phonePage({ device }: CloudLook, report: LibraryReport, findings: readonly Finding[]): string[] {
  const system = systemWords(device);
  return [
    `${printable(device.name)}: ${printable(device.model)}${system ? `, ${system}` : ""}`,
    `${plural(report.shown.length, "photo or video", "photos and videos")}: photos ${formatBytes(report.photoBytes)}, videos ${formatBytes(report.videoBytes)}${freeOf(device)}`,
    ...oddities(report),
    ...cloudLines(report),
    "",
    "Why is it not backed up?",
    ...worstFirst(findings).flatMap(({ verdict, text, remedy }) => [
      `${marks[verdict]} ${text}`,
      ...(remedy === undefined ? [] : [`    ${remedy}`]),
    ]),
  ];
}

function freeOf({ freeBytes, totalBytes }: CloudLook["device"]): string {
  if (freeBytes === undefined) return "";
  return `; ${formatBytes(freeBytes)}${totalBytes === undefined ? "" : ` of ${formatBytes(totalBytes)}`} free`;
}

function oddities({ screenshots, bursts, trashedBytes, excluded }: LibraryReport): string[] {
  const words = [
    screenshots.count > 0 ? `${plural(screenshots.count, "screenshot")} ${formatBytes(screenshots.bytes)}` : "",
    bursts.bursts > 0 ? `${plural(bursts.bursts, "burst")} ${formatBytes(bursts.bytes)}` : "",
    excluded.trashed > 0 ? `${formatCount(excluded.trashed)} recently deleted ${formatBytes(trashedBytes)}` : "",
  ].filter((word) => word !== "");
  return words.length > 0 ? [`Among them, or beside: ${words.join(", ")}`] : [];
}

/** How many stand where, is said by the findings. */
function cloudLines({ iCloud }: LibraryReport): string[] {
  if (!iCloud?.on || iCloud.years.length === 0) return [];
  const rows = [["iCloud", "there and here", "not yet there", "only there"], ...iCloud.years.map(cloudYearRow)];
  const cells = rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(14))).join("  "));
  return ["", ...cells.map((line) => `  ${line}`)];
}
