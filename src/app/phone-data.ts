/** From what a person asks of a phone's data to an open look at them, and to an export. */
import { join, resolve } from "node:path";
import type { PhoneFiles } from "../device/phone-files.ts";
import { type DataChoice, type DataFormat, type DataKind, dataFormats, dataKinds } from "../phone-data/index.ts";
import { UsageError } from "../shared/errors.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { PrivateFolder } from "../shared/private-folder.ts";
import { printable } from "../shared/text.ts";
import { parseDateArgument } from "../transfer/plan/index.ts";
import { chosenBackup, openedBackup, type PhoneFilesWishes } from "./phone-files.ts";
import type { Session } from "./session.ts";

/** A phone's files, and a folder for copies of its databases. Disposing it takes the copies away. */
export interface OpenedData extends AsyncDisposable {
  readonly files: PhoneFiles;
  readonly privately: PrivateFolder;
  /** Where they come from, as a person would name it. */
  readonly from: string;
  /** Why the backup is not finished, where it is not. */
  readonly unfinished?: string | undefined;
}

/** @param password where it was said already: it is filled with zeros. @throws as `openPhoneFiles` */
export async function openData(session: Session, wishes: PhoneFilesWishes, password?: Uint8Array): Promise<OpenedData> {
  const { context, paths } = session;
  const backup = await chosenBackup(session, wishes);
  const files = await openedBackup(session, backup, wishes, password);
  const privately = PrivateFolder.make(join(paths.cacheFolder, "phone-data"), context.pid);
  context.atExit(() => privately[Symbol.dispose]());
  return {
    ...{ files, privately, from: backup.folder, unfinished: backup.state === "unfinished" ? backup.why : undefined },
    async [Symbol.asyncDispose]() {
      privately[Symbol.dispose]();
      await files[Symbol.asyncDispose]();
    },
  };
}

/** @throws {UsageError} `usage` */
export function dataKind(word: string): DataKind {
  const kind = dataKinds.find((each) => each === word);
  if (kind) return kind;
  throw new UsageError("usage", `"${printable(word)}" is not a kind of data.`, {
    remedy: `Kinds are ${dataKinds.join(", ")}.`,
  });
}

/** What is chosen, as it was typed. */
export interface DataWishes {
  readonly format?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly chat?: string | undefined;
  readonly contact?: string | undefined;
  readonly text?: string | undefined;
  readonly vcard?: string | undefined;
  readonly perContact?: boolean | undefined;
  readonly unify?: boolean | undefined;
  readonly notesPasswordFile?: string | undefined;
}

/** @throws {UsageError} `usage` for what cannot be meant */
export function dataChoice(session: Session, wishes: DataWishes): DataChoice {
  const { context } = session;
  const now = context.clock.now();
  const { since, until, chat, contact, text, vcard = "3", perContact, unify, notesPasswordFile } = wishes;
  if (!["3", "3.0", "4", "4.0"].includes(vcard))
    throw new UsageError("usage", `--vcard takes 3 or 4, not "${printable(vcard)}".`);
  for (const [flag, value] of Object.entries({ chat, contact, text }))
    if (value?.trim() === "") throw new UsageError("usage", `--${flag} is empty.`);
  const choice = {
    formats: wishes.format === undefined ? undefined : formatsOf(wishes.format),
    ...(since !== undefined && { since: localStart(parseDateArgument(since, "first", now)) }),
    ...(until !== undefined && { until: localStart(parseDateArgument(until, "last", now), 1) }),
    ...(chat !== undefined && { chat }),
    ...(contact !== undefined && { contact }),
    ...(text !== undefined && { text }),
    vcard: vcard.startsWith("4") ? ("4.0" as const) : ("3.0" as const),
    isRaw: unify === false,
    isEach: perContact === true,
    notePasswords: notesPasswordFile === undefined ? [] : passwordsIn(resolve(context.cwd, notesPasswordFile)),
  };
  if (choice.since && choice.until && choice.since >= choice.until)
    throw new UsageError("usage", "--since is later than --until: nothing can be in between.");
  return choice;
}

function formatsOf(list: string): DataFormat[] {
  const words = list
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "" && word !== "json");
  return words.map((word) => {
    const format = dataFormats.find((each) => each === word);
    if (format) return format;
    throw new UsageError("usage", `"${printable(word)}" is not a format.`, {
      remedy: `Formats are ${dataFormats.join(", ")}; JSON is always written.`,
    });
  });
}

/** The beginning of a day on this computer's clock. */
function localStart(day: string, later = 0): Date {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return new Date(year, month - 1, date + later);
}

const maxPasswordBytes = 64 * 1024;

function passwordsIn(file: string): string[] {
  try {
    return readPlainText(file, { maxBytes: maxPasswordBytes })
      .split(/\r?\n/)
      .filter((line) => line !== "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOTPLAIN" ? "is not a plain file" : `cannot be read (${code})`;
    throw new UsageError("usage", `The file of passwords ${printable(file)} ${why}.`);
  }
}
