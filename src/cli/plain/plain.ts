/** `offroll --plain`: the terminal UI's choices as questions and answers, one line after the other, told by words alone. */

import { join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";
import {
  choices,
  choiceWords,
  type ExportSettings,
  expandHome,
  type Field,
  fieldLabels,
  fieldsFor,
  rememberChoices,
  rememberedChoices,
  templatesFor,
} from "../../app/export-choices.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import {
  type DeviceHub,
  type DeviceSummary,
  type MediaSource,
  type PhotoPart,
  phonesNamed,
} from "../../device/index.ts";
import {
  buildCameraRoll,
  type CameraRoll,
  countAvailability,
  type RollItem,
  whyNotShown,
} from "../../library/index.ts";
import { availabilityWords } from "../../present/summary-lines.ts";
import { throwIfAborted } from "../../shared/abort.ts";
import { CancelledError, toAppError, UsageError } from "../../shared/errors.ts";
import { plural, printable } from "../../shared/text.ts";
import { inspectDestination } from "../../transfer/index.ts";
import { CliSession } from "../cli-session.ts";
import { type TransferFlags, transferCommand } from "../commands/transfer.ts";

/** One reader of lines for all questions: what is typed ahead, or comes through a pipe, is not lost between them. */
class Questions {
  readonly #context: Host;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor(context: Host) {
    this.#context = context;
    this.#reader = createInterface({ input: context.stdin, terminal: false, signal: context.signal });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  say(text: string): void {
    this.#context.stdout.write(`${text}\n`);
  }

  /** @throws {CancelledError} when there are no more answers */
  async ask(question: string): Promise<string> {
    this.#context.stdout.write(question);
    const { value, done } = await this.#lines.next();
    throwIfAborted(this.#context.signal);
    if (done) throw new CancelledError();
    return value.trim();
  }

  /** A numbered list and a question. @param preset index of what is taken where nothing is answered */
  async choose<T extends { readonly words: string }>(question: string, list: readonly T[], preset = 0): Promise<T> {
    this.say(question);
    for (const [i, { words }] of list.entries()) this.say(`  ${i + 1}. ${words}`);
    for (;;) {
      const answer = await this.ask(`Number from 1 to ${list.length}: [${preset + 1}] `);
      const chosen = list[(answer === "" ? preset + 1 : Number(answer)) - 1];
      if (chosen) return chosen;
      this.say(`"${printable(answer)}" is not in the list.`);
    }
  }

  /** An empty answer is a yes; what is neither yes nor no is asked again. */
  async confirm(question: string): Promise<boolean> {
    for (;;) {
      const answer = (await this.ask(`${question} [yes] `)).toLowerCase();
      if (["", "y", "yes"].includes(answer)) return true;
      if (["n", "no"].includes(answer)) return false;
      this.say("Please answer yes or no.");
    }
  }

  /** What comes next reads its answers by itself. */
  close(): void {
    this.#reader.close();
  }
}

interface Offer {
  readonly words: string;
  readonly flags: TransferFlags;
}

/** @param wish `device`: the phone that is meant, where several are plugged in */
export async function plain(outer: Host, wish: { readonly device?: string } = {}): Promise<number> {
  // Nothing moves and nothing is told by colour: lines come one after the other.
  const context: Host = { ...outer, env: { ...outer.env, TERM: "dumb", NO_COLOR: "1" } };
  await using session = new CliSession(context, {});
  const questions = new Questions(context);
  questions.say("offroll copies photos and videos from a phone to this computer.");
  questions.say("Answer each question and press Enter. An empty answer takes what stands in brackets. Ctrl-C ends it.");
  const hub = session.hub();
  const device = await waitForPhone(hub, context, questions, session.setting("device", wish.device));
  await session.ensureTrust(hub, device);
  const source = await hub.open(device.info, context);
  const { parts } = source.capabilities;
  let flags: TransferFlags;
  try {
    const roll = await look(session, source, questions);
    const chosen = await questions.choose("What would you like to copy?", offers(roll, context));
    flags = { ...(chosen.flags.album?.[0] === "" ? await chooseAlbum(questions, roll) : chosen.flags) };
  } finally {
    await source[Symbol.asyncDispose]();
  }
  const settings = await askChoices(session, questions, device, parts);
  if (!(await questions.confirm("Start copying?"))) {
    questions.say("Nothing was copied.");
    return exitCodes.cancelled;
  }
  questions.close();
  const { destination, sidecar, ...rest } = settings;
  const asked = sidecar === "none" ? rest : { ...rest, sidecar };
  const command = { ...flags, ...asked, device: device.info.id, yes: true };
  const code = await transferCommand(context, "export", command, destination);
  // A place where nothing was begun is none to go back to.
  if (inspectDestination(destination, context.cwd).id !== undefined) remember(session, device, settings);
  return code;
}

/** Where to, and what of each photo: as last time, or as usual, unless something else is wanted. */
async function askChoices(
  session: CliSession,
  questions: Questions,
  { info }: DeviceSummary,
  parts: readonly PhotoPart[],
): Promise<ExportSettings> {
  const { config, context } = session;
  const usual = { destination: join(context.home, "offroll-photos"), template: session.setting("template") };
  const known = rememberedChoices(config, info.id, usual);
  const to = (await questions.ask(`Which folder should they go to? [${known.destination}] `)) || known.destination;
  let settings: ExportSettings = { ...known, destination: expandHome(to, context.home) };
  const fields = fieldsFor(parts).filter((field) => field !== "destination");
  questions.say(config.exports?.[info.id] ? "As the last time:" : "Of each photo:");
  for (const field of fields) questions.say(`  ${fieldLabels[field]}: ${wordsFor(settings, field)}`);
  if (await questions.confirm("Is that right?")) return settings;
  for (const field of fields) settings = { ...settings, [field]: await askField(questions, settings, field) };
  return settings;
}

type Choosable = Exclude<Field, "destination">;

function wordsFor(settings: ExportSettings, field: Choosable): string {
  return field === "template" ? settings.template : choiceWords(settings, field);
}

async function askField(questions: Questions, settings: ExportSettings, field: Choosable): Promise<string> {
  const values = field === "template" ? templatesFor(settings.template) : choices[field].map(({ value }) => value);
  const list = values.map((value) => ({ value, words: wordsFor({ ...settings, [field]: value }, field) }));
  return (await questions.choose(`${fieldLabels[field]}:`, list, values.indexOf(settings[field]))).value;
}

function remember(session: CliSession, { info }: DeviceSummary, settings: ExportSettings): void {
  try {
    const destination = resolve(session.context.cwd, settings.destination);
    rememberChoices(session.paths.configFile, info.id, { ...settings, destination });
  } catch (error) {
    const { message, remedy } = toAppError(error);
    session.output.complain(`What you chose is not remembered: ${printable(message)}. ${remedy}`);
  }
}

async function waitForPhone(
  hub: DeviceHub,
  context: Host,
  questions: Questions,
  wanted: string | undefined,
): Promise<DeviceSummary> {
  let said = "";
  const once = (text: string): void => {
    if (text !== said) questions.say(text);
    said = text;
  };
  for await (const change of hub.watch(context)) {
    if (change.type === "daemon-gone") {
      once(`${change.error.message} ${change.error.remedy}`);
      continue;
    }
    const named = wanted === undefined ? change.devices : phonesNamed(change.devices, wanted);
    const phones = named.filter((d) => d.state !== "network-only");
    const [only] = phones;
    if (only && phones.length === 1) {
      questions.say(`This phone is plugged in: ${printable(only.info.name)}, ${only.info.model}.`);
      return only;
    }
    if (phones.length > 1) {
      const list = phones.map((d) => ({ words: `${printable(d.info.name)}, ${d.info.model}`, device: d }));
      return (await questions.choose("Several phones are plugged in. Which one?", list)).device;
    }
    const which = wanted === undefined ? "No phone" : `No phone called "${printable(wanted)}"`;
    once(`${which} is plugged in. Plug it in with its cable and unlock it; waiting for it.`);
  }
  throw new UsageError("usage", "No phone was chosen.");
}

async function look(session: CliSession, source: MediaSource, questions: Questions): Promise<CameraRoll> {
  questions.say(`Looking at ${printable(source.device.name)}. This may take a moment.`);
  const { clock, signal } = session.context;
  const roll = await buildCameraRoll(source, { now: clock.now(), signal, library: session.libraryOf(source) });
  questions.say(`There are ${availabilityWords(countAvailability(roll.items))}.`);
  return roll;
}

function offers(roll: CameraRoll, context: Host): Offer[] {
  const shown = roll.items.filter((item) => whyNotShown(item) === undefined);
  const count = (is: (item: RollItem) => boolean): number => shown.filter(is).length;
  const favourites = count((i) => i.library?.favourite === true);
  const videos = count((i) => i.kind === "video");
  const albums = new Set(shown.flatMap((i) => i.library?.albums ?? [])).size;
  const year = new Date(context.clock.now()).getUTCFullYear();
  const thisYear = count((i) => i.captured?.local.startsWith(String(year)) === true);
  const all: (Offer & { readonly n: number })[] = [
    { n: 1, words: `everything: ${plural(shown.length, "photo or video", "photos and videos")}`, flags: {} },
    { n: favourites, words: `favourites: ${favourites}`, flags: { favourites: true } },
    { n: videos, words: `videos: ${videos}`, flags: { kind: "video" } },
    { n: thisYear, words: `what was taken in ${year}: ${thisYear}`, flags: { since: String(year) } },
    { n: albums, words: `one of ${plural(albums, "album")}`, flags: { album: [""] } },
  ];
  return all.filter((offer) => offer.n > 0);
}

async function chooseAlbum(questions: Questions, roll: CameraRoll): Promise<TransferFlags> {
  const counts = new Map<string, number>();
  for (const item of roll.items)
    if (whyNotShown(item) === undefined)
      for (const { path } of item.library?.albums ?? []) counts.set(path, (counts.get(path) ?? 0) + 1);
  const list = [...counts].sort().map(([path, n]) => ({ words: `${printable(path)}: ${n}`, flags: { album: [path] } }));
  return (await questions.choose("Which album?", list)).flags;
}
