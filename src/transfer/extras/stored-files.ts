/** Where the files of chosen photos are, for what is made of them. */
import type { RollItem, RollRole } from "../../library/roll.ts";
import type { ItemOutcome } from "../events.ts";
import type { Plan } from "../plan/plan.ts";

/** One file of a photo in the destination. */
export interface PhotoFile {
  readonly role: RollRole;
  readonly target: string;
}

/** Filled from a run's outcomes, as they come. */
export class StoredFiles {
  readonly #photos: ReadonlyMap<string, RollItem>;
  readonly #files = new Map<RollItem, PhotoFile[]>();

  constructor(plan: Plan) {
    this.#photos = new Map(
      plan.entries.flatMap(({ item, photo, action }) => (photo && action.type !== "skip" ? [[item.path, photo]] : [])),
    );
  }

  note(result: ItemOutcome): void {
    const photo = this.#photos.get(result.path);
    if (!photo || !result.target || !result.role) return;
    if (result.outcome !== "copied" && result.outcome !== "present") return;
    const files = this.#files.get(photo);
    const file = { role: result.role, target: result.target };
    if (files) files.push(file);
    else this.#files.set(photo, [file]);
  }

  /** @param names new ones by old ones */
  rename(names: ReadonlyMap<string, string>): void {
    for (const files of this.#files.values())
      for (const [i, file] of files.entries()) files[i] = { ...file, target: names.get(file.target) ?? file.target };
  }

  [Symbol.iterator](): IterableIterator<[RollItem, readonly PhotoFile[]]> {
    return this.#files.entries();
  }
}
