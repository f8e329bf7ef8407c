/** `offroll --plain`: the terminal UI's choices as questions and answers, one line after the other, told by words alone. */

import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DeviceHub, DeviceSummary, MediaSource } from "../device/index.ts";
import { buildCameraRoll, type CameraRoll, countAvailability, type RollItem, whyNotShown } from "../library/index.ts";
import { throwIfAborted } from "../shared/abort.ts";
import { CancelledError, UsageError } from "../shared/errors.ts";
import { plural, printable } from "../shared/text.ts";
import { availabilityWords } from "../transfer/index.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { Session } from "./session.ts";
import { type TransferFlags, transferCommand } from "./transfer-command.ts";

/** One reader of lines for all questions: what is typed ahead, or comes through a pipe, is not lost between them. */
class Questions {
  readonly #context: CliContext;
  readonly #lines: AsyncIterator<string>;

  constructor(context: CliContext) {
    this.#context = context;
    const lines = createInterface({ input: context.stdin, terminal: false, signal: context.signal });
    this.#lines = lines[Symbol.asyncIterator]();
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

  /** A numbered list and a question; the first is taken where nothing is answered. */
  async choose<T extends { readonly words: string }>(question: string, list: readonly T[]): Promise<T> {
    this.say(question);
    for (const [i, { words }] of list.entries()) this.say(`  ${i + 1}. ${words}`);
    for (;;) {
      const answer = await this.ask(`Number, 1 to ${list.length}? [1] `);
      const chosen = list[(answer === "" ? 1 : Number(answer)) - 1];
      if (chosen) return chosen;
      this.say(`"${printable(answer)}" is none of them.`);
    }
  }
}

interface Offer {
  readonly words: string;
  readonly flags: TransferFlags;
}

export async function plain(outer: CliContext): Promise<number> {
  // Nothing moves and nothing is told by colour: lines come one after the other.
  const context: CliContext = { ...outer, env: { ...outer.env, TERM: "dumb", NO_COLOR: "1" } };
  await using session = new Session(context, {});
  const questions = new Questions(context);
  questions.say("offroll copies photos and videos from a phone to this computer.");
  questions.say("Answer each question and press Enter. An empty answer takes what stands in brackets. Ctrl-C ends it.");
  const hub = session.hub();
  const device = await waitForPhone(hub, context, questions);
  await session.ensureTrust(hub, device);
  const source = await hub.open(device.info, context);
  let flags: TransferFlags;
  try {
    const roll = await look(session, source, questions);
    const chosen = await questions.choose("What shall be copied?", offers(roll, context));
    flags = { ...(chosen.flags.album?.[0] === "" ? await chooseAlbum(questions, roll) : chosen.flags) };
  } finally {
    await source[Symbol.asyncDispose]();
  }
  const suggested = session.config.exports?.[device.info.id]?.to ?? join(context.home, "offroll-photos");
  const to = (await questions.ask(`Which folder shall they go to? [${suggested}] `)) || suggested;
  const edits = await questions.choose("Of photos that were edited:", [
    { words: "the original and the edited version", flags: { edits: "both" } },
    { words: "the original only", flags: { edits: "original" } },
    { words: "the edited version only", flags: { edits: "edited" } },
  ]);
  const start = (await questions.ask("Start copying? [yes] ")).toLowerCase();
  if (!["", "y", "yes"].includes(start)) {
    questions.say("Nothing was copied.");
    return exitCodes.cancelled;
  }
  return await transferCommand(context, "export", { ...flags, ...edits.flags, device: device.info.id, yes: true }, to);
}

async function waitForPhone(hub: DeviceHub, context: CliContext, questions: Questions): Promise<DeviceSummary> {
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
    const phones = change.devices.filter((d) => d.state !== "network-only");
    const [only] = phones;
    if (only && phones.length === 1) {
      questions.say(`This phone is plugged in: ${printable(only.info.name)}, ${only.info.model}.`);
      return only;
    }
    if (phones.length > 1) {
      const list = phones.map((d) => ({ words: `${printable(d.info.name)}, ${d.info.model}`, device: d }));
      return (await questions.choose("Several phones are plugged in. Which one?", list)).device;
    }
    once("No phone is plugged in. Plug one in with its cable and unlock it; waiting for it.");
  }
  throw new UsageError("usage", "No phone was chosen.");
}

async function look(session: Session, source: MediaSource, questions: Questions): Promise<CameraRoll> {
  questions.say(`Looking at ${printable(source.device.name)}. This may take a moment.`);
  const { clock, signal } = session.context;
  const roll = await buildCameraRoll(source, { now: clock.now(), signal, library: session.libraryOf(source) });
  questions.say(`There are ${availabilityWords(countAvailability(roll.items))}.`);
  return roll;
}

function offers(roll: CameraRoll, context: CliContext): Offer[] {
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
