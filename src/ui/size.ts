/** The room a screen has, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}
