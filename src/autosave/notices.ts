/** Whether a person is told. Silence is the rule: who is told of what was expected stops reading what was not. */
import type { Notice } from "./events.ts";
import { localTime } from "./local-time.ts";

/** What outlives the watcher of what was told. A value: deciding gives another. */
export interface NoticeMemory {
  /** When each notice was shown, by `keyOf`, as a local day. */
  readonly told: Readonly<Record<string, string>>;
  /** How runs ended in quiet hours: nothing tells that a second time. */
  readonly held: readonly Notice[];
}

/** More unknown phones than anybody plugs in; whose were forgotten is told once more. */
const mostUnknown = 256;

/** What is told again anyhow, as long as it lasts. */
const lasting: ReadonlySet<Notice["cause"]> = new Set([
  "unknown-phone",
  "overdue",
  "trust",
  "unlock",
  "phone-backup-due",
]);

/**
 * Trouble is told once per cause and day, a phone that nobody set up once for ever, and what was brought each time. In quiet hours
 * nothing is told: how a run ended is held until a call after them, with or without news.
 * @param at ms UTC
 * @param isQuiet whether it is a quiet hour of the phone that the notice is about
 */
export function decideNotices(
  news: readonly Notice[],
  memory: NoticeMemory,
  { at, isQuiet }: { readonly at: number; readonly isQuiet: (notice: Notice) => boolean },
): { readonly show: readonly Notice[]; readonly memory: NoticeMemory } {
  const { day } = localTime(at);
  const show: Notice[] = [];
  const held: Notice[] = [];
  let { told } = memory;
  for (const notice of [...memory.held, ...news]) {
    const key = keyOf(notice);
    if (isQuiet(notice)) {
      if (!lasting.has(notice.cause)) hold(held, notice);
    } else if (notice.cause === "brought" || notice.cause === "phone-backup-made") {
      show.push(notice);
    } else if (isForEver(key) ? !Object.hasOwn(told, key) : told[key] !== day) {
      show.push(notice);
      told = { ...stillNeeded(told, day), [key]: day };
    }
  }
  return { show, memory: { told, held } };
}

/** One of a kind; of what was brought the sum. */
function hold(held: Notice[], notice: Notice): void {
  const i = held.findIndex((other) => keyOf(other) === keyOf(notice));
  const earlier = held[i];
  if (!earlier) held.push(notice);
  else if (notice.cause === "brought") held[i] = { ...notice, count: (earlier.count ?? 0) + (notice.count ?? 0) };
}

/** Ids and names are anybody's text: a list tells them apart where a separator would not. */
function keyOf({ cause, phone, copy, whole }: Notice): string {
  // No copy has a number for a name.
  if (whole) return JSON.stringify([cause, phone, 0]);
  return JSON.stringify(copy === undefined ? [cause, phone] : [cause, phone, copy]);
}

function isForEver(key: string): boolean {
  return key.startsWith('["unknown-phone",');
}

/** Another day's trouble would be told again in any case. Of unknown phones the latest stay. */
function stillNeeded(told: NoticeMemory["told"], day: string): NoticeMemory["told"] {
  const entries = Object.entries(told);
  const unknown = entries.filter(([key]) => isForEver(key)).slice(-(mostUnknown - 1));
  return Object.fromEntries([...unknown, ...entries.filter(([key, on]) => !isForEver(key) && on === day)]);
}
