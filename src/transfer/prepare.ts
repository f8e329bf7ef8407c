/** A plan and what it stands on: the copies that are there, the phone as it is, and what the run leaves to tell. */

import { randomBytes } from "node:crypto";
import type { MediaSource } from "../device/media-source.ts";
import type { CameraRoll } from "../library/roll.ts";
import { collectGarbage } from "../shared/collect-garbage.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { CatalogFactsCache } from "./catalog/facts-cache.ts";
import { PhoneStatCache } from "./catalog/phone-stat-cache.ts";
import type { ClaimedPlace } from "./claimed-place.ts";
import { assertThere, type DestinationProperties } from "./destination/destination.ts";
import { largestFile, type TargetFileSystem } from "./destination/target-file-system.ts";
import type { FileNote, SecondPhone } from "./events.ts";
import { RunNotes } from "./logs/run-notes.ts";
import { assertAnswerable } from "./plan/answerable.ts";
import type { DestinationFiles } from "./plan/destination-files.ts";
import { lookAtCopies } from "./plan/known-files.ts";
import type { KnownRows } from "./plan/known-rows.ts";
import { findMovedOnPhone, type MovedOnPhone } from "./plan/moved-on-phone.ts";
import { OtherPhones } from "./plan/other-phones.ts";
import { PathTemplate } from "./plan/path-template.ts";
import { makePlan, type Plan, type PlanFacts } from "./plan/plan.ts";
import { lookAtNames, planFacts } from "./plan/plan-facts.ts";
import { takeRoll, whilePhoneComesBack } from "./take-roll.ts";
import type { TransferOptions } from "./transfer-options.ts";

type Facts = PlanFacts & Pick<ReturnType<typeof planFacts>, "passedOver">;

export interface Prepared {
  readonly source: MediaSource;
  readonly place: ClaimedPlace;
  readonly roll: CameraRoll;
  readonly plan: Plan;
  readonly facts: Facts;
  readonly files: DestinationFiles;
  readonly template: PathTemplate;
  /** Copies of other phones that may stand for this one's; undefined where each phone keeps its own. */
  readonly shared: OtherPhones | undefined;
  readonly secondPhone: SecondPhone | undefined;
  readonly runId: string;
  /** None in a dry run to a place without a catalog. */
  readonly notes: RunNotes | undefined;
  /** Files whose dates and places were read again, because an earlier version of offroll read less of them. */
  readonly readAnew: number;
}

export async function prepare(source: MediaSource, place: ClaimedPlace, options: TransferOptions): Promise<Prepared> {
  const { clock, dryRun } = options;
  const { catalog, destination } = place;
  const device = source.device.id;
  const earlier: FileNote[] = [];
  if (catalog) catalog.onFileNote = (note) => earlier.push(note);
  const copiesAt = { destination, device, catalog, mayChange: !dryRun, now: clock.now() };
  const { rows, files } = await lookAtCopies(copiesAt, options);
  const template = templateOf(catalog, device, options);
  const others = await OtherPhones.read(rows, files, device);
  const { roll, readAnew } = await listPhone(source, place, { ...options, template });
  assertAnswerable(options.selection.options, roll);
  const moved = catalog ? await findMovedOnPhone({ source, destination, roll, rows }, options) : [];
  if (catalog && !dryRun) noteMoved(catalog, moved);
  // Where the template keeps phones apart, each has its own.
  const shared = template.uses("phone") ? undefined : others;
  const ignored = catalog?.settled.ignored(device) ?? [];
  const maxFileBytes = largestFileOf(destination.properties, options.targetFileSystem);
  const facts = withMoved(planFacts({ rows, files, others: shared, ignored, maxFileBytes }, source), moved);
  const plan = await planFor(source, { roll, facts, files }, { ...options, template });
  if (catalog && !dryRun) await identify(catalog, device, plan);
  const runId = newRunId(clock.now());
  const movedOnPhone = moved.map(({ item }) => item.path);
  const folder = { ...options.folder, id: place.id as string };
  const notes =
    catalog && new RunNotes(catalog, source.device, plan, { ...options, folder, earlier, movedOnPhone, runId });
  const secondPhone = isSecond(plan, rows, device, shared) ? secondOf(catalog, shared, template) : undefined;
  return { source, place, roll, plan, facts, files, template, shared, secondPhone, runId, notes, readAnew };
}

function templateOf(catalog: Catalog | undefined, device: string, options: TransferOptions): PathTemplate {
  const kept = options.templateIsDefault ? catalog?.devices.template(device) : undefined;
  return kept === undefined ? options.template : new PathTemplate(kept);
}

/** What was read of the phone is kept for the next time, before anything can go wrong. */
async function listPhone(
  source: MediaSource,
  { catalog, destination }: ClaimedPlace,
  options: TransferOptions,
): Promise<{ roll: CameraRoll; readAnew: number }> {
  const { clock, dryRun } = options;
  const cache = catalog && new CatalogFactsCache(catalog, source.device.id);
  const statCache = catalog && new PhoneStatCache(catalog, source.device.id, clock.now());
  const roll = await whilePhoneComesBack(source, options, () => takeRoll(source, cache, statCache, options));
  // Listing takes its time; from here on we write.
  if (!dryRun) await assertThere(destination);
  if (catalog && !dryRun) {
    catalog.devices.note({ ...source.device, lastSeen: clock.now() });
    await cache?.save();
    await statCache?.save();
  }
  return { roll, readAnew: cache?.readAnew ?? 0 };
}

function noteMoved(catalog: Catalog, moved: readonly MovedOnPhone[]): void {
  if (moved.length === 0) return;
  catalog.transaction(() => {
    for (const { row, item, photoId } of moved) catalog.items.movedOnPhone(row, item, photoId);
  });
}

function largestFileOf({ maxFileBytes }: DestinationProperties, target: TargetFileSystem): number {
  return target === "auto" ? maxFileBytes : largestFile(target);
}

async function planFor(
  { device: { id: device, name: phoneName } }: MediaSource,
  { roll, facts, files }: Pick<Prepared, "roll" | "facts" | "files">,
  { template, selection, parts, signal }: TransferOptions,
): Promise<Plan> {
  const planOptions = { template, selection, parts, phoneName, device };
  await lookAtNames(roll, facts, files, { ...planOptions, ...(signal ? { signal } : {}) });
  // What was asked on the way is garbage now.
  collectGarbage();
  return await makePlan(roll, facts, planOptions);
}

/** Whether this phone's first files come among those of others. */
function isSecond(plan: Plan, rows: KnownRows, device: string, others: OtherPhones | undefined): boolean {
  const isMixed = others !== undefined && others.devices.size > 0 && plan.toCopy.items > 0;
  return isMixed && !rows.done().some((row) => row.device === device);
}

function secondOf(catalog: Catalog | undefined, others: OtherPhones | undefined, template: PathTemplate): SecondPhone {
  const names = catalog?.devices.all().filter(({ id }) => others?.devices.has(id)) ?? [];
  return { others: names.map(({ name }) => name), template: `{phone}/${template.source}` };
}

/** As the catalog tells it from now on. */
function withMoved(facts: Facts, moved: readonly MovedOnPhone[]): Facts {
  if (moved.length === 0) return facts;
  const rows = new Map(moved.map(({ item, row }) => [item, row]));
  return {
    ...facts,
    known: (part, uuid) => {
      const row = rows.get(part.item);
      return row ? { target: row.target, sha256: row.sha256, isIdentified: true } : facts.known(part, uuid);
    },
  };
}

/** Items first met by path alone get the UUID that the library has for them, and rows under the path they have now. */
async function identify(catalog: Catalog, device: string, plan: Plan): Promise<void> {
  const unidentified = Iterator.from(plan.entries).filter(
    ({ photo, role, action }) =>
      photo?.library?.uuid !== undefined && role !== undefined && action.type === "present" && !action.isIdentified,
  );
  await catalog.inPages(unidentified, ({ item, photo, role, action }) => {
    const uuid = photo?.library?.uuid;
    if (uuid === undefined || role === undefined || action.type !== "present") return;
    const row = catalog.items.find(device, item);
    if (row) {
      if (row.uuid !== uuid || row.role !== role) catalog.items.identify(device, item, uuid, role);
      return;
    }
    const [known] = catalog.items.findByUuid(device, uuid, role).filter((r) => r.target === action.target);
    // Only a file that is on the phone has a size and times to be found by.
    if (known && item.modifiedAt !== undefined) catalog.items.markDone(device, item, { ...known, uuid, role });
  });
}

/** Sorts by time, to the millisecond, and is unique: 20240501T123456Z-1a2b3c. */
function newRunId(now: number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const ms = (now % 1000).toString(16).padStart(3, "0");
  return `${stamp}Z-${ms}${randomBytes(2).toString("hex").slice(1)}`;
}
