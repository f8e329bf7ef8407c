/** What came of a file of which a copy in another form was wanted. */

/** Of a source that cannot be converted. */
export interface NotMade {
  readonly reason: string;
  readonly message: string;
}

/** What came of one source. */
export type CopyResult =
  | { readonly type: "there" | "gone" }
  | { readonly type: "written"; readonly bytes: number; readonly lost: readonly string[] }
  | { readonly type: "kept"; readonly target: string }
  | ({ readonly type: "not-made" } & NotMade);
