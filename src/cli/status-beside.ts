/** What `offroll status` says beside the phones: how many copies their backups have, and whether they are made by themselves. */
import { copiesStatus } from "../app/copies.ts";
import type { PhoneStatus } from "../app/phone-status.ts";
import { type Standing, standingLine, standingOf, troubleOf } from "../autosave/index.ts";
import { type AppError, toAppError } from "../shared/errors.ts";
import type { CliSession } from "./cli-session.ts";
import { type Picture, pictureLine, pictureOf } from "./printers/copies-status.ts";

export interface Beside {
  /** A line for each backup, and one of auto-save where a phone is set up. */
  readonly lines: readonly string[];
  readonly json: {
    readonly copies: readonly (Picture & { readonly path: string })[];
    readonly autosave: object | null;
  };
}

/** @param path of the one that was named; auto-save is about all of them, and is left out then */
export async function besideOf(
  session: CliSession,
  phones: readonly PhoneStatus[],
  path: string | undefined,
): Promise<Beside> {
  const backups = new Set(phones.filter((p) => p.kind === "backup" && !p.replaced).map((p) => p.destination));
  // Of one that is away and was never copied nothing can be said but what stands there already.
  const firsts = (await copiesStatus(session, undefined)).filter(
    (first) => backups.has(first.path) && (first.state === "there" || first.copies.length > 0),
  );
  const standing = path === undefined ? standingNow(session) : undefined;
  const isError = standing !== undefined && !("jobs" in standing);
  const line = standing === undefined ? undefined : isError ? standing.message : standingLine(standing);
  return {
    lines: [...firsts.map(pictureLine), ...(line === undefined ? [] : [line])],
    json: {
      copies: firsts.map((first) => ({ path: first.path, ...pictureOf(first) })),
      autosave: standing === undefined ? null : isError ? { isOn: true, problem: standing.code } : toJson(standing),
    },
  };
}

/** What cannot be read is said, and hides no phone. */
function standingNow({ context }: CliSession): Standing | AppError {
  try {
    return standingOf(context);
  } catch (error) {
    return toAppError(error);
  }
}

function toJson(standing: Standing): object {
  const isOn = standing.jobs.length > 0;
  return { isOn, problem: isOn ? (troubleOf(standing) ?? null) : null };
}
