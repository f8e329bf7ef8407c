/** One line of `doctor`: what was looked at, how it is, and what to do. */

export type Verdict = "ok" | "problem" | "note";

export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly text: string;
  readonly remedy?: string;
}
