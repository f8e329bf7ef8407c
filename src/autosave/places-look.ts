/** What a look at places tells, as a line of JSON from a process of our own. */
import * as v from "valibot";

const PlaceSchema = v.object({
  to: v.string(),
  copy: v.optional(v.string()),
  /** Where it is now; undefined while it is away. */
  root: v.optional(v.string()),
  /** Of a copy: its destination got something since it was last complete. */
  isBehind: v.boolean(),
  /** The place is the folder of backups of whole phones; this is what it has of one of them. Times are ms UTC. */
  whole: v.optional(
    v.object({ phone: v.string(), takenAt: v.optional(v.number()), asksPasscode: v.optional(v.boolean()) }),
  ),
});

export type PlaceSeen = v.InferOutput<typeof PlaceSchema>;

/** @returns undefined for what is no such line */
export function parsePlaces(line: string): readonly PlaceSeen[] | undefined {
  return parse(v.object({ places: v.array(PlaceSchema) }), line)?.places;
}

/** @returns whether nobody uses the place; where that was not told, the run itself finds out */
export function parseFree(line: string): boolean {
  return parse(v.object({ isFree: v.boolean() }), line)?.isFree ?? true;
}

function parse<T>(schema: v.GenericSchema<unknown, T>, line: string): T | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(line));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
