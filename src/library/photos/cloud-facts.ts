/** What a row of the library says of iCloud Photos. */
import type { CloudFacts } from "../roll.ts";
import type { AssetRow } from "./photos-rows.ts";

/** `ZCLOUDMASTER.ZCLOUDLOCALSTATE` of an original that is in iCloud. Source: RhetTbull/osxphotos, which goes by exactly this. */
const inCloud = 3;

/** Of a hundred thousand photos nearly all have one of two. */
const shared = new Map<string, CloudFacts>();
const maxShared = 100;

/** @param row of a library that has columns for it */
export function cloudFacts({ master, cloudState, cloudName, cloudDeleted }: AssetRow): CloudFacts {
  const code = typeof cloudState === "number" ? cloudState : undefined;
  // A name there without a row in iCloud's table: known to it once, and no more is told.
  const isKnown = typeof master === "number" || code !== undefined || typeof cloudName === "string";
  const state = !isKnown ? "none" : code === inCloud ? "synced" : "unfinished";
  const deleted = typeof cloudDeleted === "number" && cloudDeleted > 0;
  const key = `${state} ${code} ${deleted}`;
  const known = shared.get(key);
  if (known) return known;
  const facts: CloudFacts = { state, code, deleted };
  if (shared.size < maxShared) shared.set(key, facts);
  return facts;
}
