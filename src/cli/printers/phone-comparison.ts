/** What `offroll verify --against-phone` says of the phone. */

import type { PhoneComparison } from "../../app/phone-comparison.ts";
import { type DeviceNoun, onThe } from "../../device/media-source.ts";
import { elsewhereAdvice } from "../../present/summary-lines.ts";
import { formatCount, plural, printable } from "../../shared/text.ts";
import type { NotCounted } from "../../transfer/check/index.ts";
import { namedFiles } from "../../transfer/index.ts";

const notCountedWords: Record<Exclude<keyof NotCounted, "empty">, string> = {
  trashed: "recently deleted",
  shared: "in shared albums",
  hidden: "hidden",
  burstUnpicked: "of burst frames that were not picked",
  pending: "still being written",
  ignored: "that you ignore",
  notMedia: "not a photo or video",
};

/** As it stands in JSON, which has words of its own. */
export function comparisonJson({ noun: _, ...told }: PhoneComparison): object {
  return told;
}

/** What is here, then all that is not, each with its number. */
export function phoneLines(phone: PhoneComparison): string[] {
  const { files, complete, notHere, unreadable, hashed, different, iCloudOnly, missing, kind, notCounted, noun } =
    phone;
  const name = printable(phone.name);
  const lines: string[] = [];
  const photos = (count: number): string => plural(count, "photo or video", "photos and videos");
  if (different.length > 0)
    lines.push(
      `${plural(different.length, "file")} ${onNamed(noun, name)} ${different.length === 1 ? "differs from its copy" : "differ from their copies"}: the ${noun} computed ${different.length === 1 ? "another hash" : "other hashes"}.`,
    );
  if (complete) lines.push(`${everything(phone, name)} in this ${kind}${leftWords(notCounted)}.`);
  else if (notHere.length > 0)
    lines.push(
      `${formatCount(notHere.length)} of ${plural(files, "file")} ${onNamed(noun, name)} ${notHere.length === 1 ? "is" : "are"} not in this ${kind}${leftWords(notCounted)}.`,
    );
  if (hashed > 0 && different.length === 0)
    lines.push(`The ${noun} itself computed the hashes of ${plural(hashed, "file")}: all equal.`);
  const places = plural(unreadable.length, "folder or file", "folders or files");
  if (unreadable.length > 0) {
    lines.push(`${places} ${onThe(noun)} could not be looked at: what is there is not known to be here.`);
    for (const path of unreadable.slice(0, namedFiles)) lines.push(`  ${printable(path)}`);
    if (unreadable.length > namedFiles)
      lines.push(`  and ${formatCount(unreadable.length - namedFiles)} more; --json has all`);
  }
  if (notCounted.empty > 0) {
    const where = phone.knowsElsewhere ? "" : "; the originals may be only in iCloud";
    lines.push(`${plural(notCounted.empty, "file is", "files are")} empty ${onThe(noun)}${where}.`);
  }
  if (iCloudOnly > 0) lines.push(`${photos(iCloudOnly)} only in iCloud, and not here.`);
  if (missing > 0) lines.push(`${photos(missing)} missing: neither here, nor ${onThe(noun)}, nor in iCloud.`);
  if (!phone.knowsElsewhere)
    lines.push(`Whether anything is only in iCloud is not known: the ${noun}'s photo library could not be read.`);
  if (phone.staleLibrary !== undefined)
    lines.push(
      `The ${noun}'s library is the one from the last run, because ${printable(phone.staleLibrary)}: what is in iCloud or missing now is not known.`,
    );
  if (phone.lookedInto)
    lines.push(
      `Photos in the ${noun}'s other folders${noun === "phone" ? " (Download, those of chat programs …)" : ""} were not looked at.`,
    );
  return [...lines, ...elsewhereAdvice(iCloudOnly, missing, noun)];
}

/** "Everything" is a great word: a file without its bytes is a part of it. */
function everything({ files, notCounted, lookedInto, noun }: PhoneComparison, name: string): string {
  const count = plural(files, "file");
  if (lookedInto && notCounted.empty === 0)
    return `Everything in ${lookedInto.map(printable).join(", ")} on ${name} (${count}) is`;
  return notCounted.empty > 0
    ? `${count} ${noun === "backup" ? onNamed(noun, name) : `of ${name}`} ${files === 1 ? "is" : "are"}`
    : `Everything ${onNamed(noun, name)} (${count}) is`;
}

/** A backup is not its phone, which may have more by now. */
function onNamed(noun: DeviceNoun, name: string): string {
  return noun === "backup" ? `in the whole-phone backup of ${name}` : `on ${name}`;
}

function leftWords(counts: NotCounted): string {
  const reasons = Object.keys(notCountedWords) as (keyof typeof notCountedWords)[];
  const words = reasons
    .filter((reason) => counts[reason] > 0)
    .map((reason, i) => {
      const count = i === 0 ? plural(counts[reason], "file") : formatCount(counts[reason]);
      return `${count} ${notCountedWords[reason]}`;
    });
  return words.length === 0 ? "" : `, not counting ${words.join(", ")}`;
}
