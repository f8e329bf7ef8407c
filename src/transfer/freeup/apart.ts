/** Which places are on different disks: what several copies of a file are worth. */
import { areApart, type DiskIdentity } from "../../shared/disks.ts";
import type { StoredHash } from "../destination/destination.ts";

/** A place that copies are counted in: the destination, or a further copy of it. They count alike. */
export interface ProofPlace {
  /** The id that it carries, whatever its path. */
  readonly id: string;
  /** As a person calls the copy; undefined for a destination, which is called by its path. */
  readonly name: string | undefined;
  readonly path: string;
  readonly disk: DiskIdentity;
  /** A person says that it is on a disk of its own: counts only where the system cannot tell. */
  readonly isSaidApart: boolean;
  /** Where a reading of its files comes from: `cache` where it may be this computer's memory, or a server's. Undefined: not tried. */
  readonly reads?: StoredHash["from"] | undefined;
}

/** Whether two places are known to be on different disks. What nobody can tell is one disk, until a person says otherwise by name. */
export function areOnDifferentDisks(a: ProofPlace, b: ProofPlace): boolean {
  return a.id !== b.id && (areApart(a.disk, b.disk) ?? (a.isSaidApart || b.isSaidApart));
}

/** Groups of so many places that are all on different disks, by their indexes in ascending order. */
export function groupsApart(places: readonly ProofPlace[], size: number): readonly (readonly number[])[] {
  let groups: number[][] = [[]];
  for (let n = 0; n < size; n += 1)
    groups = groups.flatMap((group) =>
      [...places.keys()]
        .filter((i) => i > (group.at(-1) ?? -1))
        .filter((i) => group.every((j) => areOnDifferentDisks(places[i] as ProofPlace, places[j] as ProofPlace)))
        .map((i) => [...group, i]),
    );
  return groups;
}
