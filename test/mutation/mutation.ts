/** One promise that is broken on purpose. */
export interface Mutation {
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Files or folders, one of whose tests must go red. */
  readonly tests: readonly string[];
}
