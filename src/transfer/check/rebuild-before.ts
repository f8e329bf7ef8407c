/** What the catalog that is there knows, before it is made anew: where it can still be read, nothing of it is lost that no log tells. */
import { Catalog } from "../catalog/catalog.ts";
import type { CatalogRow, PlanRow } from "../catalog/item-row.ts";
import type { RunRow } from "../catalog/runs.ts";
import type { IgnoredFile } from "../catalog/settled.ts";

export interface Before {
  /** What a person settled is in the logs from the next run on only. */
  readonly ignored: readonly IgnoredFile[];
  readonly templates: readonly (readonly [device: string, template: string])[];
  readonly devices: readonly { id: string; name: string; model: string; lastSeen: number }[];
  readonly runs: readonly RunRow[];
  readonly copies: readonly KnownCopy[];
  /** Files that we made beside the photos, with their marks. */
  readonly extras: readonly (readonly [target: string, mark: string])[];
}

export type KnownCopy = CatalogRow & Pick<PlanRow, "createdMs">;

const nothing: Before = { ignored: [], templates: [], devices: [], runs: [], copies: [], extras: [] };

/**
 * Each kind by itself: a damaged page costs what lies on it.
 * @param loggedIgnored what the logs know to be ignored, for where the catalog cannot tell
 */
export function knownBefore(folder: string, name: string, loggedIgnored: readonly IgnoredFile[]): Before {
  const read = <T>(ask: (old: Catalog) => readonly T[], otherwise: readonly T[] = []): readonly T[] => {
    try {
      using old = Catalog.open(folder, { create: false, readOnly: true, name });
      return old ? ask(old) : otherwise;
    } catch {
      return otherwise;
    }
  };
  const devices = read((old) => old.devices.all());
  const ignored = read((old) => old.settled.ignored(), loggedIgnored);
  // One that knows no phone lost them, or is empty.
  if (devices.length === 0) return { ...nothing, ignored: ignored.length > 0 ? ignored : loggedIgnored };
  return {
    devices,
    ignored,
    templates: read((old) =>
      devices.flatMap(({ id }) => {
        const template = old.devices.template(id);
        return template === undefined ? [] : [[id, template] as const];
      }),
    ),
    runs: read((old) => old.runs.all()),
    copies: read(copiesOf),
    extras: read((old) => old.made.targets().map((target) => [target, old.made.mark(target) ?? ""] as const)),
  };
}

function copiesOf(old: Catalog): KnownCopy[] {
  const created = new Map<string, number>();
  const key = (row: Pick<CatalogRow, "device" | "path" | "sizeBytes" | "modifiedMs" | "target">): string =>
    [row.device, row.path, row.sizeBytes, row.modifiedMs, row.target].join("\0");
  for (const row of old.items.planRows()) created.set(key(row), row.createdMs);
  return old.items.rows({ state: "done" }).map((row) => ({ ...row, createdMs: created.get(key(row)) ?? 0 }));
}
