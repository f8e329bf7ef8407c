/** What is on a phone besides photos, as questions and answers: out of the newest backup that is known of it. */
import { exportedLines, exportOpened } from "../../app/data-export.ts";
import { proposedDataFolder, rememberDataFolder } from "../../app/data-folder.ts";
import { type FormChoice, formatList, formWords, offeredForms } from "../../app/data-forms.ts";
import { dataLabels, summaryWords } from "../../app/data-words.ts";
import { expandHome } from "../../app/export-choices.ts";
import { exitCodes } from "../../app/host.ts";
import { newestBackup } from "../../app/known-backups.ts";
import { dataChoice, type OpenedData, openData } from "../../app/phone-data.ts";
import type { DeviceInfo } from "../../device/media-source.ts";
import { DataBrowser, type DataKind } from "../../phone-data/index.ts";
import { agoWords } from "../../present/status-words.ts";
import { CancelledError, toAppError } from "../../shared/errors.ts";
import { formatCount, plural, printable } from "../../shared/text.ts";
import type { CliSession } from "../cli-session.ts";
import { Questions } from "./questions.ts";

const progressMs = 10_000;

/** @returns the exit code; undefined where the person goes back, or nothing can be read */
export async function besidesPhotos(session: CliSession, phone: DeviceInfo): Promise<number | undefined> {
  const { context, output } = session;
  const say = (text: string): void => void context.stdout.write(`${text}\n`);
  const backup = await newestBackup(session, phone.id);
  if (!backup) {
    for (const line of noBackupWords(printable(phone.name))) say(line);
    return undefined;
  }
  const age = backup.takenAt === undefined ? "" : `, made ${agoWords(context.clock.now() - backup.takenAt.getTime())}`;
  say(`It is read out of the newest backup that is known${age}: ${printable(backup.folder)}`);
  const opened = await open(session, backup.folder, say);
  if (!opened) return undefined;
  await using _ = opened;
  say("This is in it:");
  await using browser = new DataBrowser(opened.files, opened.privately, context);
  const found = await kindsIn(browser, say);
  if (!opened.files.isEncrypted)
    say("It is not encrypted, and calls are in encrypted backups alone: offroll phone password on");
  if (found.length === 0) return undefined;
  let questions = new Questions(context);
  try {
    const kinds = await chooseKinds(questions, found);
    if (!kinds) return undefined;
    // Passwords are read from the terminal by themselves.
    questions.close();
    if (kinds.includes("notes")) await unlockNotes(session, browser, say);
    questions = new Questions(context);
    const wishes = await askHow(session, questions, { phone: opened.files.device, kinds });
    if (!(await questions.confirm("Start writing?"))) {
      say("Nothing was written.");
      return exitCodes.cancelled;
    }
    const exported = await write(session, opened, { ...wishes, kinds, say, notePasswords: browser.notePasswords });
    const { kinds: lines, files } = exportedLines(exported);
    for (const line of lines) output.data(line);
    say(files);
    return exported.report.isWhole ? exitCodes.complete : exitCodes.someFailed;
  } finally {
    questions.close();
  }
}

/** Its password is asked for until it opens; nothing answered is back to the photos. */
async function open(session: CliSession, from: string, say: (text: string) => void): Promise<OpenedData | undefined> {
  for (;;) {
    try {
      return await openData(session, { from });
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (error instanceof CancelledError || session.context.signal.aborted) throw error;
      if (code === "phone-backup-password") return undefined;
      say(`${printable(message)} ${code === "phone-backup-password-wrong" ? "Nothing was lost: try again." : remedy}`);
      if (code !== "phone-backup-password-wrong") return undefined;
    }
  }
}

/** Says each kind with its count. @returns those of which there is something */
async function kindsIn(browser: DataBrowser, say: (text: string) => void): Promise<DataKind[]> {
  const found: DataKind[] = [];
  for await (const summary of browser.summaries()) {
    say(`  ${dataLabels[summary.kind]}: ${summaryWords(summary)}.`);
    if (summary.count !== undefined && summary.count > 0) found.push(summary.kind);
  }
  return found;
}

/** Until none is left that a password opens, or nothing more is typed. */
async function unlockNotes({ voice }: CliSession, browser: DataBrowser, say: (text: string) => void): Promise<void> {
  const notes = await browser.lockedNotes();
  let locked = notes.filter((note) => note.locked === "classic");
  const newer = notes.length - locked.length;
  if (newer > 0)
    say(
      `${plural(newer, "note")} locked in the newer way, which only the phone itself opens: titles alone are written.`,
    );
  while (locked.length > 0 && voice.askSecret) {
    const hints = [...new Set(locked.flatMap(({ hint }) => (hint === undefined ? [] : [`"${printable(hint)}"`])))];
    const hint = hints.length === 0 ? "" : ` Hints: ${hints.slice(0, 5).join(", ")}.`;
    say(`${plural(locked.length, "note")} locked with a password.${hint} Enter alone: titles alone are written.`);
    const password = await voice.askSecret("Password of locked notes: ");
    if (password === "") return;
    const left: typeof locked = [];
    for (const note of locked) if (!(await browser.unlockNote(note.id, password))) left.push(note);
    const opened = locked.length - left.length;
    say(opened === 0 ? "This password opens none of them." : `It opens ${plural(opened, "note")}.`);
    locked = left;
  }
}

async function chooseKinds(questions: Questions, each: readonly DataKind[]): Promise<readonly DataKind[] | undefined> {
  const list = [
    ...(each.length > 1
      ? [{ words: each.length === 2 ? "both of them" : `all ${each.length} of them`, kinds: each }]
      : []),
    ...each.map((kind) => ({ words: dataLabels[kind].toLowerCase(), kinds: [kind] })),
    { words: "none of them: back to the photos", kinds: undefined },
  ];
  return (await questions.choose("Which of them would you like?", list)).kinds;
}

interface How {
  readonly to: string;
  readonly form: FormChoice;
}

async function askHow(
  session: CliSession,
  questions: Questions,
  { phone, kinds }: { readonly phone: OpenedData["files"]["device"]; readonly kinds: readonly DataKind[] },
): Promise<How> {
  const proposed = await proposedDataFolder(session, phone);
  if (proposed.isGone)
    questions.say(
      "The folder of the last time is not there now: its disk may not be plugged in. It would be made anew.",
    );
  const to = (await questions.ask(`Which folder should they go to? [${printable(proposed.to)}] `)) || proposed.to;
  const forms = offeredForms(kinds).map((form) => ({ form, words: formWords(form, kinds) }));
  const how = { to: expandHome(to, session.context.home) };
  if (forms.length === 1) return { ...how, form: "usual" };
  const question = "In which form? JSON is always written too, and attachments as they are.";
  return { ...how, form: (await questions.choose(question, forms)).form };
}

interface Writing extends How {
  readonly kinds: readonly DataKind[];
  readonly notePasswords: readonly string[];
  readonly say: (text: string) => void;
}

/** A line for each kind that begins, and one every ten seconds: nothing is written over. */
async function write(
  session: CliSession,
  opened: OpenedData,
  { to, form, kinds, say, notePasswords }: Writing,
): ReturnType<typeof exportOpened> {
  const { context } = session;
  let [now, saidAt] = [undefined as DataKind | undefined, 0];
  return await exportOpened(context, opened, {
    ...{ to, kinds, signal: context.signal },
    choice: { ...dataChoice(session, { format: formatList(form) }), notePasswords },
    onPlace: (root) => rememberDataFolder(session, opened.files.device.id, root),
    onProgress: (kind, done, of) => {
      const time = context.clock.now();
      if (kind === now && time - saidAt < progressMs) return;
      const far = of === undefined || kind !== now ? "" : `: ${formatCount(done)} of ${plural(of, "row")}`;
      say(`Writing ${dataLabels[kind].toLowerCase()}${far}.`);
      [now, saidAt] = [kind, time];
    },
  });
}

function noBackupWords(phone: string): string[] {
  return [
    `No backup of ${phone} is known on this computer, and they are read out of a backup of the whole phone.`,
    "To make one, into a folder on a disk with room for it: offroll phone backup DIR",
    "To read one that Finder, iTunes or another program made: offroll data --from BACKUP. It is known here from then on.",
    "Calls are in encrypted backups alone: offroll phone password on, before a long one.",
  ];
}
