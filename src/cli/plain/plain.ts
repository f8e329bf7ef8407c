/** `offroll --plain`: the terminal UI's choices as questions and answers, one line after the other, told by words alone. */

import { join, resolve } from "node:path";
import {
  type ExportSettings,
  expandHome,
  type Field,
  fieldsFor,
  rememberedChoices,
  templatesFor,
} from "../../app/export-choices.ts";
import { wishesOfSheet } from "../../app/export-run.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { type DeviceHub, type DeviceSummary, phonesNamed } from "../../device/index.ts";
import type { MediaSource, PhotoPart } from "../../device/media-source.ts";
import { buildCameraRoll } from "../../library/index.ts";
import { type CameraRoll, countAvailability } from "../../library/roll.ts";
import { choices, choiceWords, fieldLabels } from "../../present/choice-words.ts";
import { availabilityWords } from "../../present/summary-lines.ts";
import { CancelledError, UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import { toldRun } from "../told-run.ts";
import { Questions } from "./questions.ts";
import { chooseWhich } from "./which-photos.ts";

const besidesWords = "what is on it besides photos: messages, contacts, notes, calls and voice memos";

/** @param wish `device`: the phone that is meant, where several are plugged in */
export async function plain(outer: Host, wish: { readonly device?: string } = {}): Promise<number> {
  // Nothing moves and nothing is told by colour: lines come one after the other.
  const context: Host = { ...outer, env: { ...outer.env, TERM: "dumb", NO_COLOR: "1" } };
  await using session = new CliSession(context, {});
  let questions = new Questions(context);
  questions.say("offroll copies photos and videos from a phone or a camera to this computer.");
  questions.say("Answer each question and press Enter. An empty answer takes what stands in brackets. Ctrl-C ends it.");
  const hub = session.hub();
  const device = await waitForPhone(hub, context, questions, session.setting("device", wish.device));
  await session.ensureTrust(hub, device);
  await using source = await hub.open(device.info, context);
  const roll = await look(session, source, questions);
  // Where nobody answers, a pipe's numbers mean what they always meant.
  const besides = session.interactive && source.capabilities.library === "photos-sqlite" ? besidesWords : undefined;
  let selection = await chooseWhich(questions, { roll, host: context, besides });
  while (selection === "besides") {
    // A password is read from the terminal by itself.
    questions.close();
    const { besidesPhotos } = await import("./besides-photos.ts");
    const code = await besidesPhotos(session, source.device);
    if (code !== undefined) return code;
    questions = new Questions(context);
    selection = await chooseWhich(questions, { roll, host: context, besides });
  }
  const sheet = await askChoices(session, questions, device, source.capabilities.parts);
  if (!(await questions.confirm("Start copying?"))) {
    questions.say("Nothing was copied.");
    return exitCodes.cancelled;
  }
  questions.close();
  const wishes = {
    ...wishesOfSheet(session, sheet, selection),
    phone: { source, roll },
    command: ["offroll", ...context.argv].join(" "),
  };
  const code = await toldRun(session, () => wishes, { yes: true });
  if (code === exitCodes.complete) await offerAutosave(session, source, resolve(context.cwd, wishes.destination));
  return code;
}

/** Once for each phone, and only where somebody can answer: a pipe's next line is no answer to it. An empty answer is a no. */
async function offerAutosave(session: CliSession, { device }: MediaSource, to: string): Promise<void> {
  const { context } = session;
  if (!session.interactive) return;
  const { deskOf } = await import("../../autosave/desk.ts");
  const desk = deskOf(context);
  if (!desk.offerOnce(device.id)) return;
  const questions = new Questions(context);
  try {
    const what = `${printable(device.name)} can be backed up by itself from now on, whenever the ${device.noun} is plugged in`;
    questions.say(`${what}: to ${printable(to)}. This is asked once.`);
    const isWanted = await questions.confirm("Back it up by itself?", false);
    if (isWanted) for (const line of await desk.turnOn(device.id, to)) questions.say(line);
    else questions.say("Nothing was set up. Later: offroll autosave on");
  } catch (error) {
    // No answer is none; the photos are there.
    if (!(error instanceof CancelledError) || context.signal.aborted) throw error;
  } finally {
    questions.close();
  }
}

/** Where to, and what of each photo: as last time, or as usual, unless something else is wanted. */
async function askChoices(
  session: CliSession,
  questions: Questions,
  { info }: DeviceSummary,
  parts: readonly PhotoPart[],
): Promise<ExportSettings> {
  const { config, context } = session;
  const usual = {
    destination: join(context.home, "offroll-photos"),
    template: session.setting("template"),
    jpeg: session.setting("jpeg"),
  };
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
      questions.say(`This ${only.info.noun} is plugged in: ${printable(only.info.name)}, ${only.info.model}.`);
      return only;
    }
    if (phones.length > 1) {
      const list = phones.map((d) => ({ words: `${printable(d.info.name)}, ${d.info.model}`, device: d }));
      return (await questions.choose("Several devices are plugged in. Which one?", list)).device;
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
  questions.say(`There are ${availabilityWords(countAvailability(roll.items), source.device.noun)}.`);
  return roll;
}
