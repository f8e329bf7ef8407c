/** What a notification says: text of ours first, so that no name of a phone can be taken for anything but a name. */

import { type ErrorCode, remedies } from "../../shared/errors.ts";
import { plural, printable, truncate } from "../../shared/text.ts";
import type { Notice } from "../events.ts";
import type { PhonePlan } from "../settings.ts";

/** Plain text, one line each; nothing in it is markup. */
export interface NoticeWords {
  readonly title: string;
  readonly body: string;
  /** Whether somebody has to do something. */
  readonly isTrouble: boolean;
}

/** Servers cut where they like: a name shall not push out what is said of it. */
const longestName = 60;

/**
 * @param plan of the phone; undefined for one that nobody set up
 * @param calls what such a phone calls itself, where it was asked
 */
export function noticeWords(notice: Notice, plan: PhonePlan | undefined, calls?: string): NoticeWords {
  const { cause, phone, copy, count = 0, isPart = false } = notice;
  const name = short(plan?.name ?? calls ?? phone);
  if (notice.whole) return wholeWords(notice, name, plan);
  const what = copy === undefined ? `of ${name}` : `${short(copy)}, the copy of ${name}'s backup`;
  switch (cause) {
    case "brought":
      if (isPart) return partWords(count, copy === undefined ? `from ${name}` : `to ${what}`, copy !== undefined);
      return copy === undefined
        ? told("offroll: backed up", `Copied ${plural(count, "file")} from ${name} to ${short(plan?.to ?? "")}.`)
        : told("offroll: second disk up to date", `Copied ${plural(count, "file")} to ${what}.`);
    case "unknown-phone":
      return trouble(
        "offroll: a phone is not set up",
        `Nothing is copied from it (${name}) until you set it up: offroll autosave on`,
      );
    case "overdue":
      return trouble(
        "offroll: a backup is overdue",
        copy === undefined
          ? `No backup of ${name} for ${plural(count, "day")}. Plug it in, and its disk.`
          : `Nothing was copied to ${what} for ${plural(count, "day")}. Plug its disk in.`,
      );
    case "unlock":
      return trouble("offroll: unlock the phone", `Unlock ${name}: its backup waits for that.`);
    case "trust":
      return trouble("offroll: trust this computer", `Unlock ${name} and tap Trust: its backup waits for that.`);
    case "phone-backup-due":
    case "phone-backup-made":
      return wholeWords(notice, name, plan);
    default:
      return trouble(
        "offroll: a backup did not end well",
        problemWords(cause, copy === undefined ? `The backup ${what}` : `What is copied to ${what},`),
      );
  }
}

/** Of the phone as a whole. */
function wholeWords({ cause, count = 0 }: Notice, name: string, plan: PhonePlan | undefined): NoticeWords {
  const to = plan?.phoneBackup?.to ?? "";
  switch (cause) {
    case "phone-backup-made":
      return told("offroll: the whole phone is backed up", `${name} is backed up as a whole, to ${short(to)}.`);
    case "phone-backup-due":
      return trouble(
        "offroll: a backup of the whole phone is due",
        `${name} asks for its passcode each time, so start it yourself: offroll phone backup ${short(to)}`,
      );
    case "overdue":
      return trouble(
        "offroll: a backup is overdue",
        `No backup of ${name} as a whole for ${plural(count, "day")}. Plug it in, and its disk: offroll phone backup ${short(to)}`,
      );
    default: {
      const what = `The backup of ${name} as a whole`;
      const code = cause as ErrorCode;
      return trouble("offroll: a backup did not end well", problemWords(code, what));
    }
  }
}

/** Who reads that it is backed up unplugs the phone, and may erase it. */
function partWords(count: number, where: string, isCopy: boolean): NoticeWords {
  const goesOn = `it goes on when ${isCopy ? "its disk is" : "the phone and its disk are"} there`;
  return told("offroll: not everything yet", `Copied ${plural(count, "file")} ${where}, not everything: ${goesOn}.`);
}

function problemWords(code: ErrorCode, what: string): string {
  return `${what} needs you (${code}). ${remedies[code]}`;
}

function told(title: string, body: string): NoticeWords {
  return { title, body, isTrouble: false };
}

function trouble(title: string, body: string): NoticeWords {
  return { title, body, isTrouble: true };
}

function short(name: string): string {
  return truncate(printable(name), longestName);
}
