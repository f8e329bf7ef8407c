/** `offroll status [DIR]`: each phone's last complete backup, wherever its disk is, and what is new on it since. */

import { type LookedAtPlace, lookAtPlaces, namedPlace } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { type PhoneStatus, phonesAt } from "../../app/phone-status.ts";
import { forgetBackup } from "../../app/right-place.ts";
import type { MediaSource } from "../../device/media-source.ts";
import { statusWords } from "../../present/status-words.ts";
import { AppError, errorToJson, toAppError, UsageError, verdictJson } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { forgetDestination } from "../../transfer/destination/index.ts";
import { parseAge } from "../age.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, statusFlags } from "../command-flags.ts";
import { besideOf } from "../status-beside.ts";

/** Files of one phone that are named. */
const mostNamed = 20;

interface JudgedPhone extends PhoneStatus {
  readonly stale: boolean;
}

type StatusFlags = CommandFlags<typeof statusFlags>;

export async function status(context: Host, path: string | undefined, flags: StatusFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  const staleMs = flags.staleAfter === undefined ? undefined : parseAge("--stale-after", flags.staleAfter);
  const places = path === undefined ? await lookAtPlaces(session) : [await namedPlace(session, path)];
  if (flags.forget) return forget(session, path, places);
  const isNamed = path !== undefined;
  const phones = (await statusOf(session, places, isNamed)).map((p) =>
    judged(p, staleMs, isNamed, context.clock.now()),
  );
  const watched = phones.filter((p) => isWatched(p, isNamed));
  const stale = watched.some((p) => p.stale) || (staleMs !== undefined && watched.length === 0);
  const isAway = flags.requireDisk === true && watched.some((p) => p.state !== "there");
  const isBroken = phones.some((p) => p.state === "unreadable" || p.damaged > 0);
  const why = verdict(phones, stale, isAway);
  const beside = await besideOf(session, phones, path);
  if (output.json) output.document({ phones: phones.map(toJson), ...beside.json, stale, ...why });
  else {
    for (const phone of phones) output.data(statusWords(phone, context.clock.now()));
    for (const line of beside.lines) output.data(line);
    if (phones.length === 0) output.say("No phone was backed up yet.");
  }
  for (const { name, damagedFiles, destination } of phones) {
    for (const file of damagedFiles.slice(0, mostNamed))
      output.complain(`${printable(name)}: not whole when it was last read: ${printable(file)}`);
    if (damagedFiles.length > 0)
      output.complain(`To put good files in their place: offroll verify ${printable(destination)} --repair`);
  }
  for (const { name, problem } of phones)
    if (problem)
      output.complain(`${printable(name)}: ${printable(problem.message)} ${problem.remedy} (${problem.code})`);
  return stale || isAway || isBroken ? exitCodes.someFailed : exitCodes.complete;
}

async function statusOf(
  session: CliSession,
  places: readonly LookedAtPlace[],
  isNamed: boolean,
): Promise<PhoneStatus[]> {
  const phones: PhoneStatus[] = [];
  const attached = await attachedPhones(session);
  try {
    for (const place of places) phones.push(...(await phonesAt(session, place, attached)));
  } finally {
    for (const source of attached.values()) if (!(source instanceof Error)) await source[Symbol.asyncDispose]();
  }
  if (isNamed) return phones;
  // A phone that has a backup is told by it: what was exported of it besides is no concern here.
  const backedUp = new Set(phones.filter((p) => p.kind === "backup").map((p) => p.id));
  return phones.filter((p) => p.kind === "backup" || !backedUp.has(p.id));
}

/** Those that are held to an age: backups, and whatever is in a folder that was named. */
function isWatched({ kind, replaced }: PhoneStatus, isNamed: boolean): boolean {
  return isNamed || (kind === "backup" && !replaced);
}

function judged(phone: PhoneStatus, staleMs: number | undefined, isNamed: boolean, now: number): JudgedPhone {
  const isOld = staleMs !== undefined && now - (phone.lastCompleteAt ?? Number.NEGATIVE_INFINITY) > staleMs;
  return { ...phone, stale: isOld && isWatched(phone, isNamed) };
}

function forget(session: CliSession, path: string | undefined, [place]: readonly LookedAtPlace[]): number {
  if (path === undefined || !place)
    throw new UsageError("usage", "Name the folder that shall be forgotten: offroll status DIR --forget");
  forgetDestination(session.paths.dataFolder, place.id);
  forgetBackup(session, place.id);
  session.output.say(`${printable(place.path)} is no longer remembered here. Nothing on the disk was changed.`);
  return exitCodes.complete;
}

function toJson({ problem, ...phone }: JudgedPhone): object {
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
  const { id, name, destination, state, replaced, kind, files, bytes, stale } = phone;
  const { damaged, damagedFiles } = phone;
  const { failed, knownFailures, ignored, iCloudOnly, missing } = phone;
  return {
    id,
    name,
    destination,
    state,
    kind,
    replaced,
    lastRunAt: time(phone.lastRunAt),
    lastRun: phone.lastRun ?? null,
    lastCompleteAt: time(phone.lastCompleteAt),
    files,
    bytes,
    failed,
    knownFailures,
    ignored,
    iCloudOnly,
    missing,
    damaged,
    damagedFiles,
    newFiles: phone.newFiles ?? null,
    stale,
    ...(problem ? { error: errorToJson(problem) } : {}),
  };
}

/** Phones that are plugged in and trust this computer, by id. Nobody is asked anything, and one that cannot be opened hides no other. */
async function attachedPhones(session: CliSession): Promise<Map<string, MediaSource | AppError>> {
  const sources = new Map<string, MediaSource | AppError>();
  try {
    const hub = session.hub();
    for (const { state, info } of await hub.devices(session.context))
      if (state === "ready") sources.set(info.id, await hub.open(info, session.context).catch(deviceProblem));
  } catch (error) {
    deviceProblem(error);
  }
  return sources;
}

/** Why the exit code is 3, by the worst of it. */
function verdict(phones: readonly PhoneStatus[], stale: boolean, isAway: boolean): ReturnType<typeof verdictJson> {
  if (phones.some((p) => p.damaged > 0)) return verdictJson("copy-damaged", "Copied files are not whole.");
  const unreadable = phones.find((p) => p.state === "unreadable");
  if (unreadable) return verdictJson(unreadable.problem?.code ?? "destination-io", "A backup cannot be read.");
  if (stale) return verdictJson("backup-stale", "A backup is older than was asked for.");
  return verdictJson(isAway ? "destination-not-there" : undefined, "The disk of a backup is not there.");
}

/** @throws what is no trouble with a phone */
function deviceProblem(error: unknown): AppError {
  const problem = toAppError(error);
  if (!(error instanceof AppError) || problem.scope !== "device") throw error;
  return problem;
}
