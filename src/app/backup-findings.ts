/** Our own side of why something is not backed up: each phone's backup, its runs and failures, the room for what is to come, copies. */

import type { DeviceInfo } from "../device/media-source.ts";
import type { CameraRoll } from "../library/roll.ts";
import type { Finding } from "../present/finding.ts";
import { agoWords } from "../present/status-words.ts";
import { remedies, toAppError } from "../shared/errors.ts";
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import { openPlace } from "../transfer/destination/index.ts";
import { copiesStatus, type FirstStatus } from "./copies.ts";
import { type LookedAtPlace, lookAtPlaces, openFolder } from "./destination-folder.ts";
import { type PhoneStatus, phonesAt } from "./phone-status.ts";
import type { Session } from "./session.ts";
import { toCome } from "./to-come.ts";

/** A phone that is ready, and its photos where they could be looked at. */
export interface BackedUpPhone {
  readonly info: DeviceInfo;
  readonly roll: CameraRoll | undefined;
}

export async function backupFindings(session: Session, phones: readonly BackedUpPhone[]): Promise<Finding[]> {
  const places = await lookAtPlaces(session);
  const findings: Finding[] = [];
  for (const phone of phones) findings.push(...(await ofPhone(session, phone, places)));
  return [...findings, ...(await copyFindings(session))];
}

async function ofPhone(session: Session, phone: BackedUpPhone, places: readonly LookedAtPlace[]): Promise<Finding[]> {
  const { info } = phone;
  const name = printable(info.name);
  const known = session.config.backups?.[info.id];
  if (!known)
    return [
      {
        check: "backup: none",
        verdict: "note",
        text: `${name} has no backup folder yet.`,
        remedy: "Run `offroll backup DIR` once; the folder is remembered.",
      },
    ];
  const place = places.find(({ id }) => id === known.id);
  if (place?.look.state !== "there")
    return [
      {
        check: "backup: destination-not-there",
        verdict: "problem",
        text: `${name}'s backup folder ${printable(known.path)} is not there.`,
        remedy: "Plug its disk in.",
      },
      ...(place ? runFindings(name, await standingAt(session, place, info.id), session.context.clock.now()) : []),
    ];
  const standing = await standingAt(session, place, info.id);
  return [
    ...(await roomFindings(session, phone, place.look.folder.root)),
    ...runFindings(name, standing, session.context.clock.now()),
  ];
}

/** By its catalog, or by what is remembered while its disk is away. */
async function standingAt(session: Session, place: LookedAtPlace, device: string): Promise<PhoneStatus | undefined> {
  const phones = await phonesAt(session, place, new Map()).catch((error: unknown) => {
    if (toAppError(error).code === "internal") throw error;
    return [];
  });
  return phones.find(({ id }) => id === device);
}

const littleBytes = 2e9;

async function roomFindings(session: Session, { info, roll }: BackedUpPhone, root: string): Promise<Finding[]> {
  const name = printable(info.name);
  const at = printable(root);
  const { folder, catalog } = await openFolder(session, root);
  using _catalog = catalog;
  const free = await openPlace(folder).freeBytes();
  const coming = roll && toCome(roll, catalog, info.id);
  const room = free === undefined ? "" : ` (${formatBytes(free)} free)`;
  const next = coming
    ? coming.files === 0
      ? " Nothing new is on the phone."
      : ` ${plural(coming.files, "file")}, ${formatBytes(coming.bytes)}, ${coming.files === 1 ? "is" : "are"} to come.`
    : "";
  const text = `${name} is backed up to ${at}${room}.${next}`;
  if (free !== undefined && coming && coming.bytes > free)
    return [
      {
        check: "backup: no-room",
        verdict: "problem",
        text,
        remedy: "Free some space there, or back up to another disk.",
      },
    ];
  if (free !== undefined && free < littleBytes)
    return [
      {
        check: "backup: little-space",
        verdict: "problem",
        text,
        remedy: "Free some space there, or back up to another disk.",
      },
    ];
  if (coming && coming.files > 0)
    return [{ check: "backup: behind", verdict: "note", text, remedy: "Run `offroll backup`." }];
  return [{ check: "backup: there", verdict: "ok", text }];
}

function runFindings(name: string, status: PhoneStatus | undefined, now: number): Finding[] {
  if (!status) return [];
  const findings: Finding[] = [];
  const { lastCompleteAt, lastRun, lastRunAt, failed, knownFailures, damaged } = status;
  if (lastRun !== undefined && lastRun !== "complete")
    findings.push({
      check: `backup: last-run-${lastRun}`,
      verdict: "problem",
      text: `${name}'s last run${lastRunAt === undefined ? "" : `, ${agoWords(now - lastRunAt)},`} was ${lastRun}.`,
      remedy: "Run `offroll backup`: it goes on from where it was.",
    });
  else if (lastCompleteAt !== undefined)
    findings.push({
      check: "backup: complete",
      verdict: "ok",
      text: `Its last complete run was ${agoWords(now - lastCompleteAt)}.`,
    });
  if (failed > 0)
    findings.push({
      check: "backup: failures",
      verdict: "problem",
      text: `${plural(failed, "file")} failed in the last run${knownFailures > 0 ? `, ${knownFailures} of them before too` : ""}.`,
      remedy: "`offroll why ITEM` tells each one's cause; `offroll ignore ITEM` settles what you can do without.",
    });
  if (damaged > 0)
    findings.push({
      check: "backup: damaged",
      verdict: "problem",
      text: `${plural(damaged, "copied file is", "copied files are")} not whole.`,
      remedy: remedies["copy-damaged"],
    });
  return findings;
}

async function copyFindings(session: Session): Promise<Finding[]> {
  const firsts = await copiesStatus(session, undefined).catch((error: unknown): FirstStatus[] => {
    if (toAppError(error).code === "internal") throw error;
    return [];
  });
  const alone = firsts.filter(({ copies }) => copies.length === 0).map(({ path }) => printable(path));
  return [
    ...noCopyFinding(alone),
    ...firsts.flatMap(({ path, copies }) => copies.map((copy) => copyFinding(printable(path), copy))),
  ];
}

const placesNamed = 3;

/** One for all of them: what is to be done is the same. */
function noCopyFinding(places: readonly string[]): Finding[] {
  if (places.length === 0) return [];
  const names = places.slice(0, placesNamed).join(", ");
  const more = places.length > placesNamed ? ` and ${formatCount(places.length - placesNamed)} more` : "";
  return [
    {
      check: "copies: none",
      verdict: "note",
      text: `${names}${more} ${places.length === 1 ? "has" : "have"} no second copy: one disk is no backup.`,
      remedy: "offroll copies add NAME PLACE, on another disk; then offroll copies run.",
    },
  ];
}

function copyFinding(of: string, { name, state, behind, sameDisk }: FirstStatus["copies"][number]): Finding {
  const who = `The copy ${printable(name)} of ${of}`;
  const run = `offroll copies run ${printable(name)}`;
  if (state !== "there")
    return {
      check: "copies: away",
      verdict: "note",
      text: `${who} is away.`,
      remedy: `Plug its disk in, and run: ${run}`,
    };
  if (sameDisk)
    return {
      check: "copies: same-disk",
      verdict: "note",
      text: `${who} is on the same disk: both are lost together.`,
      remedy: "Make one on another disk.",
    };
  if (behind)
    return { check: "copies: behind", verdict: "note", text: `${who} lacks ${plural(behind, "file")}.`, remedy: run };
  return { check: "copies: there", verdict: "ok", text: `${who} has everything.` };
}
