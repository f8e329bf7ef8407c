/** A job as a command line of our own program, and what the program's last line says of how it ended. */
import { type ErrorCode, remedies } from "../shared/errors.ts";
import type { RunOutcome } from "./events.ts";
import type { Job } from "./job.ts";
import type { PhoneBackupPlan } from "./settings.ts";

/** Which phones are here, and in what state. A server of adb that nobody started is none of ours to start. */
export const lookWords = ["devices", "--running-adb", "--json"] as const;

/** The program's words for a job. @param root where the destination is now */
export function commandOf({ phone, copy, plan }: Job, root: string): string[] {
  if (copy !== undefined) return ["copies", "run", `--from=${root}`, "--json", "--quiet", "--", copy];
  const kinds = plan.photos && plan.videos ? [] : [`--kind=${plan.photos ? "photo" : "video"}`];
  const network = plan.network ? ["--network"] : [];
  return ["backup", root, `--device=${phone}`, ...kinds, ...network, "--running-adb", "--json", "--quiet"];
}

/** The same of the phone as a whole. Nobody is there to enter a passcode. @param root the folder that has the plan's id */
export function wholeCommandOf(phone: string, { id }: PhoneBackupPlan, root: string): string[] {
  const unattended = ["--no-passcode", `--folder-id=${id}`];
  return ["phone", "backup", root, `--device=${phone}`, "--via=usbmux", ...unattended, "--json", "--quiet"];
}

/** How a child ended. */
export interface ChildEnd {
  /** Undefined where a signal ended it, or it could not be started. */
  readonly exit: number | undefined;
  /** The last whole line of its standard output. */
  readonly lastLine: string;
  /** The end of what it said on standard error. */
  readonly words: string;
  /** Whether it was asked to end by us. */
  readonly isStopped: boolean;
  /** By somebody else, or by the system for want of memory: it had no time to say anything. */
  readonly wasKilled?: boolean;
}

/** A run's end as its command prints it: see docs/cli.md. Of another's output nothing is believed. */
interface SummaryLine {
  readonly outcomes?: {
    readonly failed?: { readonly items?: unknown };
    readonly copied?: { readonly items?: unknown };
  };
  readonly knownFailures?: unknown;
  /** Of a phone as a whole: files that came, and those that it could not read. */
  readonly files?: unknown;
  readonly suspects?: unknown;
  /** Of a copy. */
  readonly copied?: { readonly files?: unknown };
  readonly failures?: unknown;
  readonly moreFailures?: unknown;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

/** The run's outcome, and why it ended in words. */
export interface Ended {
  readonly outcome: RunOutcome;
  readonly message: string | undefined;
}

/** Ends of a run that did what it could: the failures are counted. */
const finished: ReadonlySet<string> = new Set(["items-failed", "copy-incomplete", "items-not-on-phone"]);
/** The phone went before the run could begin, or the daemon with it: its next attach starts another. */
const phoneGone: ReadonlySet<string> = new Set(["device-not-found", "device-network-only", "daemon-not-running"]);

export function outcomeOf(end: ChildEnd): Ended {
  const summary = parse(end.lastLine);
  const { outcomes, copied, error } = summary;
  const brought = countOf(outcomes?.copied?.items ?? copied?.files ?? summary.files);
  const failed = outcomes ? countOf(outcomes.failed?.items) : failedOf(summary);
  const knownFailures = Math.min(failed, countOf(summary.knownFailures));
  const counts = { brought, newFailures: failed - knownFailures, knownFailures };
  const stoppedBy = stopOf(end, error?.code);
  const message = typeof error?.message === "string" ? error.message : undefined;
  const words = end.words.trim().split("\n").at(-1) ?? "";
  if (stoppedBy === undefined) return { outcome: counts, message };
  return { outcome: { ...counts, stoppedBy }, message: message ?? (words === "" ? undefined : words) };
}

function failedOf({ failures, moreFailures, suspects }: SummaryLine): number {
  return (Array.isArray(failures) ? failures.length : 0) + countOf(moreFailures) + countOf(suspects);
}

function stopOf({ exit, isStopped, wasKilled }: ChildEnd, code: unknown): ErrorCode | undefined {
  if (isStopped || wasKilled) return "cancelled";
  if (typeof code === "string" && finished.has(code)) return undefined;
  if (typeof code === "string" && phoneGone.has(code)) return "device-disconnected";
  if (typeof code === "string" && Object.hasOwn(remedies, code)) return code as ErrorCode;
  if (exit === 130) return "cancelled";
  return exit === 0 || exit === 3 ? undefined : "internal";
}

function parse(line: string): SummaryLine {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
