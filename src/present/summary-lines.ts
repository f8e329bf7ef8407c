/** The end of a run in words, for the command line and the UI. */

import { type DeviceNoun, isNamelessPath, onThe, onThis } from "../device/media-source.ts";
import type { AvailabilityCounts } from "../library/roll.ts";
import { type ErrorCode, remedies } from "../shared/errors.ts";
import type { Style } from "../shared/style.ts";
import { formatBytes, formatCount, formatDuration, plural, printable } from "../shared/text.ts";
import type { RunSummary, SkipReason } from "../transfer/events.ts";
import { copiesMadeLines } from "./copies-made-words.ts";
import { inSettings } from "./device-words.ts";

/** Why a file was left out, after its count. @param noun what it was on; nothing is called by it where runs of several are told */
export function skipWords(reason: SkipReason, noun?: DeviceNoun): string {
  const [on, onThisOne] = noun === undefined ? ["there", "there"] : [onThe(noun), onThis(noun)];
  const words: Record<SkipReason, string> = {
    filtered: "not chosen",
    hidden: `hidden ${on}`,
    trashed: "recently deleted",
    shared: "in shared albums, as reduced copies",
    "icloud-only": `in iCloud only, not ${onThisOne}`,
    missing: `in the ${noun ?? "photo"}'s library, but neither ${on} nor in iCloud`,
    "not-media": "not a photo or video",
    empty: `empty ${on}`,
    pending: noun === undefined ? "still being written" : `still being written by the ${noun}`,
    "burst-unpicked": "burst frames that were not picked",
    ignored: "ignored, as you said (`offroll ignore --list`)",
    "too-large-for-target": "too large for this disk's file system (FAT32 holds 4 GiB at most)",
  };
  return words[reason];
}

/** The end of a run in one screen: what was copied, what was there, what was not and why, what to do next. */
export function summaryLines(s: RunSummary, style: Style, noun: DeviceNoun): string[] {
  const { copied, present, skipped, cancelled } = s.outcomes;
  const lines: string[] = [""];
  const row = (label: string, text: string): void => void lines.push(`  ${label.padEnd(14)}${text}`);
  const copiedText = `${plural(copied.items, "file")}, ${formatBytes(copied.bytes)}`;
  if (copied.items > 0)
    row("Copied", `${style.bold(copiedText)} in ${formatDuration(s.seconds)} (${formatBytes(s.bytesPerSecond)}/s)`);
  else row("Copied", "nothing new");
  if (present.items > 0) row("Already there", `${plural(present.items, "file")}, ${formatBytes(present.bytes)}`);
  if (s.fromOtherPhones > 0)
    row("", `${formatCount(s.fromOtherPhones)} of them from another device: compared, the same, and whole`);
  for (const [reason, count] of Object.entries(s.skippedByReason)) {
    row("Left out", leftOutWords(s, reason as SkipReason, count, noun));
    if (reason === "not-media") lines.push(...notMediaLines(s, count));
  }
  if (skipped.items > 0 && s.undated > 0) row("", `${plural(s.undated, "photo")} among them without a date`);
  lines.push(...failureLines(s, style));
  if (cancelled.items > 0)
    row(
      "Not done",
      `${plural(cancelled.items, "file")}, ${formatBytes(cancelled.bytes)}: the next run continues with them`,
    );
  for (const name of s.passedOver ?? [])
    row("Passed over", `${printable(name)} is a link, no plain file, or cannot be read: it was left as it is`);
  lines.push(...extraLines(s, noun));
  if (s.halfPairs > 0) row("Incomplete", `${plural(s.halfPairs, "Live Photo")} whose movie is not ${onThe(noun)}`);
  row("Verified", verifyWords(s, noun));
  row("Where", printable(s.destination));
  lines.push(...libraryLines(s, style, noun), ...secondPhoneLines(s, noun), "");
  lines.push(...endLines(s, style, noun));
  return lines;
}

/** Said once: by the first run of a phone among the photos of others. */
function secondPhoneLines({ secondPhone }: RunSummary, noun: DeviceNoun): string[] {
  if (!secondPhone) return [];
  const names = secondPhone.others.map(printable).join(", ");
  return [
    "",
    `The photos of ${names} were here before: this ${noun}'s are among them now.`,
    `  To give each ${noun} a folder of its own: --template '${secondPhone.template}'`,
  ];
}

/** What is elsewhere is counted in photos above the run and here, and in files as every outcome. */
function leftOutWords(s: RunSummary, reason: SkipReason, count: number, noun: DeviceNoun): string {
  const files = plural(count, "file");
  const photos = reason === "icloud-only" ? s.iCloudOnly : reason === "missing" ? s.missing : 0;
  // Without the library nobody can say where the original of an empty file is.
  const unsure = reason === "empty" && s.library.source === "tree" ? "; the originals may be only in iCloud" : "";
  const what = photos > 0 ? `${plural(photos, "photo or video", "photos and videos")} (${files})` : files;
  return `${what}: ${skipWords(reason, noun)}${unsure}`;
}

/** Chosen, and neither copied nor there before. */
const notHad: readonly SkipReason[] = ["icloud-only", "missing", "empty", "pending", "too-large-for-target"];

function endLines(s: RunSummary, style: Style, noun: DeviceNoun): string[] {
  const { copied, present, failed } = s.outcomes;
  if (s.stoppedBy) return stoppedLines(s, style);
  // What is damaged on this disk no run can mend.
  if (failed.items > 0 && s.moreFailures === 0 && s.failures.every(({ code }) => code === "copy-damaged"))
    return [style.warn("Finished, but not every copy here is whole: `offroll verify DIR --repair` mends what it can.")];
  if (failed.items > 0)
    return [
      style.warn("Finished, but not everything could be copied. Run it again to retry the rest."),
      // What has no name cannot be ignored.
      ...(s.moreFailures > 0 || s.failures.some(({ path }) => !isNamelessPath(path))
        ? [
            "  What cannot be had at all is settled with `offroll ignore ITEM`: runs leave it out and are complete again.",
          ]
        : []),
    ];
  const left = notHad.filter((reason) => (s.skippedByReason[reason] ?? 0) > 0);
  const isElsewhere = left.length > 0 && left.every((reason) => reason === "icloud-only" || reason === "missing");
  if (copied.items === 0 && present.items === 0) {
    if (left.length === 0) return [style.warn(`Nothing ${onThe(noun)} matched what was chosen.`)];
    const where = isElsewhere ? `is ${onThis(noun)}` : "could be copied";
    return [style.warn(`Nothing of what was chosen ${where}.`)];
  }
  const chosen = isElsewhere ? `Everything chosen that is ${onThis(noun)}` : "Everything chosen";
  const before = copied.items === 0 ? " was there already. Nothing was copied." : " is on this disk.";
  if (left.length > 0 && !isElsewhere)
    return [style.warn(`But for what is left out above, everything chosen${butIgnored(s)}${before}`)];
  return [style.good(`${chosen}${butIgnored(s)}${before}`)];
}

/** What failed and what to do about each kind of failure; nothing where nothing did. */
export function failureLines(s: RunSummary, style: Style): string[] {
  const { failed } = s.outcomes;
  if (failed.items === 0) return [];
  const lines = [`  ${"Failed".padEnd(14)}${style.bad(plural(failed.items, "file"))}${knownWords(s)}`];
  for (const { path, message, code } of s.failures)
    lines.push(`    ${printable(path)}`, `      ${withoutPath(printable(message), printable(path))} (${code})`);
  if (s.moreFailures > 0) lines.push(`    and ${formatCount(s.moreFailures)} more, all in the run log`);
  const whatToDo = s.failures.map(({ code, remedy }) => {
    const words = remedy ?? (Object.hasOwn(remedies, code) ? remedies[code as ErrorCode] : undefined);
    return words && `    ${code}: ${printable(words)}`;
  });
  return [...lines, ...new Set(whatToDo.filter((line) => line !== undefined))];
}

/** The path stands before it. */
export function withoutPath(message: string, path: string): string {
  const rest = message.startsWith(path) ? message.slice(path.length).replace(/^[:\s]+/, "") : message;
  return rest === "" ? message : rest;
}

/** Why a run did not reach its end; nothing where it did. */
export function stoppedLines({ stoppedBy, outcomes }: RunSummary, style: Style): string[] {
  if (!stoppedBy) return [];
  const { copied, failed, cancelled } = outcomes;
  const toCopy = copied.items + failed.items + cancelled.items;
  const far = toCopy > 0 ? `Stopped: ${formatCount(copied.items)} of ${plural(toCopy, "file")}.` : "Stopped.";
  // "Stopped. Cancelled." says one thing twice.
  const why = stoppedBy.code === "cancelled" ? "" : ` ${printable(stoppedBy.message)}`;
  return [`${style.bad(far)}${why}`, `  ${stoppedBy.remedy}`];
}

function knownWords({ outcomes, knownFailures }: RunSummary): string {
  if (knownFailures === 0) return "";
  if (knownFailures < outcomes.failed.items) return `, ${formatCount(knownFailures)} of them as before`;
  return ", as in an earlier run and for the same cause";
}

function butIgnored({ skippedByReason }: RunSummary): string {
  return (skippedByReason.ignored ?? 0) > 0 ? ", but for what you ignore," : "";
}

/** Who erases a phone wants to see what is no photo. */
function notMediaLines({ notMedia }: RunSummary, count: number): string[] {
  const lines = notMedia.map((path) => `    ${printable(path)}`);
  const more = count - notMedia.length;
  return more > 0 ? [...lines, `    and ${formatCount(more)} more, all in the run log`] : lines;
}

/** "231 photos and videos in the library, 171 on this phone, 60 only in iCloud": said before a run, and where it matters after it. */
export function availabilityWords(
  { library, phone, icloud, missing, empty }: AvailabilityCounts,
  noun: DeviceNoun,
): string {
  // Where all of it is here, nobody need know whether there is a library that says so: a camera has none.
  if (phone === library) return `${plural(phone, "photo or video", "photos and videos")} ${onThis(noun)}`;
  const words = [
    `${plural(library, "photo or video", "photos and videos")} in the library`,
    `${formatCount(phone)} ${onThis(noun)}`,
  ];
  if (icloud > 0) words.push(`${formatCount(icloud)} only in iCloud`);
  if (missing > 0) words.push(`${formatCount(missing)} missing`);
  if (empty > 0) words.push(`${formatCount(empty)} empty`);
  return words.join(", ");
}

/** What can be done about originals that are in iCloud, and about those that are nowhere: not the same. */
export function elsewhereAdvice(iCloudOnly: number, missing: number, noun: DeviceNoun): string[] {
  const lines: string[] = [];
  if (iCloudOnly > 0)
    lines.push(
      `To get what is only in iCloud: ${inSettings(noun)}, Settings > Photos > Download and Keep Originals; wait until it is done, and run this again. Or fetch it from iCloud.`,
    );
  if (missing > 0)
    lines.push(
      `What is missing neither this ${noun} nor its iCloud has, by what its library says: look for it in an older backup, on another device, or on icloud.com.`,
    );
  return lines;
}

/** Where photos may be that nobody looked at: who erases the phone must know of them. */
function elsewhereOnPhone(lookedInto: readonly string[], noun: DeviceNoun): string[] {
  return [
    `Looked into ${lookedInto.map(printable).join(", ")}. Photos in the ${noun}'s other folders are not among these.`,
    noun === "phone"
      ? "  For those of chat programs: --messengers; for any other folder: --folder /Download"
      : "  For any other folder: --folder PATH",
  ];
}

/** What iCloud keeps, what is missing, what could not be known, and what to do about it. */
function libraryLines(s: RunSummary, style: Style, noun: DeviceNoun): string[] {
  const lines: string[] = [];
  const { source, why, unknown, lookedInto } = s.library;
  if (s.iCloudOnly + s.missing > 0)
    lines.push(
      "",
      style.warn(`Library: ${availabilityWords(s.availability, noun)}.`),
      ...elsewhereAdvice(s.iCloudOnly, s.missing, noun).map((line) => `  ${line}`),
      `  \`offroll ls --missing\` lists these; --derivatives takes the small versions that the ${noun} has of them.`,
    );
  if (source === "tree" && why !== undefined) {
    const isCopied = s.outcomes.copied.items + s.outcomes.present.items > 0;
    const files = isCopied ? " The files were copied all the same." : "";
    lines.push("", `Albums, edits' dates and iCloud are not known: ${printable(why)}.${files}`);
  }
  if (source === "library-stale" && why !== undefined)
    lines.push("", `The ${noun}'s library is the one from the last run, because ${printable(why)}.`);
  if (unknown.length > 0) lines.push("", `Not available from this ${noun}: ${unknown.join(", ")}.`);
  if (lookedInto) lines.push("", ...elsewhereOnPhone(lookedInto, noun));
  return lines;
}

function extraLines({ extras }: RunSummary, noun: DeviceNoun): string[] {
  const lines: string[] = [];
  const row = (label: string, text: string): void => void lines.push(`  ${label.padEnd(14)}${text}`);
  if (extras.sidecarsWritten) row("Sidecars", `${formatCount(extras.sidecarsWritten)} written`);
  if (extras.sidecarsKept)
    row("", `${formatCount(extras.sidecarsKept)} left alone: another program changed them since`);
  if (extras.albumEntries) row("Albums", `${plural(extras.albumEntries, "entry", "entries")} in Albums/`);
  if (extras.albumEntriesRemoved)
    row("", `${plural(extras.albumEntriesRemoved, "entry", "entries")} taken away that no longer hold`);
  if (extras.hiddenMoved)
    row(
      "Hidden",
      `${plural(extras.hiddenMoved, "photo")} moved into Hidden/: hidden ${onThe(noun)} since ${extras.hiddenMoved === 1 ? "it was" : "they were"} copied`,
    );
  if (extras.hiddenOpen)
    row(
      "Hidden",
      extras.hiddenOpen === 1
        ? `1 copy of a photo that is hidden ${onThe(noun)} now lies open; a backup moves it`
        : `${formatCount(extras.hiddenOpen)} copies of photos that are hidden ${onThe(noun)} now lie open; a backup moves them`,
    );
  if (extras.hiddenShared)
    row(
      "Hidden",
      `${plural(extras.hiddenShared, "copy", "copies")} left in the open: hidden ${onThis(noun)} now, but another ${noun}'s too`,
    );
  if (extras.albumEntriesFailed)
    row(
      "",
      `${plural(extras.albumEntriesFailed, "entry", "entries")} not made: ${printable(extras.albumProblem ?? "")}`,
    );
  if (extras.motionVideosWritten)
    row("Motion", `${plural(extras.motionVideosWritten, "movie", "movies")} of Motion Photos beside them`);
  if (extras.motionVideosKept)
    row("", `${plural(extras.motionVideosKept, "movie", "movies")} not written: another file has the name`);
  for (const [ending, made] of [["jpg", extras.jpegCopies] as const, ["mp4", extras.movieCopies] as const])
    if (made) for (const [label, text] of copiesMadeLines(ending, made)) row(label, text);
  if (extras.previewsReplaced) row("Previews", `${formatCount(extras.previewsReplaced)} replaced by their originals`);
  return lines;
}

function verifyWords(s: RunSummary, noun: DeviceNoun): string {
  if (s.outcomes.copied.items === 0) return "nothing new to verify";
  if (s.verify === "size") return `sizes against the ${noun}`;
  if (s.verify === "hash") return `sizes against the ${noun}; SHA-256 recorded`;
  const where = s.reread === "disk" ? "from disk" : s.reread === "cache" ? "through the cache" : "";
  return `sizes against the ${noun}; read back ${where}, compared`.replace("  ", " ");
}
