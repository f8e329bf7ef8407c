/**
 * One run from what was chosen to its end, for whoever asks: the place is settled, the phone opened, the transfer planned, carried
 * out, and remembered for the next time. What it says and asks goes through the session's voice; it needs no terminal.
 */
import { resolve } from "node:path";
import type { DeviceInfo, MediaSource } from "../device/media-source.ts";
import type { RollProgress } from "../library/index.ts";
import type { CameraRoll } from "../library/roll.ts";
import { lookalikeWords } from "../present/device-words.ts";
import { alikeWords } from "../present/plan-words.ts";
import { type AppError, DeviceError, UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type DestinationFolder, inspectDestination } from "../transfer/destination/index.ts";
import type { RunSummary, TransferEvent, TransferKind } from "../transfer/events.ts";
import { openTransfer, type Pause, type Transfer, type TransferOptions } from "../transfer/index.ts";
import { PathTemplate, type SelectionOptions } from "../transfer/plan/index.ts";
import { type CopiesTree, treeOf } from "./copies-tree.ts";
import { type ExportSettings, expandHome, rememberedChoices } from "./export-choices.ts";
import { choicesOf, type ExportChoices, type ExportRequest, requestOf, transferOptions } from "./export-request.ts";
import { rememberBackup, rememberSheet, settlePlace, unrememberedWords } from "./right-place.ts";
import type { Session } from "./session.ts";
import { confirm } from "./voice.ts";

export interface RunWishes {
  readonly kind: TransferKind;
  readonly choices: ExportChoices;
  /**
   * Where to: as a person wrote it, or a folder that was looked at and settled already. Without it: where this phone's last run of
   * this kind went; an export then also takes what was chosen for it.
   */
  readonly destination?: string | DestinationFolder | undefined;
  /** A person says that a new destination may begin where another is remembered. */
  readonly newDestination?: boolean;
  /** A phone that is open already, and stays so; otherwise the one that the session means is opened for the run. */
  readonly phone?: { readonly source: MediaSource; readonly roll?: CameraRoll | undefined } | undefined;
  /** The sheet that the choices stood on: remembered for the next one of this phone. */
  readonly sheet?: ExportSettings | undefined;
  /** False for a demonstration: nothing of it is remembered. */
  readonly remember?: boolean;
  /** Whether the first photos of a second phone at a place are asked about, where somebody can be. */
  readonly asks?: boolean;
  /** As it stands in the history. */
  readonly command: string;
  readonly pause?: Pause;
  readonly breakLock?: TransferOptions["breakLock"];
}

/** What stands on a sheet, for the photos that are meant, as a run. */
export function wishesOfSheet(
  session: Session,
  sheet: ExportSettings,
  selection: SelectionOptions,
): Omit<RunWishes, "command"> & { readonly destination: string } {
  return {
    kind: "export",
    choices: { ...choicesOf(sheet, session.setting("template") as string), selection },
    destination: expandHome(sheet.destination.trim(), session.context.home),
    sheet,
  };
}

/** Told while a run is opened, in this order. */
export interface OpeningHooks {
  /** Before the phone is asked for anything. @param folder undefined where only the phone tells which */
  readonly onPlace?: (folder: DestinationFolder | undefined) => void;
  readonly onPhone?: (source: MediaSource, folder: DestinationFolder) => void;
  readonly onListing?: ((progress: RollProgress) => void) | undefined;
  readonly onPhoneWait?: (error: AppError) => void;
  readonly onLockWait?: (holder: string) => void;
}

/** What came of a run. */
export interface RunResult {
  readonly summary: RunSummary;
  /** What could not be remembered on this computer, in words; the photos are where they belong all the same. */
  readonly unremembered: readonly string[];
}

/** A run that is planned and waits for its start. Disposing it gives the place back, and the phone where it was opened for the run. */
export interface OpenRun extends AsyncDisposable {
  readonly source: MediaSource;
  readonly folder: DestinationFolder;
  readonly request: ExportRequest;
  readonly transfer: Transfer;
  /** @param onEvent told everything, in order, the summary last */
  runToEnd(onEvent: (event: TransferEvent) => void): Promise<RunResult>;
}

/** A run for a phone, from its beginning to its end: the one call for work that no terminal starts. @throws as `openRun` */
export async function performRun(
  session: Session,
  wishes: RunWishes,
  onEvent: (event: TransferEvent) => void = () => {},
): Promise<RunResult> {
  await using run = await openRun(session, wishes);
  return await run.runToEnd(onEvent);
}

/**
 * @throws {UsageError} for choices that make no sense and a place that nobody knows, before any phone is asked; {DestinationError};
 * {DeviceError}
 */
export async function openRun(session: Session, wishes: RunWishes, hooks: OpeningHooks = {}): Promise<OpenRun> {
  // Everything that can be wrong with what was chosen is found before the phone is asked for anything.
  const { waitMs } = requestOf(settingsOf(session), wishes.kind, wishes.choices);
  const early = await namedPlace(session, wishes);
  const tree = early && (await treeFor(session, wishes, early.folder));
  hooks.onPlace?.(early?.folder);
  await using stack = new AsyncDisposableStack();
  const source = wishes.phone?.source ?? stack.use((await session.openPhone({ waitMs })).source);
  const { folder, newDestination, last = {} } = early ?? (await lastPlace(session, wishes, source.device));
  const { within: copiesTo, apart: copiesApart } = tree ?? (await treeFor(session, wishes, folder));
  const choices = { ...last, ...wishes.choices, ...(copiesTo === undefined ? {} : { copiesTo }) };
  const request = requestOf(settingsOf(session), wishes.kind, choices);
  hooks.onPhone?.(source, folder);
  const unremembered: string[] = [];
  const { command, pause, breakLock, remember = true } = wishes;
  const options = transferOptions(session, request, {
    source,
    folder,
    newDestination,
    command,
    pause,
    breakLock,
    remember,
    roll: wishes.phone?.roll,
    copiesApart,
    onUnremembered: (error) => unremembered.push(unrememberedWords(error)),
    onListing: hooks.onListing,
    onPhoneWait: hooks.onPhoneWait,
    onLockWait: hooks.onLockWait,
  });
  const transfer = stack.use(await openAsAsked(session, source, options, wishes.asks === true));
  const disposal = stack.move();
  return {
    source,
    folder,
    request,
    transfer,
    runToEnd: async (onEvent) => await runToEnd(session, wishes, { source, folder, transfer, unremembered }, onEvent),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function treeFor({ context }: Session, { choices }: RunWishes, folder: DestinationFolder): Promise<CopiesTree> {
  return await treeOf(choices.copiesTo, folder, context.cwd);
}

/** The settings as `requestOf` reads them. */
export function settingsOf(session: Session): Session["setting"] {
  return (key, flag) => session.setting(key, flag);
}

interface SettledPlace {
  readonly folder: DestinationFolder;
  readonly newDestination: boolean;
  /** What was chosen there the last time. */
  readonly last?: ExportChoices;
}

/** The place where it was named. Nobody is asked to unlock a phone for a disk that is away. */
async function namedPlace(session: Session, wishes: RunWishes): Promise<SettledPlace | undefined> {
  const { destination, kind, newDestination = false } = wishes;
  if (typeof destination === "object") return { folder: destination, newDestination };
  if (destination === undefined) {
    if (kind === "export" && Object.keys(session.config.exports ?? {}).length === 0)
      throw new UsageError("usage", "Say where the photos go: offroll export DIR");
    return undefined;
  }
  return await settled(session, wishes, await inspectDestination(destination, session.context.cwd));
}

async function settled(session: Session, wishes: RunWishes, folder: DestinationFolder): Promise<SettledPlace> {
  const { newDestination, choices } = wishes;
  const asked = { newDestination: newDestination === true, dryRun: choices.dryRun === true };
  return { folder, newDestination: await settlePlace(session, asked, folder) };
}

/** Where this phone's last run of this kind went. Without a place the last export's choices hold, each until another is made. */
async function lastPlace(session: Session, wishes: RunWishes, device: DeviceInfo): Promise<SettledPlace> {
  const { backups, exports } = session.config;
  const isBackup = wishes.kind === "backup";
  const path = isBackup ? backups?.[device.id]?.path : exports?.[device.id]?.to;
  if (path === undefined) throw new UsageError("usage", nowhereWords(wishes.kind, printable(device.name)));
  await assertItsOwn(session, device, path);
  const place = await settled(session, wishes, await inspectDestination(path, session.context.cwd));
  if (isBackup) return place;
  const usual = session.setting("template") as string;
  const sheet = rememberedChoices(session.config, device.id, {
    destination: path,
    template: usual,
    jpeg: session.setting("jpeg"),
  });
  return { ...place, last: choicesOf(sheet, usual) };
}

function nowhereWords(kind: TransferKind, name: string): string {
  return kind === "backup"
    ? `Say where ${name}'s backup goes: offroll backup DIR. It is remembered.`
    : `Say where ${name}'s photos go: offroll export DIR`;
}

/** What was remembered of a phone without a serial number may be another's. @throws {DeviceError} where nobody says that it is not */
async function assertItsOwn({ voice }: Session, device: DeviceInfo, path: string): Promise<void> {
  if (device.hasSerial !== false) return;
  const words = lookalikeWords(device);
  if (voice.ask) {
    voice.complain(words);
    if (await confirm(voice, `Is it the one whose photos are in ${printable(path)}?`, false)) return;
  }
  throw new DeviceError("device-indistinct", `${words} Its photos may not belong into ${printable(path)}.`);
}

/** The first photos of a second phone in a destination: among those of the others, or apart? Asked once, and kept there. */
async function openAsAsked(
  session: Session,
  source: MediaSource,
  options: TransferOptions,
  asks: boolean,
): Promise<Transfer> {
  const transfer = await openTransfer(source, options);
  const { secondPhone } = transfer;
  const { voice } = session;
  if (!secondPhone || !options.templateIsDefault || !asks || options.dryRun || !voice.ask) return transfer;
  try {
    const [name, others] = [source.device.name, secondPhone.others.join(", ")].map(printable);
    voice.complain(`${printable(options.folder.root)} holds the photos of ${others}.`);
    const alike = alikeWords(transfer.plan);
    if (alike) voice.complain(alike);
    const apart = await confirm(voice, `Give ${name} a folder of its own there (${secondPhone.template})?`, false);
    const template = apart ? new PathTemplate(secondPhone.template) : options.template;
    await transfer.discard();
    const again = { ...options, template, templateIsDefault: false, keepTemplate: true };
    return await openTransfer(source, options.derivatives ? again : { ...again, roll: transfer.roll });
  } catch (error) {
    await transfer[Symbol.asyncDispose]();
    throw error;
  }
}

interface Opened extends Pick<OpenRun, "source" | "folder" | "transfer"> {
  /** What the engine could not remember, as it happens. */
  readonly unremembered: readonly string[];
}

async function runToEnd(
  session: Session,
  { kind, sheet, remember = true }: RunWishes,
  { source, folder, transfer, unremembered }: Opened,
  onEvent: (event: TransferEvent) => void,
): Promise<RunResult> {
  const { cwd, home, signal } = session.context;
  const forgotten: (string | undefined)[] = [];
  if (sheet && remember) {
    const destination = resolve(cwd, expandHome(sheet.destination, home));
    forgotten.push(rememberSheet(session, source.device, { ...sheet, destination }));
  }
  let summary: RunSummary | undefined;
  for await (const event of transfer.run({ signal })) {
    if (event.type === "summary") summary = event;
    onEvent(event);
  }
  if (!summary) throw new Error("the run ended without a summary");
  if (kind === "backup" && remember && summary.stoppedBy?.code !== "destination-not-there")
    forgotten.push(await rememberBackup(session, source.device, folder));
  const words = [...forgotten.filter((line) => line !== undefined), ...unremembered];
  return { summary, unremembered: [...new Set(words)] };
}
