/** From flags and answers to a phone's plan: what is backed up by itself, where to, and what was not asked again. */
import {
  type ChosenCopy,
  chosenCopy,
  copiesToChoose,
  lookAtAutosavePlace,
  settleAutosavePlace,
} from "../app/autosave-place.ts";
import { settlePhoneBackupPlace } from "../app/phone-backup-place.ts";
import { confirm } from "../app/voice.ts";
import type { AutosaveSettings, PhonePlan } from "../autosave/index.ts";
import { toAppError, UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type NamedPhone, phoneIn } from "./autosave-phone.ts";
import type { CliSession } from "./cli-session.ts";
import type { autosaveOnFlags, CommandFlags } from "./command-flags.ts";

export type AutosaveOnFlags = CommandFlags<typeof autosaveOnFlags>;

/** What `on` came to. */
export interface Planned {
  readonly id: string;
  readonly plan: PhonePlan;
  /** It differs from what was set up before. */
  readonly isChanged: boolean;
  /** The destination is itself a copy of this one. */
  readonly copyOf: string | undefined;
  readonly copy: ChosenCopy | undefined;
}

/**
 * A phone that is set up keeps what no flag names; of one that is not a person is asked, where one is there and did not say `--yes`.
 * @throws {UsageError} where it was not said which phone, or where to
 */
export async function planOf(
  session: CliSession,
  settings: AutosaveSettings,
  flags: AutosaveOnFlags,
): Promise<Planned> {
  const phone = await wantedPhone(session, settings, flags.device);
  const before = settings.phones[phone.id];
  const asking = !before && !flags.yes && !flags.dryRun && session.interactive;
  const name = asking ? await askText(session, "Name of this phone", phone.name) : (before?.name ?? phone.name);
  const place = await placeOf(session, phone, { before, flags, asking });
  const photos = flags.photos ?? before?.photos ?? (await wanted(session, asking, "Its photos?"));
  const videos = flags.videos ?? before?.videos ?? (await wanted(session, asking, "Its videos?"));
  if (!photos && !videos)
    throw new UsageError("usage", "Without photos and without videos nothing is left to back up.");
  const copy = await copyOf(session, place.id, { before, flags, asking });
  const phoneBackup = await phoneBackupOf(session, before, flags, { phone: phone.id, photos: place.path });
  const plan = without({
    ...before,
    ...{ name, to: place.path, id: place.id, photos, videos, copy: copy?.name },
    network: flags.network ?? before?.network ?? false,
    daily: flags.daily === undefined ? before?.daily : timeOf(flags.daily),
    quietHours: flags.quietHours === undefined ? before?.quietHours : quietOf(flags.quietHours),
    phoneBackup,
    setUpAt: before?.setUpAt ?? session.context.clock.now(),
  });
  return { id: phone.id, plan, isChanged: !isSame(before, plan), copyOf: place.copyOf, copy };
}

async function wanted({ voice }: CliSession, asking: boolean, question: string): Promise<boolean> {
  return !asking || (await confirm(voice, question, true));
}

interface Wishes {
  readonly before: PhonePlan | undefined;
  readonly flags: AutosaveOnFlags;
  readonly asking: boolean;
}

/** One that is plugged in; or one that this computer knows, which need not be. */
async function wantedPhone(
  session: CliSession,
  settings: AutosaveSettings,
  wanted: string | undefined,
): Promise<NamedPhone> {
  const known = new Map<string, NamedPhone>();
  for (const [id, { name }] of Object.entries(session.config.backups ?? {})) known.set(id, { id, name: name ?? id });
  for (const [id, { name }] of Object.entries(settings.phones)) known.set(id, { id, name });
  const named = wanted === undefined ? undefined : phoneIn([...known.values()], wanted);
  if (named) return named;
  try {
    const { info } = await session.choose(session.hub());
    if (info.folder !== undefined)
      throw new UsageError("usage", `${printable(info.folder)} is a folder: nothing tells when it changes.`, {
        remedy: "`offroll backup --via folder:PATH` copies it, from a timer too.",
      });
    return { id: info.id, name: info.name };
  } catch (error) {
    const [only, ...more] = known.values();
    const isAway = ["device-not-found", "daemon-not-running"].includes(toAppError(error).code);
    if (isAway && wanted === undefined && only && more.length === 0) return only;
    throw error;
  }
}

/** A remembered backup whose disk is away needs nothing but its id; any other place is looked at, and made. */
async function placeOf(
  session: CliSession,
  phone: NamedPhone,
  { before, flags, asking }: Wishes,
): Promise<{ path: string; id: string | undefined; copyOf: string | undefined }> {
  const remembered = session.config.backups?.[phone.id];
  const preset = flags.to ?? before?.to ?? remembered?.path;
  const typed = asking && flags.to === undefined ? await askText(session, "Back up to which folder", preset) : preset;
  if (typed === undefined || typed.trim() === "")
    throw new UsageError("usage", `It was not said where the photos of ${phone.name} go.`, {
      remedy: "Name the folder: --to DIR",
    });
  if (before && typed === before.to) return { path: before.to, id: before.id, copyOf: undefined };
  if (remembered && typed === remembered.path) return { path: remembered.path, id: remembered.id, copyOf: undefined };
  const seen = await lookAtAutosavePlace(session, typed);
  // Before anything is made there: the copy that is kept may be one of another place.
  const copy = flags.copy ?? before?.copy ?? "";
  if (copy !== "") chosenCopy(session, seen.id, copy);
  return flags.dryRun ? seen : await settleAutosavePlace(session, typed);
}

async function copyOf(
  session: CliSession,
  firstId: string | undefined,
  { before, flags, asking }: Wishes,
): Promise<ChosenCopy | undefined> {
  const wanted = flags.copy ?? before?.copy;
  if (wanted !== undefined) return wanted === "" ? undefined : chosenCopy(session, firstId, wanted);
  const [first, ...more] = copiesToChoose(session, firstId);
  if (!asking || !first) return undefined;
  const names = [first, ...more].map((copy) => printable(copy.name)).join(", ");
  const answer = await askText(session, `Which copy is brought up to date after it (${names}; - for none)`, first.name);
  return answer === "-" ? undefined : chosenCopy(session, firstId, answer);
}

/** The phone as a whole is backed up by itself only where somebody asked for it. */
async function phoneBackupOf(
  session: CliSession,
  before: PhonePlan | undefined,
  flags: AutosaveOnFlags,
  of: { readonly phone: string; readonly photos: string },
): Promise<PhonePlan["phoneBackup"]> {
  const { phoneBackup: typed, phoneBackupEvery } = flags;
  const known = before?.phoneBackup;
  if (typed === "" || typed === "off") return undefined;
  const everyDays = phoneBackupEvery === undefined ? (known?.everyDays ?? usualDays) : daysOf(phoneBackupEvery);
  if (typed === undefined) {
    if (phoneBackupEvery !== undefined && !known)
      throw new UsageError("usage", "--phone-backup-every needs the folder of the backups: --phone-backup DIR");
    return known && { ...known, everyDays };
  }
  const place = await settlePhoneBackupPlace(session.context, typed, { ...of, dryRun: flags.dryRun === true });
  const since = known?.to === place.to ? known.since : session.context.clock.now();
  return { ...place, everyDays, since };
}

const usualDays = 7;

function daysOf(text: string): number {
  const days = Number(text);
  if (/^[1-9]\d{0,2}$/.test(text) && days <= 365) return days;
  throw new UsageError("usage", `--phone-backup-every "${printable(text)}" is not a number of days from 1 to 365.`);
}

async function askText(session: CliSession, question: string, preset: string | undefined): Promise<string> {
  const answer = (await session.voice.ask?.(`${question}? [${printable(preset ?? "")}] `)) ?? "";
  return answer === "" ? (preset ?? "") : answer;
}

const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** Undefined for an empty one: never. */
function timeOf(text: string): string | undefined {
  if (text === "") return undefined;
  if (timeOfDay.test(text)) return text;
  throw new UsageError("usage", `--daily "${text}" is not a time of day. Write 07:30.`);
}

function quietOf(text: string): PhonePlan["quietHours"] {
  if (text === "") return undefined;
  const [from = "", to = "", ...more] = text.split("-");
  if (more.length === 0 && timeOfDay.test(from) && timeOfDay.test(to) && from !== to) return { from, to };
  throw new UsageError("usage", `--quiet-hours "${text}" are no hours. Write 22:00-07:00.`);
}

function without(plan: PhonePlan): PhonePlan {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined)) as PhonePlan;
}

function isSame(before: PhonePlan | undefined, plan: PhonePlan): boolean {
  const sorted = (value: PhonePlan): string =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return before !== undefined && sorted(before) === sorted(plan);
}
