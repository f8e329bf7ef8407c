/** Paths in a place: relative, `/`-separated, never out of it. */
import { DestinationError } from "../../shared/errors.ts";

/** @throws {DestinationError} where a path leads out of the root, or is none */
export function assertBelow(path: string): void {
  if (path === "" || path.startsWith("/") || path.includes("\0") || path.split("/").includes("..")) throw unsafe(path);
}

/** The error for a link, or a file where a folder should be. */
export function unsafe(path: string): DestinationError {
  return new DestinationError("destination-unsafe", `${path} in the destination is not a plain folder or file.`);
}
