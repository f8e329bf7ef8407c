/** Which photos, offered in plain words. */

import type { Host } from "../../app/host.ts";
import { type CameraRoll, type RollItem, whyNotShown } from "../../library/roll.ts";
import { plural, printable } from "../../shared/text.ts";
import type { SelectionOptions } from "../../transfer/plan/index.ts";
import type { Questions } from "./questions.ts";

interface Offer {
  readonly words: string;
  /** `album`: which one is asked next. `besides`: no photos. */
  readonly selection: SelectionOptions | "album" | "besides";
}

/** @param besides what else can be had, in words; undefined where nothing can */
export async function chooseWhich(
  questions: Questions,
  { roll, host, besides }: { readonly roll: CameraRoll; readonly host: Host; readonly besides: string | undefined },
): Promise<SelectionOptions | "besides"> {
  const list = [
    ...offers(roll, host),
    ...(besides === undefined ? [] : [{ words: besides, selection: "besides" } as const]),
  ];
  const { selection } = await questions.choose("What would you like to copy?", list);
  return selection === "album" ? await chooseAlbum(questions, roll) : selection;
}

function offers(roll: CameraRoll, host: Host): Offer[] {
  const shown = roll.items.filter((item) => whyNotShown(item) === undefined);
  const count = (is: (item: RollItem) => boolean): number => shown.filter(is).length;
  const favourites = count((i) => i.library?.favourite === true);
  const videos = count((i) => i.kind === "video");
  const albums = new Set(shown.flatMap((i) => i.library?.albums ?? [])).size;
  const year = new Date(host.clock.now()).getUTCFullYear();
  const thisYear = count((i) => i.captured?.local.startsWith(String(year)) === true);
  const all: (Offer & { readonly n: number })[] = [
    { n: 1, words: `everything: ${plural(shown.length, "photo or video", "photos and videos")}`, selection: {} },
    { n: favourites, words: `favourites: ${favourites}`, selection: { favourites: true } },
    { n: videos, words: `videos: ${videos}`, selection: { kinds: ["video"] } },
    { n: thisYear, words: `what was taken in ${year}: ${thisYear}`, selection: { since: `${year}-01-01` } },
    { n: albums, words: `one of ${plural(albums, "album")}`, selection: "album" },
  ];
  return all.filter((offer) => offer.n > 0);
}

async function chooseAlbum(questions: Questions, roll: CameraRoll): Promise<SelectionOptions> {
  const counts = new Map<string, number>();
  for (const item of roll.items)
    if (whyNotShown(item) === undefined)
      for (const { path } of item.library?.albums ?? []) counts.set(path, (counts.get(path) ?? 0) + 1);
  const list = [...counts]
    .sort()
    .map(([path, n]) => ({ words: `${printable(path)}: ${n}`, selection: { albums: [path] } }));
  return (await questions.choose("Which album?", list)).selection;
}
