/** Room on the screen, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}
