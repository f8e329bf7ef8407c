/** The phone's photos for commands that look and copy nothing: listed once, and chosen from as an export chooses. */

import type { MediaSource } from "../device/media-source.ts";
import { buildCameraRoll } from "../library/index.ts";
import { type CameraRoll, type RollItem, whyNotShown } from "../library/roll.ts";
import { assertAnswerable, type Selection } from "../transfer/plan/index.ts";
import type { CliSession } from "./cli-session.ts";
import { TextReport } from "./printers/report-text.ts";

export interface ListingOptions {
  readonly selection: Selection;
  readonly messengers?: boolean | undefined;
  /** Folder on the phone to which the look is limited. */
  readonly folder?: string | undefined;
  /** Looked at besides the areas where photos are. */
  readonly extraFolder?: string | undefined;
  /** Also what Photos does not show: hidden, deleted, shared, burst frames that were not picked. */
  readonly all?: boolean | undefined;
  /** Narrows it further, before it is limited to a number. */
  readonly keep?: ((item: RollItem) => boolean) | undefined;
}

export interface PhotoListing {
  readonly roll: CameraRoll;
  /** By date; at most as many as were asked for. */
  readonly chosen: readonly RollItem[];
}

/** @throws {UsageError} when this phone cannot answer what was asked, or nothing has the name that was given */
export async function choosePhotos(
  session: CliSession,
  source: MediaSource,
  options: ListingOptions,
): Promise<PhotoListing> {
  const { context, output } = session;
  const { selection, all } = options;
  const report = new TextReport(context, output);
  report.noun = source.device.noun;
  const roll = await buildCameraRoll(source, {
    now: context.clock.now(),
    signal: context.signal,
    library: session.libraryOf(source),
    heads: selection.asksForCamera ? "cameras" : "needed",
    messengers: options.messengers === true,
    labels: selection.asksForLabels || output.json,
    folder: options.folder,
    extraFolder: options.extraFolder,
    onProgress: (p) => report.listing(p),
  });
  report.clear();
  assertAnswerable(selection.options, roll);
  const isChosen = (item: RollItem): boolean => {
    const verdict = selection.verdict(item);
    return verdict === "chosen" || (all === true && verdict === whyNotShown(item));
  };
  const chosen = roll.items.filter((item) => isChosen(item) && (options.keep?.(item) ?? true)).sort(byDate);
  return { roll, chosen: chosen.slice(0, selection.limit) };
}

function byDate(a: RollItem, b: RollItem): number {
  const [first, second] = [a.captured?.local ?? "", b.captured?.local ?? ""];
  return first < second ? -1 : first > second ? 1 : 0;
}
