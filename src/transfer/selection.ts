/** Which photos are meant: the filters of the command line and of the UI as one value. */
import { isBelow } from "../library/camera-roll.ts";
import type { RollItem } from "../library/index.ts";
import { localDate } from "../media/index.ts";
import { UsageError } from "../shared/errors.ts";

export const selectableKinds = ["photo", "video", "live", "screenshot", "raw"] as const;
export type SelectableKind = (typeof selectableKinds)[number];

export interface SelectionOptions {
  /** First and last local capture date, both included: "2024-05-01". */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly kinds?: readonly SelectableKind[] | undefined;
  /** On the phone: "/DCIM/100APPLE" or "100APPLE". */
  readonly folder?: string | undefined;
  /** At most so many photos (a Live Photo counts once). */
  readonly limit?: number | undefined;
  /** Exactly these photos, by id. */
  readonly ids?: ReadonlySet<string> | undefined;
}

export class Selection {
  readonly limit: number;
  readonly #options: SelectionOptions;

  constructor(options: SelectionOptions = {}) {
    this.#options = options;
    this.limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  verdict(photo: RollItem): "chosen" | "filtered" | "undated" {
    const { since, until, kinds, folder, ids } = this.#options;
    if (ids && !ids.has(photo.id)) return "filtered";
    if (folder !== undefined && !inFolder(photo.parts[0].item.path, folder)) return "filtered";
    if (kinds && !kinds.some((kind) => isKind(photo, kind))) return "filtered";
    if (since === undefined && until === undefined) return "chosen";
    if (!photo.captured) return "undated";
    const date = localDate(photo.captured);
    return (since === undefined || date >= since) && (until === undefined || date <= until) ? "chosen" : "filtered";
  }
}

function inFolder(path: string, folder: string): boolean {
  return folder.startsWith("/") ? isBelow(path, folder) : path.split("/").slice(0, -1).includes(folder);
}

function isKind(photo: RollItem, kind: SelectableKind): boolean {
  switch (kind) {
    case "photo":
    case "video":
      return photo.kind === kind;
    case "live":
    case "screenshot":
      return photo.subtype === kind;
    case "raw":
      return photo.subtype === "raw" || photo.parts.some((p) => p.role === "raw");
  }
}

/**
 * A date as a person writes it: `2024`, `2024-05`, `2024-05-01`, or `30d` for thirty days back from today.
 * @param edge which end of the named span is meant
 * @throws {UsageError}
 */
export function parseDateArgument(text: string, edge: "first" | "last", now: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days) return localDay(new Date(now - Number(days) * 86_400_000));
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(text);
  if (!match) throw invalidDate(text);
  const [, year, month, day] = match;
  const m = month ? Number(month) : edge === "first" ? 1 : 12;
  const lastDay = new Date(Date.UTC(Number(year), m, 0)).getUTCDate();
  const d = day ? Number(day) : edge === "first" ? 1 : lastDay;
  if (m < 1 || m > 12 || d < 1 || d > lastDay) throw invalidDate(text);
  return `${year}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
}

function localDay(date: Date): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function invalidDate(text: string): UsageError {
  return new UsageError(
    "usage",
    `"${text}" is no date. Write 2024, 2024-05, 2024-05-01, or 30d for the last thirty days.`,
  );
}
