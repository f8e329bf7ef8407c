/**
 * What is made beside the photos once they are there, kind by kind: see `makers.ts`. Before, photos that were hidden since are moved
 * out of sight, and previews whose original came are taken away. Nothing of this touches a photo's content.
 */

import type { ExtrasSummary } from "../events.ts";
import type { Plan } from "../plan/plan.ts";
import { EarlyCopies } from "./early-copies.ts";
import { hideCopies, openCopies } from "./hidden-copies.ts";
import { earlyJpegs } from "./jpeg-copies.ts";
import type { MakeOptions, Workplace } from "./maker.ts";
import { makers } from "./makers.ts";
import { Previews } from "./previews.ts";
import type { StoredFiles } from "./stored-files.ts";

/** Everything that is made beside the photos of one run. `make` comes once, after the copying. */
export class Extras {
  readonly #at: Workplace;
  readonly #previews: Previews;

  constructor(at: Workplace) {
    this.#at = at;
    this.#previews = new Previews(at);
  }

  /** Whether it must be remembered where each photo went. */
  get isNeeded(): boolean {
    return this.#previews.any || makers.some((maker) => maker.isAsked(this.#at.options));
  }

  /** What can be made while photos are coming; undefined where nothing of it is asked for. The caller disposes it. */
  early(plan: Plan, hasSpare: () => boolean): EarlyCopies | undefined {
    const coming = plan.entries.flatMap(({ action }) => (action.type === "copy" ? [action.target] : []));
    const conversions = earlyJpegs(this.#at, coming);
    return conversions && new EarlyCopies(conversions, { plan, destination: this.#at.destination, hasSpare });
  }

  /** @throws {DestinationError} when the disk refuses; {CancelledError} */
  async make(files: StoredFiles | undefined, options: MakeOptions = {}): Promise<ExtrasSummary> {
    // First: what comes after goes by the names that the files have then.
    let summary = await this.#hide(files, options);
    if (!files) return summary;
    summary = { ...summary, ...(await this.#previews.replace(files)) };
    for (const maker of makers)
      if (maker.isAsked(this.#at.options)) summary = { ...summary, ...(await maker.make(files, this.#at, options)) };
    return summary;
  }

  async #hide(files: StoredFiles | undefined, options: MakeOptions): Promise<ExtrasSummary> {
    const copies = openCopies(this.#at);
    if (copies.length === 0) return {};
    if (!this.#at.options.hides) return { hiddenOpen: copies.reduce((sum, { rows }) => sum + rows.length, 0) };
    const { moved, shared, names } = await hideCopies(copies, this.#at, options);
    files?.rename(names);
    return { hiddenMoved: moved, ...(shared > 0 ? { hiddenShared: shared } : {}) };
  }
}
