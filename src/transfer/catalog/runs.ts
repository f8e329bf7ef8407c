/** Runs, and what their logs told last. */
import type { TransferKind } from "../events.ts";
import type { Sql } from "./connection.ts";
import { columnsOf, senseless, sensible } from "./sense.ts";

/** A run that begins. */
export interface NewRun {
  readonly id: string;
  readonly device: string;
  /** As a person typed it. */
  readonly command: string;
  readonly startedAt: number;
  readonly kind: TransferKind;
}

/** How a run ended. */
export interface RunEnd {
  readonly finishedAt: number;
  readonly complete: boolean;
  /** More than 0 where it failed with nothing but what had failed before with the same cause. */
  readonly knownFailures: number;
  /** The run's summary as JSON. */
  readonly summary: string;
}

/** A run as `history` and `status` read it. */
export interface RunRow extends NewRun, Omit<RunEnd, "finishedAt" | "summary"> {
  /** The phone's id where its name is not known. */
  readonly deviceName: string;
  /** Undefined for one that goes on, or was killed. */
  readonly finishedAt: number | undefined;
  readonly summary: string | undefined;
}

const columns = columnsOf({
  id: "text",
  device: "text",
  name: "text?",
  command: "text",
  kind: "text?",
  summary: "text?",
  started_at: "number",
  finished_at: "number?",
  complete: "number",
  known_failures: "number",
});

/** @returns undefined where none was written @throws {DestinationError} `catalog-corrupt` where it is none */
function summaryIn(text: string | null): string | undefined {
  if (text === null || text === "") return undefined;
  let outcomes: Record<string, { readonly items?: unknown; readonly bytes?: unknown } | undefined> | undefined;
  try {
    outcomes = (JSON.parse(text) as { outcomes?: typeof outcomes } | null)?.outcomes;
  } catch {
    throw senseless();
  }
  const isTold = (outcome: string): boolean => typeof outcomes?.[outcome]?.items === "number";
  if (!isTold("copied") || !isTold("failed")) throw senseless();
  return text;
}

/** Tables `run` and `told_skip`. */
export class RunTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  start({ id, device, command, startedAt, kind }: NewRun): void {
    this.#sql.write(
      "INSERT INTO run (id, device, command, started_at, kind) VALUES (?, ?, ?, ?, ?)",
      id,
      device,
      command,
      startedAt,
      kind,
    );
  }

  finish(id: string, { finishedAt, complete, summary, knownFailures }: RunEnd): void {
    this.#sql.write(
      "UPDATE run SET finished_at = ?, complete = ?, summary = ?, known_failures = ? WHERE id = ?",
      finishedAt,
      complete ? 1 : 0,
      summary,
      knownFailures,
      id,
    );
  }

  /** The newest first. */
  all(): RunRow[] {
    return this.#sql
      .prepare(
        "SELECT run.*, device.name FROM run LEFT JOIN device ON device.id = run.device ORDER BY started_at DESC, run.id",
      )
      .all()
      .map((r) => sensible(r, columns))
      .map((r) => ({
        id: r["id"] as string,
        device: r["device"] as string,
        deviceName: (r["name"] as string | null) ?? (r["device"] as string),
        command: r["command"] as string,
        startedAt: r["started_at"] as number,
        finishedAt: (r["finished_at"] as number | null) ?? undefined,
        complete: r["complete"] === 1,
        knownFailures: r["known_failures"] as number,
        kind: r["kind"] === "backup" ? "backup" : "export",
        summary: summaryIn(r["summary"] as string | null),
      }));
  }

  /** Why files are left out, as the logs told it last, by path. */
  toldSkips(device: string): Map<string, string> {
    const rows = this.#sql.prepareOwn("SELECT path, reason FROM told_skip WHERE device = ?").iterate(device);
    return new Map(Iterator.from(rows).map((r) => [r["path"] as string, r["reason"] as string]));
  }

  /** @param changes undefined for files that are left out no more */
  noteToldSkips(device: string, changes: ReadonlyMap<string, string | undefined>): void {
    this.#sql.transaction(() => {
      for (const [path, reason] of changes)
        if (reason === undefined) this.#sql.write("DELETE FROM told_skip WHERE device = ? AND path = ?", device, path);
        else
          this.#sql.write(
            "INSERT OR REPLACE INTO told_skip (device, path, reason) VALUES (?, ?, ?)",
            device,
            path,
            reason,
          );
    });
  }
}
