/** The catalog's rows as a plan asks for them, read once, yielding in between: no lookup waits for the catalog's disk. */
import { posix } from "node:path";
import type { MediaItem } from "../../device/media-source.ts";
import type { RollRole } from "../../library/roll.ts";
import { splitName } from "../../media/kinds.ts";
import { yielding } from "../../shared/async.ts";
import { foldName } from "../../shared/safe-name.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { isShiftedClock } from "../catalog/clock-shift.ts";
import type { PlanRow } from "../catalog/item-row.ts";

/** The rows of one phone and, for names that are taken, of all. A snapshot: it does not follow the catalog. */
export class KnownRows {
  readonly #byPath = new Map<string, PlanRow[]>();
  readonly #byUuid = new Map<string, PlanRow[]>();
  /** Stems that files have, folded; with the photo that owns each. */
  readonly takenStems = new Map<string, string>();
  /** Copies of all phones, and those that a crash left between naming and noting. */
  readonly #all: PlanRow[] = [];

  /** @param device whose files are to be found */
  static async read(catalog: Catalog | undefined, device: string): Promise<KnownRows> {
    const rows = new KnownRows();
    for await (const row of yielding(catalog?.items.planRows() ?? [])) rows.#add(row, device);
    return rows;
  }

  #add(row: PlanRow, device: string): void {
    this.takenStems.set(foldName(stemOf(row.target)), `${row.device}/${row.photoId}`);
    this.#all.push(row);
    if (row.state !== "done") return;
    if (row.device !== device) return;
    push(this.#byPath, row.path, row);
    if (row.uuid !== undefined) push(this.#byUuid, row.uuid, row);
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Of all phones. */
  *done(): Generator<PlanRow, void, undefined> {
    for (const row of this.#all) if (row.state === "done") yield row;
  }

  *targets(): Generator<string, void, undefined> {
    for (const row of this.#all) yield row.target;
  }

  /** The row of exactly this version of the item. */
  find(item: MediaItem): PlanRow | undefined {
    const [created, modified] = [ms(item.createdAt), ms(item.modifiedAt)];
    return this.#byPath
      .get(item.path)
      ?.find((r) => r.sizeBytes === item.sizeBytes && r.createdMs === created && r.modifiedMs === modified);
  }

  /**
   * The row of the same file under a clock of another zone. MTP tells the phone's wall clock without its zone: when the phone, or
   * this computer, has travelled, every file seems to be some hours older or younger.
   */
  findShifted(item: MediaItem): PlanRow | undefined {
    const now = ms(item.modifiedAt);
    return newestFirst(this.#byPath.get(item.path)).find(
      (r) => r.sizeBytes === item.sizeBytes && isShiftedClock(r.modifiedMs, now),
    );
  }

  /** Rows of a photo's part, whatever the file's path was then, the newest first. */
  findByUuid(uuid: string, role: RollRole): PlanRow[] {
    return newestFirst(this.#byUuid.get(uuid)?.filter((r) => r.role === role));
  }
}

function newestFirst(rows: readonly PlanRow[] = []): PlanRow[] {
  return rows.toSorted((a, b) => b.copiedAt - a.copiedAt);
}

function push(map: Map<string, PlanRow[]>, key: string, row: PlanRow): void {
  const rows = map.get(key);
  if (rows) rows.push(row);
  else map.set(key, [row]);
}

function ms(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}

function stemOf(target: string): string {
  return posix.join(posix.dirname(target), splitName(posix.basename(target)).stem);
}
