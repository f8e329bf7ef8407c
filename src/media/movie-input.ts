/** A movie that is elsewhere, as mediabunny reads it: by the ranges that it asks for and no others. */
import { ALL_FORMATS, CustomSource, Input } from "mediabunny";
import type { RangeReader } from "./range-reader.ts";

/** The caller disposes it. */
export function movieInput(reader: RangeReader): Input {
  return new Input({
    formats: ALL_FORMATS,
    source: new CustomSource({
      getSize: () => reader.size,
      read: (start, end) => reader.read(start, end - start),
      prefetchProfile: "none",
    }),
  });
}
