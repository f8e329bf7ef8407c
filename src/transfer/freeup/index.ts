/**
 * What of a phone may be let go: proven, listed, and checked after a person deleted. Nothing here deletes anything, or changes the phone.
 * Read first: rule.ts (the rule, a pure function), then plan.ts.
 */
export type { ProofPlace } from "./apart.ts";
export { type CheckedPhoto, checkFreeup, type Fate, type FreeupCheck } from "./check.ts";
export { type FreeupList, keepList, listIds, newListId, pruneLists, readList } from "./list-file.ts";
export { type FoundProofPlace, ProofPlaces } from "./places.ts";
export { type FreeupOptions, type FreeupPlan, type ProvenItem, planFreeup, type StayingItem } from "./plan.ts";
export { type StayReason, stayReasons } from "./rule.ts";
