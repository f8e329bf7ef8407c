/** One line of `doctor` and of the phone's page: what was looked at, how it is, and what to do. */

export type Verdict = "ok" | "problem" | "note";

export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly text: string;
  readonly remedy?: string;
}

/** Of several that are alike the order is kept: what comes first there is nearer to the cable. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = { problem: 0, note: 1, ok: 2 };
  return findings.toSorted((a, b) => rank[a.verdict] - rank[b.verdict]);
}
