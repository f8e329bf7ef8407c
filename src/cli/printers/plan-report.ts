/** A plan told before it is carried out: one sentence, a dry run's page, and both as JSON. */

import type { DeviceNoun } from "../../device/media-source.ts";
import { alikeWords, planWords } from "../../present/plan-words.ts";
import { skipWords } from "../../present/summary-lines.ts";
import { remedies } from "../../shared/errors.ts";
import { plural, printable } from "../../shared/text.ts";
import type { DestinationFolder } from "../../transfer/destination/index.ts";
import type { Failure, RunSummary, SkipReason, VerifyMode } from "../../transfer/events.ts";
import { elsewhereOf, libraryOf, namedFiles, type Transfer } from "../../transfer/index.ts";
import { damagedCopy, type Plan } from "../../transfer/plan/index.ts";
import type { CliSession } from "../cli-session.ts";

export interface PlannedFor {
  readonly folder: DestinationFolder;
  /** As its owner named it, and its stable id. */
  readonly device: { readonly id: string; readonly name: string };
}

/** Counts first, on one screen; every file only where that was asked for. */
export function showDryRun(
  { output }: CliSession,
  { plan, freeBytes }: Transfer,
  folder: DestinationFolder,
  { noun, everyFile }: { readonly noun: DeviceNoun; readonly everyFile: boolean },
): void {
  output.data(planWords(plan, freeBytes));
  const alike = alikeWords(plan);
  if (alike) output.data(`  ${alike}`);
  for (const [reason, count] of Object.entries(countReasons(plan)))
    output.data(`  Left out: ${plural(count, "file")}, ${skipWords(reason as SkipReason, noun)}.`);
  if (plan.damaged.items > 0)
    output.complain(`  ${plural(plan.damaged.items, "copy is", "copies are")} damaged: offroll verify DIR --repair`);
  if (plan.undated > 0) output.data(`  ${plural(plan.undated, "photo")} among them without a date.`);
  if (plan.unreadable.length > 0) {
    output.complain(`  ${plural(plan.unreadable.length, "entry", "entries")} could not be read:`);
    for (const { path, error } of plan.unreadable.slice(0, namedFiles))
      output.complain(`    ${printable(path)} (${error.code})`);
  }
  if (everyFile) for (const line of fileLines(plan, noun)) output.data(line);
  output.say(`Nothing was written to ${folder.root}.${everyFile ? "" : " --verbose lists every file."}`);
}

function* fileLines(plan: Plan, noun: DeviceNoun): Generator<string> {
  for (const { item, action } of plan.entries) {
    const path = printable(item.path);
    if (action.type === "copy") yield `copy     ${path} -> ${action.target}`;
    if (action.type === "present") yield `${action.isDamaged ? "damaged" : "present"}  ${path} = ${action.target}`;
    if (action.type === "skip") yield `skip     ${path}: ${skipWords(action.reason, noun)}`;
  }
  for (const { path, error } of plan.unreadable) yield `fail     ${printable(path)} (${error.code})`;
}

/** The plan as `--dry-run --json` prints it. */
export function planJson(transfer: Transfer, { folder, device }: PlannedFor, dryRun: boolean) {
  const { plan, runId, freeBytes, removedHere, readAnew } = transfer;
  return {
    type: "plan" as const,
    runId,
    device: { id: device.id, name: device.name },
    destination: folder.root,
    dryRun,
    listed: plan.listed,
    toCopy: plan.toCopy,
    alike: plan.alike,
    bytesNeeded: plan.toCopy.bytes - plan.alike.bytes,
    present: plan.present,
    removedHere,
    readAnew,
    photos: plan.chosenPhotos,
    undated: plan.undated,
    availability: plan.availability,
    library: libraryOf(plan.knowledge),
    freeBytes: Number.isFinite(freeBytes) ? freeBytes : null,
    ...(dryRun
      ? {
          entries: plan.entries.map(({ item, action }) => ({
            path: item.path,
            sizeBytes: item.sizeBytes,
            action: action.type,
            ...(action.type === "skip" ? { reason: action.reason } : { target: action.target }),
          })),
        }
      : {}),
  };
}

function countReasons(plan: Plan): RunSummary["skippedByReason"] {
  const counts: Partial<Record<SkipReason, number>> = {};
  for (const { action } of plan.entries)
    if (action.type === "skip") counts[action.reason] = (counts[action.reason] ?? 0) + 1;
  return counts;
}

/** What fails in every run until somebody mends it. */
function failuresOf({ unreadable, entries }: Plan): Failure[] {
  const failures = unreadable.map(({ path, error: { code, message, remedy } }): Failure => {
    return { path, code, message, ...(remedy === remedies[code] ? {} : { remedy }) };
  });
  for (const { item, action } of entries)
    if (action.type === "present" && action.isDamaged) {
      const { code, message } = damagedCopy(action.target);
      failures.push({ path: item.path, code, message });
    }
  return failures;
}

/** What a run would say that copied nothing: what cannot be read fails in it, too. */
export function dryRunSummary(
  { plan, runId, removedHere }: Transfer,
  folder: DestinationFolder,
  verify: VerifyMode,
): RunSummary {
  const none = { items: 0, bytes: 0 };
  const skipped = plan.entries.filter((e) => e.action.type === "skip");
  const failures = failuresOf(plan);
  return {
    type: "summary",
    runId,
    ok: failures.length === 0,
    listed: plan.listed,
    outcomes: {
      copied: none,
      present: plan.present,
      skipped: { items: skipped.length, bytes: skipped.reduce((sum, e) => sum + e.item.sizeBytes, 0) },
      failed: { items: failures.length, bytes: plan.damaged.bytes },
      cancelled: none,
    },
    skippedByReason: countReasons(plan),
    failures: failures.slice(0, namedFiles),
    ...elsewhereOf(plan),
    moreFailures: Math.max(0, failures.length - namedFiles),
    knownFailures: 0,
    removedHere,
    fromOtherPhones: 0,
    notMedia: skipped
      .filter(({ action }) => action.type === "skip" && action.reason === "not-media")
      .slice(0, namedFiles)
      .map(({ item }) => item.path),
    availability: plan.availability,
    library: libraryOf(plan.knowledge),
    extras: {},
    undated: plan.undated,
    halfPairs: plan.halfPairs,
    seconds: 0,
    bytesPerSecond: 0,
    verify,
    destination: folder.root,
  };
}
