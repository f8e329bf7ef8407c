/** A look at a place that costs next to nothing: it is loaded by what waits all day. */
export { mayBeInUse } from "../transfer/destination/index.ts";
