/** A backup or a restore of a whole phone, in words, while it runs and when it is over. */
import type { PhoneEvent, PhonePhase } from "../../phone-backup/index.ts";
import { formatBytes, formatCount, formatDuration, plural, printable } from "../../shared/text.ts";

/** A sentence for each phase, as it begins. */
export function phaseWords(phase: PhonePhase): string {
  switch (phase) {
    case "connecting":
      return "Connecting to the phone …";
    case "passcode":
      return "Enter the passcode on the phone now. It asks for each backup, and gives up after three minutes.";
    case "preparing":
      return "The phone is preparing. This takes minutes where there is much on it, and it may say nothing meanwhile.";
    case "receiving":
      return "Receiving. Leave the phone plugged in.";
    case "sending":
      return "Sending. Leave the phone plugged in.";
    case "sorting":
      return "Everything has come. The phone has it sorted in.";
    case "checking":
      return "The phone is checking the backup.";
    case "saving":
      return "Moving the new backup into place.";
  }
}

/** "1,234 files, 5.2 GB, 43 % by the phone's count". There is no total: phones tell none. */
export function phoneProgressWords({ files, bytes, percent }: Extract<PhoneEvent, { type: "progress" }>): string {
  const share = percent === undefined || percent < 1 ? "" : `, ${Math.floor(percent)} % by the phone's count`;
  return `${plural(files, "file")}, ${formatBytes(bytes)}${share}`;
}

/** What is worth a line of its own; undefined for what moves. */
export function phoneEventWords(event: PhoneEvent): string | undefined {
  switch (event.type) {
    case "phase":
      return event.phase === "connecting" ? undefined : phaseWords(event.phase);
    case "progress":
      return undefined;
    case "suspect":
      return `The phone could not read ${printable(event.file)}: ${printable(event.why)}`;
    case "odd-size":
      return `${printable(event.file)} may not be whole: ${printable(event.why)}`;
    case "refused":
      return `Refused: the phone asked for ${printable(event.why)}`;
    case "apps-unknown":
      return `The phone did not list its apps (${printable(event.why).replace(/\.$/, "")}). After a restore of this backup they are installed by hand; their data is in it.`;
    case "space":
      return `The disk lacks ${formatBytes(event.missingBytes)} for this backup.`;
    case "not-kept":
      return "This disk has no links: the older state was not kept. A disk of Linux or a Mac keeps older states.";
    case "encrypted-kept":
      return `The phone no longer encrypts its backups. The last encrypted one stays beside this one, as ${printable(event.name)}: it alone has passwords, health data and calls.`;
    case "most-gone":
      return `${formatCount(event.files)} of the ${formatCount(event.ofFiles)} files of the last backup are no longer on the phone, as after it was erased. That backup stays beside this one, as ${printable(event.name)}, until you remove it.`;
    case "settled":
      return event.outcome === "finished"
        ? "An earlier run was stopped in its last step, which is done now."
        : "An earlier run was stopped in its last step. The backup before it is back in its place.";
  }
}

/** How a backup ended. */
export interface BackedUpPhone {
  readonly name: string;
  readonly folder: string;
  readonly isFull: boolean;
  readonly isEncrypted: boolean;
  /** Whether an unencrypted one is something new here. */
  readonly isFirst: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly suspects: number;
  readonly lastStays: boolean;
  readonly kept: readonly string[];
  readonly seconds: number;
}

export function backedUpLines(end: BackedUpPhone): string[] {
  const what = end.isFull ? "everything" : "what had changed";
  const came = `${formatCount(end.files)} files, ${formatBytes(end.bytes)}, in ${formatDuration(end.seconds)}`;
  const lines = [
    `${printable(end.name)} is backed up: ${what} came (${came}).`,
    `It is in ${printable(end.folder)}, ${end.isEncrypted ? "encrypted" : "not encrypted"}.`,
  ];
  if (end.kept.length > 0) lines.push(`${plural(end.kept.length, "older state")} kept beside it.`);
  if (end.suspects > 0) lines.push(`${plural(end.suspects, "file")}, named above, may not be whole in it.`);
  if (end.lastStays) lines.push("The backup before it stays beside it, until you remove it.");
  if (!end.isEncrypted && end.isFirst)
    lines.push(
      "Whoever has this disk can read all of it. Passwords, health data, calls and Safari's history are in encrypted backups only: `offroll phone password on` turns encryption on.",
    );
  lines.push(`To check it: offroll phone verify ${printable(end.folder)}`);
  return lines;
}
