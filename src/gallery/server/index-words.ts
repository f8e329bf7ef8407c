/** Texts by which photos are found: each once, however many photos have it, and which photos these are. */
import { fold } from "./fold.ts";
import type { Breath } from "./index-breath.ts";
import type { IndexFile } from "./index-file.ts";

/** A pair as one number: its text times this, and its photo. Both stay exact up to 2^25 texts and 2^28 photos. */
const textUnit = 2 ** 28;
/** Pairs go into the file so many at once: a statement for each would cost more than they do. */
const pairsAtOnce = 5_000;
/** So many texts are made searchable before others have their turn. */
const textsAtOnce = 2_000;
/** Names of files are mostly used once or twice: only what comes often is worth remembering. */
const maxRemembered = 50_000;

/** Texts of an index that is being made. */
export class Words {
  readonly #index: IndexFile;
  readonly #breath: Breath;
  readonly #known = new Map<string, number>();
  #pairs = new Float64Array(16_384);
  #count = 0;

  constructor(index: IndexFile, breath: Breath) {
    this.#index = index;
    this.#breath = breath;
  }

  /** @param photo by its draft number */
  add(kind: string, value: string, photo: number): void {
    if (this.#count === this.#pairs.length) {
      const more = new Float64Array(this.#pairs.length * 2);
      more.set(this.#pairs);
      this.#pairs = more;
    }
    this.#pairs[this.#count] = this.#text(kind, value) * textUnit + photo;
    this.#count += 1;
  }

  #text(kind: string, value: string): number {
    const key = `${kind}\0${value}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const inserted = this.#index.writeNew(
      "INSERT OR IGNORE INTO text (kind, value, folded) VALUES (?, ?, ?)",
      ...[kind, value, fold(value)],
    );
    const id =
      inserted ?? (this.#index.get("SELECT id FROM text WHERE kind = ? AND value = ?", kind, value)?.["id"] as number);
    if (kind !== "name" && this.#known.size < maxRemembered) this.#known.set(key, id);
    return id;
  }

  /** Which photos have which text, in order. @param ranks by draft number, what the photo's number became */
  write(ranks: Int32Array): void {
    const pairs = this.#pairs.subarray(0, this.#count);
    for (const [i, pair] of pairs.entries()) {
      const photo = pair % textUnit;
      pairs[i] = pair - photo + (ranks[photo] ?? 0);
    }
    pairs.sort();
    this.#index.run("BEGIN");
    for (let from = 0; from < pairs.length; from += pairsAtOnce)
      this.#index.write(
        `INSERT OR IGNORE INTO has SELECT value / ${textUnit}, value % ${textUnit} FROM json_each(?)`,
        `[${pairs.subarray(from, from + pairsAtOnce).join()}]`,
      );
    this.#index.run("COMMIT");
    this.#known.clear();
    this.#pairs = new Float64Array(0);
    this.#count = 0;
  }

  /** Every text, so that it is found by its words and by pieces of them. */
  async makeFound(): Promise<void> {
    const last = (this.#index.get("SELECT max(id) AS n FROM text")?.["n"] as number | null) ?? 0;
    for (let from = 1; from <= last; from += textsAtOnce) {
      const to = from + textsAtOnce - 1;
      this.#index.run("BEGIN");
      for (const table of ["word", "piece"])
        this.#index.write(
          `INSERT INTO ${table} (rowid, folded) SELECT id, folded FROM text WHERE id BETWEEN ? AND ?`,
          ...[from, to],
        );
      this.#index.run("COMMIT");
      await this.#breath.take({ step: "words", done: Math.min(to, last), of: last });
    }
  }
}
