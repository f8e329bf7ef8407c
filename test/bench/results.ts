/** What a whole run of the bench found, as it is kept. */
import { join } from "node:path";

export interface CopyRow {
  readonly workload: string;
  readonly link: string;
  readonly program: string;
  /** MB/s of each repeat. */
  readonly rates: readonly number[];
  /** Of the reference reader's median in the same run, 0 to 1. */
  readonly share: number;
  /** Processor seconds of the whole process, and of its main thread where that was looked at. */
  readonly cpuPerGb: number;
  readonly mainPerGb?: number;
}

export interface FactRow {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** Backups of whole phones, which may have been measured at another time. */
export interface WholeResults {
  readonly date: string;
  /** Average load of the machine, at the beginning and at the end. */
  readonly load: readonly [number, number];
  readonly rounds: number;
  readonly rows: readonly FactRow[];
}

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly scale: number;
  readonly repeats: number;
  readonly stealSeconds: number;
  readonly copies: CopyRow[];
  readonly facts: FactRow[];
  readonly whole?: WholeResults;
}

export const resultsFile = join(import.meta.dirname, "results.json");

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
