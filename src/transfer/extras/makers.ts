/** Every kind of file that is made beside photos. A new kind is a file that declares it, and a line here. */
import { albumEntries } from "./album-entries.ts";
import { jpegCopies, jpegTree } from "./jpeg-copies.ts";
import type { Maker } from "./maker.ts";
import { motionVideos } from "./motion-videos.ts";
import { movieCopies, movieTree } from "./movie-copies.ts";
import { sidecars } from "./sidecars.ts";

/** In the order in which they are made. */
export const makers: readonly Maker[] = [
  sidecars,
  albumEntries,
  motionVideos,
  jpegCopies,
  jpegTree,
  movieCopies,
  movieTree,
];

/** Undefined for a name that a later version of the program wrote, or nobody: what is not known is left where it is. */
export function makerOf(name: string): Maker | undefined {
  return makers.find((maker) => maker.name === name);
}
