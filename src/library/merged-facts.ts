/** One photo's facts from its file and from the phone's library, each where its word counts. */
import type { MediaFacts } from "../media/index.ts";

/** @param saysPlace the library knows where the photo was taken, or that its owner took its place away */
export function withLibraryFacts(head: MediaFacts, library: MediaFacts, saysPlace: boolean): MediaFacts {
  const { gps, ...rest } = head;
  return { ...(saysPlace || gps === undefined ? rest : head), ...library, format: head.format };
}

/** What only the camera can know, where the library left it out. */
export function withCamera(library: MediaFacts | undefined, head: MediaFacts): MediaFacts {
  const { width, height, gps, captured, durationSeconds, ...camera } = head;
  return { ...camera, ...library, format: head.format };
}
