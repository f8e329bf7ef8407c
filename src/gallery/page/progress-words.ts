/** How far an index is, in words and as a share. */
import type { IndexAnswer, IndexStep } from "../wire.ts";

type Making = Extract<IndexAnswer, { state: "making" }>;

const steps: Readonly<Record<IndexStep, (done: string, of: string) => string>> = {
  libraries: (done, of) => `${done} of ${of} photos found in the phone's library`,
  photos: (done, of) => `${done} of ${of} photos put in order`,
  words: (done, of) => `${done} of ${of} words made searchable`,
};

const number = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ",");

/** "34,000 of 100,000 photos put in order". */
export function progressWords({ step, done, of }: Making): string {
  return of === 0 ? "the catalog is being read" : steps[step](number(done), number(of));
}

/** Where each step begins and how much of the whole it takes, as measured with 100,000 photos: a bar that goes on evenly. */
const shares: Readonly<Record<IndexStep, readonly [from: number, length: number]>> = {
  libraries: [0.02, 0.28],
  photos: [0.3, 0.55],
  words: [0.85, 0.1],
};

/** 0 to 1 of all steps. */
export function progressShare({ step, done, of }: Making): number {
  const [from, length] = shares[step];
  return of === 0 ? 0 : from + length * Math.min(1, done / of);
}
