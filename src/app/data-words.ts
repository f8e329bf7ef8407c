/** What kinds of a phone's data are called, on the screen and in questions. */
import type { DataKind, KindSummary } from "../phone-data/index.ts";
import { localDay } from "../shared/local-time.ts";
import { formatCount, plural, printable } from "../shared/text.ts";

export const dataLabels: Readonly<Record<DataKind, string>> = {
  messages: "Messages",
  contacts: "Contacts",
  notes: "Notes",
  calls: "Calls",
  "voice-memos": "Voice memos",
};

/** What one of each kind is called, and several. */
export const dataNouns: Readonly<Record<DataKind, readonly [one: string, many: string]>> = {
  messages: ["conversation", "conversations"],
  contacts: ["contact", "contacts"],
  notes: ["note", "notes"],
  calls: ["call", "calls"],
  "voice-memos": ["voice memo", "voice memos"],
};

/** "1,234, the newest of 2026-10-04", or why there are none. */
export function summaryWords({ count, newestAt, files, absent, problems }: KindSummary): string {
  if (absent !== undefined) return `none: ${printable(absent)}`;
  const first = problems[0];
  if (count === undefined) return first === undefined ? "cannot be read" : `cannot be read: ${printable(first)}`;
  const words = [
    formatCount(count),
    newestAt === undefined || count === 0 ? "" : `the newest of ${localDay(new Date(newestAt))}`,
    files && files.count > 0 ? `with ${plural(files.count, "file")}` : "",
    first === undefined ? "" : printable(first),
  ];
  return words.filter(Boolean).join(", ");
}
