/** Is everything on this phone in this backup, whole? And what is not counted by that? */

import type { DeviceNoun } from "../device/media-source.ts";
import type { Catalog } from "../transfer/catalog/index.ts";
import { type MissingResult, missingFrom } from "../transfer/check/index.ts";
import type { Session } from "./session.ts";

/** What a phone has, held against what a backup has of it. `complete`: nothing that counts is missing, differs or went unseen. */
export interface PhoneComparison extends Omit<MissingResult, "notHere" | "different"> {
  readonly device: string;
  readonly name: string;
  readonly noun: DeviceNoun;
  readonly complete: boolean;
  readonly notHere: readonly string[];
  readonly different: readonly string[];
}

/**
 * @param isWhole whether the copy under this target may be counted on
 * @param onHashed called with the number of files whose hash the phone has told so far
 */
export async function comparePhone(
  session: Session,
  catalog: Catalog,
  isWhole: (target: string) => boolean,
  onHashed: (done: number) => void,
): Promise<PhoneComparison> {
  const { source } = await session.openPhone();
  await using _source = source;
  const { clock, signal } = session.context;
  const options = { now: clock.now(), library: session.libraryOf(source), signal, onHashed };
  const result = await missingFrom(source, catalog, isWhole, options);
  const { notHere, unreadable, different } = result;
  return {
    ...result,
    device: source.device.id,
    name: source.device.name,
    noun: source.device.noun,
    complete: notHere.length === 0 && unreadable.length === 0 && different.length === 0,
    notHere: notHere.map((m) => m.path),
    different: different.map((d) => d.path),
  };
}
