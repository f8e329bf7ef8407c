/** What the catalog that is there knows, before it is made anew: where it can still be read, nothing of it is lost that no log tells. */
import type { AbortOptions } from "../../shared/abort.ts";
import { DestinationError } from "../../shared/errors.ts";
import { Catalog, discardCatalog } from "../catalog/catalog.ts";
import type { CopyOf, CopyRow } from "../catalog/copies.ts";
import type { CatalogRow, PlanRow } from "../catalog/item-row.ts";
import type { MadeFile } from "../catalog/made-mark.ts";
import type { RunRow } from "../catalog/runs.ts";
import { salvageCatalog } from "../catalog/salvage.ts";
import type { IgnoredFile } from "../catalog/settled.ts";

/** What could be read of the old catalog; empty where nothing could. */
export interface Before {
  /** The catalog is damaged: this is what could be read of it. */
  readonly isDamaged: boolean;
  /** What a person settled is in the logs from the next run on only. */
  readonly ignored: readonly IgnoredFile[];
  readonly templates: readonly (readonly [device: string, template: string])[];
  readonly devices: readonly { id: string; name: string; model: string; lastSeen: number }[];
  readonly runs: readonly RunRow[];
  readonly copies: readonly KnownCopy[];
  /** Files that we made beside the photos. */
  readonly made: readonly MadeFile[];
  /** Further copies of the destination, and what it is a copy of: no log tells of them. */
  readonly furtherCopies: readonly CopyRow[];
  readonly copyOf: readonly CopyOf[];
}

/** A copy that the old catalog had. */
export type KnownCopy = CatalogRow & Pick<PlanRow, "createdMs">;

/**
 * Of a damaged one what can be read.
 * @param loggedIgnored what the logs know to be ignored, for where the catalog cannot tell
 * @throws {CancelledError}
 */
export async function knownBefore(
  folder: string,
  name: string,
  loggedIgnored: readonly IgnoredFile[],
  options: AbortOptions,
): Promise<Before> {
  if (!isDamaged(folder, name)) return { ...readBefore(folder, name, loggedIgnored), isDamaged: false };
  const salvaged = `${name}.salvaged`;
  try {
    await salvageCatalog(folder, name, salvaged, options);
    const before = readBefore(folder, salvaged, []);
    // Of what it lost, the logs may know more.
    return { ...before, ignored: [...loggedIgnored, ...before.ignored], isDamaged: true };
  } finally {
    discardCatalog(folder, salvaged);
  }
}

function isDamaged(folder: string, name: string): boolean {
  try {
    Catalog.open(folder, { create: false, readOnly: true, name })?.[Symbol.dispose]();
    return false;
  } catch (error) {
    return error instanceof DestinationError && error.code === "catalog-corrupt";
  }
}

/** Each kind by itself: what makes no sense costs its kind. */
function readBefore(folder: string, name: string, loggedIgnored: readonly IgnoredFile[]): Omit<Before, "isDamaged"> {
  const read = <T>(ask: (old: Catalog) => readonly T[], otherwise: readonly T[] = []): readonly T[] => {
    try {
      using old = Catalog.open(folder, { create: false, readOnly: true, name });
      return old ? ask(old) : otherwise;
    } catch {
      return otherwise;
    }
  };
  const copies = read(copiesOf);
  const named = read((old) => old.devices.all());
  const known = new Set(named.map(({ id }) => id));
  // A phone whose row was lost has its files all the same; it is named when it is met again.
  const nameless = [...new Set(copies.map(({ device }) => device))].filter((id) => !known.has(id));
  const devices = [...named, ...nameless.map((id) => ({ id, name: id, model: "", lastSeen: 0 }))];
  const ignored = read((old) => old.settled.ignored(), loggedIgnored);
  return {
    devices,
    furtherCopies: read((old) => old.copies.all()),
    copyOf: read((old) => old.copies.copyOf()),
    // One that knows no phone lost them, or is empty.
    ignored: devices.length > 0 || ignored.length > 0 ? ignored : loggedIgnored,
    templates: read((old) =>
      devices.flatMap(({ id }) => {
        const template = old.devices.template(id);
        return template === undefined ? [] : [[id, template] as const];
      }),
    ),
    runs: read((old) => old.runs.all()),
    copies,
    made: read((old) => old.made.files()),
  };
}

function copiesOf(old: Catalog): KnownCopy[] {
  const created = new Map<string, number>();
  const key = (row: Pick<CatalogRow, "device" | "path" | "sizeBytes" | "modifiedMs" | "target">): string =>
    [row.device, row.path, row.sizeBytes, row.modifiedMs, row.target].join("\0");
  for (const row of old.items.planRows()) created.set(key(row), row.createdMs);
  return old.items.rows({ state: "done" }).map((row) => ({ ...row, createdMs: created.get(key(row)) ?? 0 }));
}
