/** `offroll export` and `offroll backup`: one engine with two sets of manners. */

import { exitCodes, type Host } from "../../app/host.ts";
import { rememberBackup, settlePlace, unrememberedWords } from "../../app/right-place.ts";
import { parseDuration, parseVerify } from "../../app/settings/index.ts";
import { confirm } from "../../app/voice.ts";
import type { DeviceInfo, MediaSource } from "../../device/index.ts";
import type { RollProgress } from "../../library/index.ts";
import { systemWords } from "../../present/device-words.ts";
import { availabilityWords } from "../../present/summary-lines.ts";
import { DeviceError, toAppError, UsageError } from "../../shared/errors.ts";
import { plural, printable } from "../../shared/text.ts";
import {
  albumModes,
  type DestinationFolder,
  type ExtrasOptions,
  editChoices,
  inspectDestination,
  keywordSources,
  liveChoices,
  motionModes,
  openTransfer,
  type PartChoice,
  PathTemplate,
  type RunSummary,
  rawChoices,
  type Selection,
  sidecarFormats,
  type TargetFileSystem,
  type Transfer,
  type TransferKind,
  type TransferOptions,
  targetFileSystems,
  type VerifyMode,
} from "../../transfer/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { type ChoosingFlags, oneOf, selectionOf } from "../choices.ts";
import { CliSession, type CommonFlags } from "../cli-session.ts";
import { everyPhone } from "../every-phone.ts";
import type { FlagsOf, partFlags, placeFlags, runFlags } from "../flags.ts";
import { exitCodeOf } from "../output.ts";
import { alikeWords, dryRunSummary, planJson, planWords, showDryRun } from "../printers/plan-report.ts";
import { ReportFile } from "../printers/report-file.ts";
import { JsonReport } from "../printers/report-json.ts";
import { TextReport } from "../printers/report-text.ts";
import { runEnd } from "../printers/run-end.ts";

export type TransferFlags = CommonFlags &
  ChoosingFlags &
  FlagsOf<typeof runFlags> &
  FlagsOf<typeof partFlags> &
  FlagsOf<typeof placeFlags> & { readonly to?: string };

/** More than this is asked about once, on a terminal. */
const askFromBytes = 1e9;

export async function transferCommand(
  context: Host,
  kind: TransferKind,
  flags: TransferFlags,
  destination: string | undefined,
): Promise<number> {
  const to = theOne(flags.to, destination);
  await using session = new CliSession(context, flags);
  if (!flags.allPhones) return await onePhone(session, kind, flags, to);
  return await everyPhone(session, flags, async ({ info }) => {
    const one = { ...flags, allPhones: false, device: info.id };
    await using of = new CliSession(context, one);
    return await onePhone(of, kind, one, to);
  });
}

async function onePhone(
  session: CliSession,
  kind: TransferKind,
  flags: TransferFlags,
  to: string | undefined,
): Promise<number> {
  const json = new JsonReport(session.context, session.output);
  try {
    return await carryOut(session, kind, flags, to, json);
  } catch (error) {
    const reason = toAppError(error);
    if (!session.output.json) throw reason;
    json.failed(reason);
    session.output.tell(reason);
    return exitCodeOf(reason);
  }
}

/** `export DIR` and `export --to DIR` mean the same. @throws {UsageError} when both are given and differ */
function theOne(flag: string | undefined, word: string | undefined): string | undefined {
  if (flag !== undefined && word !== undefined && flag !== word)
    throw new UsageError("usage", `Two destinations were given: ${word}, and ${flag} with --to. Give one.`);
  return flag ?? word;
}

async function carryOut(
  session: CliSession,
  kind: TransferKind,
  flags: TransferFlags,
  destination: string | undefined,
  json: JsonReport,
): Promise<number> {
  const { context, output } = session;
  // Everything that can be wrong with what was typed is found before the phone is asked for anything.
  const { waitMs } = parseFlags(session, kind, flags);
  if (kind === "export" && destination === undefined && Object.keys(session.config.exports ?? {}).length === 0)
    throw new UsageError("usage", "Say where the photos go: offroll export DIR");
  const early = destination === undefined ? undefined : inspectDestination(destination, context.cwd);
  // Nobody is asked to unlock a phone for a disk that is away.
  const begun = early && (await settlePlace(session, flags, early));
  const made = early ? [early.root, early.typed] : [];
  const report = flags.report === undefined ? undefined : new ReportFile(context, flags.report, made);
  const { source } = await session.openPhone({ waitMs });
  await using _source = source;
  const folder = early ?? (await (kind === "backup" ? rememberedDestination : lastExport)(session, source.device));
  // Without a place on the command line the last export's choices hold, each until a flag says otherwise.
  const asked = early || kind === "backup" ? flags : { ...session.config.exports?.[source.device.id], ...flags };
  const options = parseFlags(session, kind, asked.sidecar === "none" ? { ...asked, sidecar: undefined } : asked);
  const newDestination = begun ?? (await settlePlace(session, flags, folder));
  const text = new TextReport(context, output);
  if (!output.json) {
    output.say(
      `${printable(source.device.name)} (${[printable(source.device.model), systemWords(source.device)].filter(Boolean).join(", ")}) → ${folder.root}`,
    );
    if (folder.cloudService)
      output.say(
        `Note: ${folder.root} seems to be watched by ${folder.cloudService}; what is copied here is uploaded too.`,
      );
  }
  await using transfer = await openAsAsked(session, flags, source, {
    folder,
    kind,
    newDestination,
    onUnremembered: (error) => output.complain(unrememberedWords(error)),
    ...options,
    templateIsDefault: asked.template === undefined,
    library: session.libraryOf(source),
    derivatives: flags.derivatives === true,
    messengers: flags.messengers === true,
    extraFolder: flags.folder,
    snapshot: flags.snapshot !== false,
    waitForLock: flags.waitForLock === true,
    breakLock: breakLockAsked(session, flags),
    clock: context.clock,
    pid: context.pid,
    command: commandLine(context),
    dryRun: flags.dryRun === true,
    adopt: flags.adopt === true,
    dataFolder: session.paths.dataFolder,
    signal: context.signal,
    ...(output.json ? {} : { onListing: (p: RollProgress) => text.listing(p) }),
    onPhoneWait: (error) => {
      text.clear();
      output.say(`${printable(error.message)} Waiting for it. ${error.remedy}`);
    },
    onLockWait: (holder) => output.say(`Waiting for ${holder}, which is writing there.`),
  });
  text.clear();
  if (!output.json) {
    sayLibrary(session, transfer);
    if (transfer.readAnew > 0)
      output.say(
        `${plural(transfer.readAnew, "file")} seen before ${transfer.readAnew === 1 ? "was" : "were"} read anew: this version finds dates and places that earlier ones missed.`,
      );
    if (transfer.removedHere > 0) output.say(removedWords(transfer.removedHere, folder));
    const alike = flags.dryRun ? undefined : alikeWords(transfer.plan);
    if (alike) output.say(alike);
  }
  if (output.json) json.event(planJson(transfer, { folder, device: source.device }, flags.dryRun === true));
  if (flags.dryRun) {
    if (!output.json) showDryRun(session, transfer, folder, flags.verbose === true);
    else json.summary(dryRunSummary(transfer, folder, options.verify), { exitCode: exitCodes.complete });
    return exitCodes.complete;
  }
  if (!(await mayGoAhead(session, kind, flags, transfer, folder))) {
    await transfer.discard();
    output.say("Nothing was copied.");
    return exitCodes.cancelled;
  }
  let summary: RunSummary | undefined;
  for await (const event of transfer.run(context)) {
    report?.event(event);
    if (event.type === "summary") summary = event;
    else if (output.json) json.event(event);
    else text.event(event);
  }
  if (!summary) throw new Error("the run ended without a summary");
  const end = runEnd(summary, flags.requireComplete === true);
  if (output.json) {
    json.summary(summary, end);
    text.failures(summary);
  } else text.summary(summary);
  if (kind === "backup" && summary.stoppedBy?.code !== "destination-not-there")
    rememberBackup(session, source.device, folder);
  report?.write(summary);
  if (end.error?.code === "items-not-on-phone")
    output.complain(`--require-complete: ${end.error.message} This run counts as incomplete.`);
  return end.exitCode;
}

/** Up front: what there is, and what of it this cable can bring. */
function sayLibrary({ output }: CliSession, { plan }: Transfer): void {
  const { source, why } = plan.knowledge;
  if (source === "tree") {
    if (why !== undefined)
      output.say(
        `Without the phone's photo library, because ${printable(why)}: every file is taken, albums are not known.`,
      );
    return;
  }
  output.say(`${availabilityWords(plan.availability)}.`);
}

interface ParsedFlags {
  readonly selection: Selection;
  readonly parts: PartChoice;
  readonly extras: ExtrasOptions;
  readonly template: PathTemplate;
  readonly verify: VerifyMode;
  readonly waitMs: number;
  readonly targetFileSystem: TargetFileSystem;
}

function parseFlags(session: CliSession, kind: TransferKind, flags: TransferFlags): ParsedFlags {
  const verify = parseVerify(session.setting("verify", flags.verify) ?? (kind === "backup" ? "reread" : "hash"));
  return {
    // A backup keeps everything but what its owner threw away; an export takes what Photos shows.
    selection: selectionOf(
      flags,
      { hidden: kind === "backup", bursts: kind === "backup" ? "all" : "picks" },
      session.context.clock.now(),
    ),
    parts: {
      edits: oneOf("edits", flags.edits, editChoices, "both"),
      live: oneOf("live", flags.live, liveChoices, "both"),
      raw: oneOf("raw", flags.raw, rawChoices, "both"),
    },
    extras: {
      sidecar: flags.sidecar === undefined ? undefined : oneOf("sidecar", flags.sidecar, sidecarFormats, "xmp"),
      keywordsFrom: flags.keywordsFrom
        ?.split(",")
        .map((what) => oneOf("keywords-from", what.trim(), keywordSources, "people")),
      albumsAs: oneOf("albums-as", flags.albumsAs, albumModes, "none"),
      motion: oneOf("motion", flags.motion, motionModes, "keep"),
    },
    template: new PathTemplate(session.setting("template", flags.template) as string),
    verify,
    waitMs: parseDuration(session.setting("wait", flags.wait) as string),
    targetFileSystem: oneOf("target-fs", flags.targetFs, targetFileSystems, "auto"),
  };
}

/** Where this phone's backup went last time. */
async function rememberedDestination(session: CliSession, device: DeviceInfo): Promise<DestinationFolder> {
  const known = session.config.backups?.[device.id];
  if (!known)
    throw new UsageError(
      "usage",
      `Say where ${printable(device.name)}'s backup goes: offroll backup DIR. It is remembered.`,
    );
  await assertItsOwn(session, device, known.path);
  return inspectDestination(known.path, session.context.cwd);
}

/** What was remembered of a phone without a serial number may be another's. @throws {DeviceError} where nobody says that it is not */
async function assertItsOwn(session: CliSession, device: DeviceInfo, path: string): Promise<void> {
  if (device.hasSerial !== false) return;
  const name = printable(device.name);
  const words = `${name} has no serial number of its own, and another ${printable(device.model)} looks the same.`;
  if (session.interactive) {
    session.output.complain(words);
    if (await confirm(session.voice, `Is it the one whose photos are in ${printable(path)}?`, false)) return;
  }
  throw new DeviceError("device-indistinct", `${words} Its photos may not belong into ${printable(path)}.`);
}

/** Where this phone's last export from the terminal UI went. @throws {UsageError} when there was none */
async function lastExport(session: CliSession, device: DeviceInfo): Promise<DestinationFolder> {
  const known = session.config.exports?.[device.id];
  if (!known) throw new UsageError("usage", `Say where ${printable(device.name)}'s photos go: offroll export DIR`);
  await assertItsOwn(session, device, known.to);
  return inspectDestination(known.to, session.context.cwd);
}

/** The first photos of a second phone in a destination: among those of the others, or apart? Asked once, and kept there. */
async function openAsAsked(
  session: CliSession,
  flags: TransferFlags,
  source: MediaSource,
  options: TransferOptions,
): Promise<Transfer> {
  const transfer = await openTransfer(source, options);
  const { secondPhone } = transfer;
  if (!secondPhone || !options.templateIsDefault || flags.yes || flags.dryRun || !session.interactive) return transfer;
  try {
    const [name, others] = [source.device.name, secondPhone.others.join(", ")].map(printable);
    session.output.complain(`${printable(options.folder.root)} holds the photos of ${others}.`);
    const alike = alikeWords(transfer.plan);
    if (alike) session.output.complain(alike);
    const apart = await confirm(
      session.voice,
      `Give ${name} a folder of its own there (${secondPhone.template})?`,
      false,
    );
    const template = apart ? new PathTemplate(secondPhone.template) : options.template;
    await transfer.discard();
    const again = { ...options, template, templateIsDefault: false, keepTemplate: true };
    return await openTransfer(source, options.derivatives ? again : { ...again, roll: transfer.roll });
  } catch (error) {
    await transfer[Symbol.asyncDispose]();
    throw error;
  }
}

async function mayGoAhead(
  session: CliSession,
  kind: TransferKind,
  flags: TransferFlags,
  transfer: Transfer,
  folder: DestinationFolder,
): Promise<boolean> {
  const { plan, freeBytes } = transfer;
  const worthAsking = plan.toCopy.items > 0 && (folder.isNew || plan.toCopy.bytes > askFromBytes);
  if (flags.yes || kind === "backup" || !worthAsking || !session.interactive) return true;
  session.output.say(planWords(plan, freeBytes));
  return await confirm(session.voice, `Copy to ${folder.root}?`, true);
}

/** Told by the run that copies them again, and by no later one. */
function removedWords(count: number, folder: DestinationFolder): string {
  const were = count === 1 ? "was" : "were";
  const again = count === 1 ? "it is" : "they are";
  return `${plural(count, "file")} ${were} removed here since: ${again} copied again. To leave ${count === 1 ? "it" : "them"} out: \`offroll ignore --removed --in "${folder.root}"\`.`;
}

function commandLine(context: Host): string {
  return ["offroll", ...context.argv].join(" ");
}
