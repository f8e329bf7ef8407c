/** The end of a check in words. */
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import type { VerifyResult } from "../transfer/check/index.ts";

type Checked = Pick<VerifyResult, "checked" | "bytes" | "reread" | "sizeOnly">;

export interface Mending {
  /** Files that are still missing or damaged. */
  readonly broken: number;
  readonly repaired: number;
  /** Whether mending was asked for. */
  readonly tried: boolean;
  /** As the person named the destination. */
  readonly path: string;
}

/** Whether the copies are whole, and what would mend them. */
export function verifyLines(result: Checked, mending: Mending): string[] {
  const { repaired } = mending;
  const lines: string[] = [];
  if (repaired > 0)
    lines.push(`${plural(repaired, "file")} repaired, ${repaired === 1 ? "it has its" : "all have their"} old name.`);
  lines.push(verdict(result, mending));
  return lines;
}

/** Copies in other forms, apart from photos; nothing where there are none. */
export function formsLines({ whole, bytes, changed, gone }: VerifyResult["forms"]): string[] {
  const all = whole + changed.length + gone.length;
  if (all === 0) return [];
  const parts = [
    `${formatCount(whole)} as they were made (${formatBytes(bytes)})`,
    ...(changed.length > 0 ? [`${formatCount(changed.length)} changed since`] : []),
    ...(gone.length > 0 ? [`${formatCount(gone.length)} gone, made anew by the next run that makes them`] : []),
  ];
  return [
    `Apart from that ${plural(all, "copy", "copies")} in other forms, which count as no backup: ${parts.join(", ")}.`,
  ];
}

function verdict(result: Checked, mending: Mending): string {
  const { checked } = result;
  if (checked === 0) return "The catalog records no copied files here: there was nothing to check.";
  if (mending.broken > 0) return brokenWords(checked, mending);
  const [all, are] = checked === 1 ? ["The only file", "is"] : [`All ${plural(checked, "file")}`, "are"];
  if (mending.repaired > 0) return `${all} ${are} whole now.`;
  const how = result.reread === "disk" ? "read from the disk itself" : "read through the system's cache";
  return `${all} (${formatBytes(result.bytes)}) ${are} whole, ${how}.`;
}

function brokenWords(checked: number, { broken, tried, path }: Mending): string {
  const count = `${plural(broken, "file")} of ${formatCount(checked)} missing or damaged.`;
  if (tried) return `${count} ${notRepairedWords(broken, path)}`;
  return `${count} With the device plugged in, or another copy at hand: offroll verify ${printable(path)} --repair`;
}

/** What is left, and what would help. */
export function notRepairedWords(left: number, path: string): string {
  return `No good copy of ${plural(left, "file")} could be had now. Plug in the device, or name another copy: offroll verify ${printable(path)} --repair --from DIR`;
}

/** What was not read; nothing where everything was. */
export function sizeOnlyWords(count: number): string {
  return `${plural(count, "file was", "files were")} copied without a hash; only ${count === 1 ? "its" : "their"} size was compared.`;
}
