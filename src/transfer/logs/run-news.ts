/**
 * What of a run's outcomes its log tells: what happened, and nothing that is as it was. A night with nothing new leaves a few lines,
 * however many files there are.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { ItemOutcome } from "../events.ts";
import type { Plan } from "../plan/plan.ts";

/** Asked for every outcome; `save` notes what was told, so that the next run does not repeat it. */
export class RunNews {
  readonly #catalog: Catalog;
  readonly #device: string;
  /** Files that are there, and known by another path or another identity than before. */
  readonly #renamed: ReadonlySet<string>;
  #told: Map<string, string> | undefined;
  readonly #changed = new Map<string, string | undefined>();

  /** @param movedOnPhone paths of files that were met under other ones before */
  constructor(catalog: Catalog, device: string, plan: Plan, movedOnPhone: Iterable<string>) {
    this.#catalog = catalog;
    this.#device = device;
    const identified = plan.entries.filter(
      ({ action, photo }) => action.type === "present" && !action.isIdentified && photo?.library?.uuid !== undefined,
    );
    this.#renamed = new Set([...movedOnPhone, ...identified.map((e) => e.item.path)]);
  }

  isNews(outcome: ItemOutcome): boolean {
    const { path, reason } = outcome;
    switch (outcome.outcome) {
      case "copied":
      case "failed":
        this.#forget(path);
        return true;
      case "present":
        this.#forget(path);
        return reason !== "in-catalog" || this.#renamed.has(path);
      case "skipped":
        return this.#isNewSkip(path, String(reason));
      case "cancelled":
        // It did not happen; how many there were is in the summary.
        return false;
    }
  }

  /** Why a file is left out is told when it is so for the first time, or for another reason; that others were chosen, once. */
  #isNewSkip(path: string, reason: string): boolean {
    const before = this.#toldOf(path);
    if (before === reason || (reason === "filtered" && before !== undefined)) return false;
    this.#changed.set(path, reason);
    return true;
  }

  #forget(path: string): void {
    const before = this.#toldOf(path);
    if (before !== undefined && before !== "filtered") this.#changed.set(path, undefined);
  }

  #toldOf(path: string): string | undefined {
    this.#told ??= this.#catalog.runs.toldSkips(this.#device);
    return this.#changed.has(path) ? this.#changed.get(path) : this.#told.get(path);
  }

  /** To be called once the log is written. */
  save(): void {
    if (this.#changed.size > 0) this.#catalog.runs.noteToldSkips(this.#device, this.#changed);
  }
}
