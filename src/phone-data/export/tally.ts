/** What an export found, wrote and left out. Every count that is found is in one of the others. */

/** Something that is not in the export, and why. */
export interface LeftOut {
  /** A stable word. */
  readonly reason: string;
  /** In a sentence. */
  readonly why: string;
  count: number;
  /** Some of them by name: at most a screenful. */
  readonly examples: string[];
}

/** The account of one kind. */
export interface KindReport {
  readonly kind: string;
  /** Rows of the database. */
  readonly found: number;
  /** In files now. */
  readonly written: number;
  /** What else is in the files: reactions, attachments, photos. */
  readonly besides: Readonly<Record<string, number>>;
  readonly leftOut: readonly LeftOut[];
  /** Why there is nothing at all. */
  readonly absent?: string;
  /** Whether something is missing that the phone had. */
  readonly isWhole: boolean;
}

const mostExamples = 20;
/** Reasons for which nothing of the phone is missing: a person wanted it so, the phone itself did, or only a copy in another form could not be made. */
const asWished: ReadonlySet<string> = new Set(["not-chosen", "taken-back", "same", "copies-not-made", "no-ffmpeg"]);

/** Counts of a part of a kind, to be kept with it. */
export interface TallyPart {
  readonly besides: Readonly<Record<string, number>>;
  readonly leftOut: readonly LeftOut[];
}

/** Of a part so many are named. */
const mostPartExamples = 3;

/** Counts while a kind is written. */
export class Tally {
  readonly #kind: string;
  readonly #leftOut = new Map<string, LeftOut>();
  readonly #besides = new Map<string, number>();
  found = 0;
  written = 0;

  constructor(kind: string) {
    this.#kind = kind;
  }

  leave(reason: string, why: string, example?: string, count = 1): void {
    const known = this.#leftOut.get(reason) ?? { reason, why, count: 0, examples: [] };
    known.count += count;
    if (example !== undefined && known.examples.length < mostExamples) known.examples.push(example);
    this.#leftOut.set(reason, known);
  }

  beside(what: string, count = 1): void {
    this.#besides.set(what, (this.#besides.get(what) ?? 0) + count);
  }

  /** What was told so far, with a few examples. */
  part(): TallyPart {
    const leftOut = [...this.#leftOut.values()].map((each) => ({
      ...each,
      examples: each.examples.slice(0, mostPartExamples),
    }));
    return { besides: Object.fromEntries(this.#besides), leftOut };
  }

  /** Adds what was told of a part. */
  add({ besides, leftOut }: TallyPart): void {
    for (const [what, count] of Object.entries(besides)) this.beside(what, count);
    for (const { reason, why, count, examples } of leftOut) {
      this.leave(reason, why, undefined, count);
      for (const example of examples) this.leave(reason, why, example, 0);
    }
  }

  /** How many were left out for a reason. */
  count(reason: string): number {
    return this.#leftOut.get(reason)?.count ?? 0;
  }

  countBeside(what: string): number {
    return this.#besides.get(what) ?? 0;
  }

  report(absent?: string): KindReport {
    const leftOut = [...this.#leftOut.values()];
    return {
      ...{ kind: this.#kind, found: this.found, written: this.written },
      ...{ besides: Object.fromEntries(this.#besides), leftOut },
      ...(absent !== undefined && { absent }),
      isWhole: leftOut.every(({ reason }) => asWished.has(reason)),
    };
  }
}
