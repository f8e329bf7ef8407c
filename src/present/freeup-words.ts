/** Why a photo stays, which world a phone lives in, and what to do there: for the command, its page and the screen. */
import type { DeviceNoun } from "../device/media-source.ts";
import type { ICloudUse } from "../library/roll.ts";
import { printable } from "../shared/text.ts";
import type { ProofPlace, StayReason } from "../transfer/freeup/index.ts";

/** Why it stays, and the one thing that changes it; no remedy where none is wanted. */
export interface StayWords {
  readonly why: string;
  readonly remedy?: string;
}

const reread = "Read the copies now: add --reread.";
const backup = "Run `offroll backup`, then `offroll copies run`.";

const words: Readonly<Record<StayReason, StayWords>> = {
  clock: {
    why: "the clocks of phone and computer differ by more than a day: no age can be told",
    remedy: "Set the clock that is wrong.",
  },
  unknown: {
    why: "the phone's library does not tell what it is",
    remedy: "Unlock the phone and look again.",
  },
  shared: { why: "other people have it too: in a shared album or a shared library" },
  trashed: { why: "in Recently Deleted already" },
  hidden: { why: "hidden: what is hidden is never listed" },
  pending: { why: "the phone has not finished writing it" },
  "icloud-only": {
    why: "something of it is only in iCloud: no copy here can hold it",
    remedy: "Settings > Photos > Download and Keep Originals on the phone, then back up.",
  },
  missing: { why: "something of it is missing on the phone" },
  empty: { why: "something of it has no byte on the phone" },
  unreadable: {
    why: "a place on the phone could not be looked at, where more of it may lie",
    remedy: "Unlock the phone and look again.",
  },
  ignored: { why: "you ignored it: it was never copied, or not wholly" },
  excepted: { why: "you asked that it stays" },
  undated: { why: "nothing tells when it was taken" },
  "too-new": { why: "too new" },
  "no-recipe": {
    why: "edited, and the phone shows no edit instructions that could be copied",
    remedy: "Photos > Duplicate on the phone keeps the edit as a photo of its own.",
  },
  "recipe-not-copied": {
    why: "edited, and its edit instructions are not in the copies: the edit could not be undone",
    remedy: "`offroll backup` takes them now, unless --edits says otherwise; then `offroll copies run`.",
  },
  changed: { why: "changed on the phone since it was copied", remedy: backup },
  "not-copied": { why: "not copied, or not every file of it", remedy: backup },
  "not-compared": {
    why: "known by its id alone since the phone was restored: its bytes were not compared",
    remedy: "Compare them: add --against-phone.",
  },
  damaged: {
    why: "a copy is damaged or gone",
    remedy: "`offroll copies verify NAME --repair`, or `offroll verify DIR --repair`.",
  },
  "no-hash": {
    why: "copied without a hash (--verify size): nothing can prove it",
    remedy: "Back it up into a new folder: a backup records hashes unless --verify size was asked for.",
  },
  "not-reread": { why: "a copy was not read back lately", remedy: reread },
  "too-few-disks": {
    why: "not on enough different disks",
    remedy: "Plug in the other disk, or make a copy: `offroll copies add NAME PLACE`, `offroll copies run`.",
  },
  burst: { why: "another frame of its burst stays, and Photos deletes a burst as one" },
};

export function stayWords(reason: StayReason): StayWords {
  return words[reason];
}

/** As a person calls it. */
function placeName({ name, path }: ProofPlace): string {
  return printable(name ?? path);
}

/** What a proof rests on besides the disks: a person's word, and readings that may have come from memory. Whole sentences. */
export function caveats(places: readonly ProofPlace[]): string[] {
  const said = places.filter(({ isSaidApart, disk }) => isSaidApart && !disk.disks).map(placeName);
  const cached = places.filter(({ reads }) => reads === "cache").map(placeName);
  return [
    ...said.map(
      (name) =>
        `That ${name} is on a disk that holds none of the other places is your word (--own-disk): offroll cannot see it.`,
    ),
    ...cached.map(
      (name) =>
        `What is read from ${name} may come from memory, this computer's or a server's, and not from the disk itself: plug it out and in, or mount it anew, before --reread.`,
    ),
  ];
}

/** What deleting does on this phone. */
export interface World {
  readonly title: string;
  readonly lines: readonly string[];
  /** Whether deleting reaches further than this device. */
  readonly isEverywhere: boolean;
  /** How to delete, step by step. */
  readonly steps: readonly string[];
}

const trashed = "What you delete lies in Recently Deleted for 30 days, and can be put back until then.";
const freedLater = "Space becomes free when Recently Deleted is emptied, or after those 30 days.";

/** @param iCloud undefined for a phone that has no iCloud */
export function worldOf(noun: DeviceNoun, iCloud: ICloudUse | undefined): World {
  if (!iCloud) return androidWorld(noun);
  const steps = [
    "Open Photos and go to the day.",
    "Tap Select, tap the photos of that day that are on this list, tap the bin.",
    "Do the next day. When all are gone, run: offroll freeup check",
    "Only then, if you need the space at once: Collections > Recently Deleted > Select > Delete All.",
  ];
  if (iCloud.on === false)
    return {
      title: `iCloud Photos is off on this ${noun}, as far as its library tells.`,
      lines: [`What you delete is deleted from this ${noun}, and nowhere else.`, trashed, freedLater],
      isEverywhere: false,
      steps,
    };
  const isMarked = iCloud.on === true && iCloud.by === "mark";
  return {
    title:
      iCloud.on === undefined
        ? "Whether iCloud Photos is on could not be told: take it that it is."
        : `iCloud Photos ${isMarked ? "is on" : "is on, or was: some photos are known to iCloud"}.`,
    lines: [
      `What you delete on this ${noun} is deleted EVERYWHERE: from iCloud, and from every device with your account.`,
      `To free space on this ${noun} alone: Settings > your name > iCloud > Photos > Optimise ${noun === "iPad" ? "iPad" : "iPhone"} Storage. Then nothing needs to be deleted.`,
      trashed,
    ],
    isEverywhere: true,
    steps,
  };
}

function androidWorld(noun: DeviceNoun): World {
  return {
    title: `What you delete is deleted from this ${noun}. A cloud that its gallery backs up to may delete it too: offroll cannot see that.`,
    lines: [
      'Google Photos deletes from the cloud as well, unless you choose "Delete from device" or "Free up space" there.',
      "Most galleries keep what was deleted in a bin for 30 days; one reached over a cable, or a file manager, keeps nothing.",
    ],
    isEverywhere: false,
    steps: [
      "Open the gallery of the phone and go to the day.",
      "Hold one photo, tap the others of that day that are on this list, tap the bin.",
      "Do the next day. When all are gone, run: offroll freeup check",
      "Only then, if you need the space at once, empty the bin.",
    ],
  };
}
