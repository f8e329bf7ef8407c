/**
 * The camera roll as a person sees it: items with their parts. Built from the phone's tree alone for now, from its library
 * database later. Read first: camera-roll.ts.
 */
export {
  buildCameraRoll,
  type CameraRoll,
  type FactsCache,
  itemId,
  type RollItem,
  type RollPart,
  type RollRole,
} from "./camera-roll.ts";
export { readItemFacts } from "./item-facts.ts";
