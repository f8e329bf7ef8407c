/** What an export of the demo phone must bring, worked out from what the phone was made of. */
import { demoLibrary } from "../../fixtures/make/demo-library.ts";
import { demoRoll } from "../../fixtures/make/demo-roll.ts";
import type { LibraryAsset } from "../../fixtures/make/photos-library.ts";

const library = demoLibrary(demoRoll(), () => 1);

/** Files of one asset: original, movie, render. */
function files(asset: LibraryAsset): number {
  return 1 + (asset.kindSubtype === 2 ? 1 : 0) + (asset.edited ? 1 : 0);
}

const isShown = (a: LibraryAsset): boolean => !a.hidden && !a.trashed && !a.shared && a.burst?.visible !== false;

/** What was shot and is shown, without what came later from elsewhere. */
export const shownShots = demoRoll().filter((_, i) => isShown(library.assets[i] as LibraryAsset));

/** Files that an export takes. */
export const demoFiles = library.assets
  .filter((a) => isShown(a) && a.original !== "cloud")
  .reduce((sum, a) => sum + files(a), 0);

/** Photos and videos that the person sees. */
export const demoItems = library.assets.filter(isShown).length;

/** Photos whose original is on the phone, of those. */
export const demoItemsHere = library.assets.filter((a) => isShown(a) && a.original !== "cloud").length;
