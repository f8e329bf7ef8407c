/**
 * One line of a run's log, believed only as far as it holds together: logs lie on disks that fail and that others write to, and what
 * reads them is the way out when everything else is lost.
 */

import { foldName } from "../../shared/safe-name.ts";
import { metadataFolder } from "../destination/metadata-folder.ts";
import { type FileNote, type ItemOutcome, outcomes, type RunSummary, type TransferKind } from "../events.ts";
import type { SnapshotLine } from "./snapshot.ts";

/** The first line of every log. */
export interface RunHeader {
  readonly type: "run";
  readonly v: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly command: string;
  /** Absent in logs of earlier versions: their command begins with `offroll backup`, or it was an export. */
  readonly kind?: TransferKind;
  readonly device: { readonly id: string; readonly name: string; readonly model: string };
}

/** Any line; docs/format.md has them field by field. */
export type RunLogLine = RunHeader | SnapshotLine | ItemOutcome | FileNote | RunSummary;

type Fields = Readonly<Record<string, unknown>>;

/** @returns undefined for what is no line of ours: cut by a crash, damaged, or leading out of the destination */
export function parseLogLine(text: string): RunLogLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const type = String(value["type"]);
  return Object.hasOwn(checks, type) && checks[type]?.(value) ? (value as unknown as RunLogLine) : undefined;
}

const checks: Readonly<Record<string, (line: Fields) => boolean>> = {
  run: ({ runId, startedAt, command, device }) =>
    isText(runId) &&
    isText(command) &&
    isText(startedAt) &&
    Number.isFinite(Date.parse(startedAt)) &&
    isRecord(device) &&
    [device["id"], device["name"], device["model"]].every(isText),
  item: (line) =>
    isText(line["path"]) &&
    (outcomes as readonly unknown[]).includes(line["outcome"]) &&
    isCount(line["sizeBytes"]) &&
    isAbsentOr(line["target"], isTarget) &&
    isAbsentOr(line["sha256"], isSha256) &&
    ["photoId", "uuid", "role", "captured", "message", "reason"].every((key) => isAbsentOr(line[key], isText)) &&
    ["createdMs", "modifiedMs"].every((key) => isAbsentOr(line[key], isTime)),
  library: ({ snapshot }) => isText(snapshot),
  made: ({ target, mark }) => isTarget(target) && isText(mark),
  gone: ({ target }) => isTarget(target),
  moved: ({ from, target }) => isTarget(from) && isTarget(target),
  summary: ({ ok, outcomes: tallies, seconds }) =>
    typeof ok === "boolean" &&
    isAbsentOr(seconds, Number.isFinite) &&
    isRecord(tallies) &&
    outcomes.every((outcome) => isTally(tallies[outcome])),
};

/** Every kind of line, as its `type` says. */
export const lineTypes: readonly string[] = Object.keys(checks);

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAbsentOr(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || check(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What a date can hold. */
function isTime(value: unknown): boolean {
  return Number.isFinite(value) && Math.abs(value as number) <= 8.64e15;
}

function isSha256(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isTally(value: unknown): boolean {
  return isRecord(value) && isCount(value["items"]) && isCount(value["bytes"]);
}

/** A path below the root, as a plan makes them: nothing of ours in `.offroll` is anybody's photo, however that is spelled. */
function isTarget(value: unknown): boolean {
  if (!isText(value) || foldName(value.split("/")[0] ?? "") === metadataFolder) return false;
  return value.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
