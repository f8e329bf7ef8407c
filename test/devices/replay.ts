/** One recorded device through the real route: seen, opened, listed whole, read whole, looked at again, resumed; beyond 4 GiB. */
import { isUnreadable, type MediaItem, type MediaSource } from "../../src/device/media-source.ts";
import { MtpRoute } from "../../src/device/mtp/mtp-route.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { DirectBus } from "../fakes/direct-bus.ts";
import {
  type RecordedBehaviour,
  RecordedDevice,
  type RecordedFacts,
  type RecordedObject,
  recordedBytes,
} from "../fakes/recorded-device.ts";

/** What was done, not what was announced. */
export interface Replayed {
  readonly device: string;
  /** As it is shown; undefined where it is not. */
  readonly shown:
    | { readonly name: string; readonly model: string; readonly state: string; readonly platform: string }
    | undefined;
  readonly listing: string;
  readonly listed: number;
  readonly there: number;
  /** Of the files: how many have a date. */
  readonly dated: number;
  /** Files that did not come whole, or not as they were listed; each in words. */
  readonly failed: readonly string[];
  readonly read: "in parts" | "whole" | "nothing";
  /** How often whole files were sent. */
  readonly wholeReads: number;
  readonly resumed: boolean;
  /** Requests besides those that carry files' bytes. */
  readonly requests: number;
}

const date = new Date(2024, 0, 31, 23, 59, 59).getTime();

export async function replay(facts: RecordedFacts, behaviour: RecordedBehaviour): Promise<Replayed> {
  const device = new RecordedDevice(facts, behaviour);
  const route = new MtpRoute({ bus: new DirectBus([device]), clock: systemClock, platform: "linux", stallMs: 4_000 });
  const [seen] = await route.devices();
  const files = device.objects.filter((o) => o.format !== 0x3001);
  const nothing = {
    listing: "",
    listed: 0,
    there: files.length,
    dated: 0,
    failed: [],
    read: "nothing",
    wholeReads: 0,
    resumed: false,
    requests: 0,
  } as const;
  if (!seen) return { device: facts.name, shown: undefined, ...nothing };
  const { name, model, platform } = seen.info;
  const shown = { name, model, platform, state: seen.state };
  if (seen.state !== "ready") return { device: facts.name, shown, ...nothing };
  await using source = await route.open(seen.info.id);
  device.asked.clear();
  const items: MediaItem[] = [];
  const failed: string[] = [];
  for await (const entry of source.list()) {
    if (isUnreadable(entry)) failed.push(`${entry.path}: ${entry.error.message}`);
    else items.push(entry);
  }
  const byName = new Map(files.map((o) => [o.name, o]));
  for (const item of items) {
    const problem = await problemOf(source, item, byName.get(item.name) as RecordedObject);
    if (problem !== undefined) failed.push(`${item.path}: ${problem}`);
  }
  const inParts = (device.asked.get(0x101b) ?? 0) + (device.asked.get(0x95c1) ?? 0) > 0;
  const bytes = [0x1009, 0x101b, 0x95c1];
  return {
    device: facts.name,
    shown,
    listing: source.capabilities.listing,
    // Twice the same is one.
    listed: new Set(items.map((i) => i.path)).size,
    there: files.length,
    dated: items.filter((i) => i.modifiedAt !== undefined).length,
    failed,
    read: inParts ? "in parts" : "whole",
    wholeReads: device.asked.get(0x1009) ?? 0,
    resumed: await resumes(source, items, byName),
    requests: [...device.asked].filter(([code]) => !bytes.includes(code)).reduce((sum, [, n]) => sum + n, 0),
  };
}

async function problemOf(source: MediaSource, item: MediaItem, object: RecordedObject): Promise<string | undefined> {
  if (item.sizeBytes !== object.size) return `${item.sizeBytes} bytes are told of ${object.size}`;
  if (item.modifiedAt !== undefined && item.modifiedAt.getTime() !== date)
    return `its date is ${item.modifiedAt.toISOString()}`;
  try {
    let at = 0;
    for await (const chunk of source.read(item)) {
      // Of gigabytes each piece's beginning: they are to be in their order.
      const compared = object.size > 2 ** 31 ? Math.min(chunk.length, 64) : chunk.length;
      const want = recordedBytes(object.handle, at, compared);
      if (!want.equals(chunk.subarray(0, compared))) return `other bytes from ${at} on`;
      at += chunk.length;
    }
    if (at !== object.size) return `${at} bytes came`;
    for (let look = 1; look <= 2; look += 1) {
      const now = await source.stat(item);
      if (now.sizeBytes !== item.sizeBytes || now.modifiedAt?.getTime() !== item.modifiedAt?.getTime())
        return "changed while read";
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The second half of the largest file, where the source says that it can be had. */
async function resumes(
  source: MediaSource,
  items: readonly MediaItem[],
  byName: ReadonlyMap<string, RecordedObject>,
): Promise<boolean> {
  const item = items.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0];
  const offset = Math.floor((item?.sizeBytes ?? 0) / 2);
  if (!item || source.canReadFrom?.(item, offset) !== true) return false;
  let at = offset;
  for await (const chunk of source.read(item, { offset })) {
    if (!recordedBytes(byName.get(item.name)!.handle, at, chunk.length).equals(chunk)) throw new Error("another half");
    at += chunk.length;
  }
  return at === item.sizeBytes;
}
