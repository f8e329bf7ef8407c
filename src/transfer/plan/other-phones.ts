/**
 * Copies in the same destination that came from other phones: a replaced phone has the same photos again. Each copy stands for one
 * file of this phone at most, so that two equal files of one phone stay two.
 */
import type { MediaItem } from "../../device/media-source.ts";
import type { RollPart } from "../../library/roll.ts";
import { yielding } from "../../shared/async.ts";
import type { PlanRow } from "../catalog/item-row.ts";
import type { DestinationFiles } from "./destination-files.ts";
import type { KnownRows } from "./known-rows.ts";

/**
 * Finds the copy from another phone that may stand for a file. What looks the same is only a guess: it is compared when it is used.
 */
export class OtherPhones {
  readonly #byLook = new Map<string, PlanRow[]>();
  readonly #bySize = new Map<number, PlanRow[]>();
  /** Targets that a file of this phone has. */
  readonly #taken = new Set<string>();
  /** Ids of the other phones. */
  readonly devices = new Set<string>();

  /** @param files in which the targets of all rows were looked at */
  static async read(rows: KnownRows, files: DestinationFiles, device: string): Promise<OtherPhones> {
    const others = new OtherPhones();
    for await (const row of yielding(rows.done())) {
      if (row.device === device) others.#taken.add(row.target);
      else if (isWhole(row, files)) others.#add(row);
    }
    return others;
  }

  #add(row: PlanRow): void {
    this.devices.add(row.device);
    for (const look of looks(row)) push(this.#byLook, look, row);
    push(this.#bySize, row.sizeBytes, row);
  }

  /** A copy that looks the same: by UUID, or by name, size and time. To be proven before it counts. */
  alike({ item, role, availability }: RollPart, uuid: string | undefined): PlanRow | undefined {
    if (availability !== "phone" || role === "derivative") return undefined;
    const { path, sizeBytes, modifiedAt } = item;
    for (const look of looks({ path, sizeBytes, modifiedMs: modifiedAt?.getTime() ?? 0, uuid, role })) {
      const row = this.#byLook.get(look)?.find((r) => !this.#taken.has(r.target));
      if (row) return row;
    }
    return undefined;
  }

  /** Copies that may be this item, by their size alone. */
  ofSize({ sizeBytes }: MediaItem): readonly PlanRow[] {
    return (this.#bySize.get(sizeBytes) ?? []).filter((r) => !this.#taken.has(r.target));
  }

  /** From now on the copy stands for one file of this phone. False where it does already. */
  take(target: string): boolean {
    if (this.#taken.has(target)) return false;
    this.#taken.add(target);
    return true;
  }

  release(target: string): void {
    this.#taken.delete(target);
  }
}

/** A preview goes when its phone's original comes, and what a check found damaged is no copy. */
function isWhole(row: PlanRow, files: DestinationFiles): boolean {
  return row.role !== "derivative" && (row.found ?? "whole") === "whole" && files.sizeAt(row.target) === row.sizeBytes;
}

/** What of a file may be the same on another phone. */
type Appearance = Pick<PlanRow, "path" | "sizeBytes" | "modifiedMs" | "uuid" | "role">;

function looks({ path, sizeBytes, modifiedMs, uuid, role }: Appearance): string[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const byName = modifiedMs === 0 ? [] : [`${name}\0${sizeBytes}\0${modifiedMs}`];
  return uuid === undefined ? byName : [`${uuid}\0${role}\0${sizeBytes}`, ...byName];
}

function push<K>(map: Map<K, PlanRow[]>, key: K, row: PlanRow): void {
  const rows = map.get(key);
  if (rows) rows.push(row);
  else map.set(key, [row]);
}
