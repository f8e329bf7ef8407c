/** A plan on the terminal, and as JSON. */
import type { DeviceNoun } from "../../device/media-source.ts";
import { kindWords } from "../../library/photo-kind.ts";
import type { CameraRoll, RollItem } from "../../library/roll.ts";
import { formatCaptured } from "../../media/capture-time.ts";
import { byKind, byReason, byYear, type Sum, sumOf } from "../../present/freeup-plan.ts";
import { caveats, stayWords, worldOf } from "../../present/freeup-words.ts";
import { dateWords, shownName } from "../../present/item-view.ts";
import { agoWords } from "../../present/status-words.ts";
import { areApart } from "../../shared/disks.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import type { FreeupPlan, ProofPlace } from "../../transfer/freeup/index.ts";
import { type Output, table } from "../output.ts";
import type { FreeupLook } from "./freeup-session.ts";

const largestShown = 5;

/** What is proven, what stays and why, and what to do next. */
export function planLines(output: Output, { source, roll, places }: FreeupLook, plan: FreeupPlan): string[] {
  const { bold } = output.style();
  const { noun, name } = source.device;
  const width = output.width();
  const { items, bytes } = sumOf(plan.proven);
  const disks = plural(plan.rule.copies, "different disk");
  const title =
    items === 0
      ? `${printable(name)}: nothing is proven to be on ${disks} yet.`
      : `${printable(name)}: ${plural(items, "photo or video", "photos and videos")}, ${formatBytes(bytes)}, are proven to be on ${disks}.`;
  return [
    bold(title),
    ...proofLines(plan),
    "",
    ...worldLines(noun, roll),
    "",
    bold("Copies counted"),
    ...placeLines(plan.places, places.away, width),
    ...caveats(plan.places).map((line) => `  ${line}`),
    ...sums("By year", byYear(plan.proven), output),
    ...sums("By kind", byKind(plan.proven), output),
    ...largest(plan, output),
    ...stayLines(plan, output),
    ...(items > 0 ? ["", "Nothing is deleted by offroll. A list for the phone: offroll freeup list --html FILE"] : []),
  ];
}

function proofLines({ oldestReadAt, rule, readNow }: FreeupPlan): string[] {
  if (oldestReadAt === undefined) return [];
  const read = readNow.copies > 0 ? ` ${plural(readNow.copies, "copy was", "copies were")} read now.` : "";
  const phone = readNow.phone > 0 ? ` ${plural(readNow.phone, "file")} of the phone compared.` : "";
  return [`Every file of each; the oldest proof is from ${agoWords(rule.now - oldestReadAt)}.${read}${phone}`];
}

function worldLines(noun: DeviceNoun, roll: CameraRoll): string[] {
  const { title, lines } = worldOf(noun, roll.knowledge.iCloud);
  return [title, ...lines.map((line) => `  ${line}`)];
}

function placeLines(places: readonly ProofPlace[], away: FreeupLook["places"]["away"], width: number): string[] {
  const rows = places.map((place) => [
    `  ${printable(place.name ?? "backup")}`,
    diskWords(place, places),
    printable(place.path),
  ]);
  const gone = away.map(({ name, path }) => [`  ${printable(name ?? "backup")}`, "away", printable(path)]);
  return table([...rows, ...gone], width);
}

function diskWords(place: ProofPlace, places: readonly ProofPlace[]): string {
  const { disk, isSaidApart } = place;
  const twin = places.find((other) => other !== place && isOneDisk(place, other));
  if (twin) return `same disk as ${printable(twin.name ?? "the backup")}`;
  if (disk.disks) return "a disk of its own";
  return isSaidApart ? "a disk of its own, as you say" : "which disk, the system does not tell: --own-disk NAME";
}

/** Certainly one, not only for want of knowing. */
function isOneDisk(a: ProofPlace, b: ProofPlace): boolean {
  return areApart(a.disk, b.disk) === false;
}

function sums(title: string, all: readonly Sum[], output: Output): string[] {
  if (all.length === 0) return [];
  const rows = all.map((s) => [`  ${printable(s.name)}`, formatCount(s.items), formatBytes(s.bytes)]);
  return ["", output.style().bold(title), ...table(rows, output.width(), [1, 2])];
}

function largest({ proven }: FreeupPlan, output: Output): string[] {
  if (proven.length === 0) return [];
  const rows = proven
    .slice(0, largestShown)
    .map(({ photo, bytes }) => [`  ${shownName(photo)}`, formatBytes(bytes), kindWords(photo), dateWords(photo)]);
  return ["", output.style().bold("Largest"), ...table(rows, output.width(), [1])];
}

function stayLines(plan: FreeupPlan, output: Output): string[] {
  if (plan.stays.length === 0) return [];
  const { bold } = output.style();
  const { items, bytes } = sumOf(plan.stays);
  const lines = ["", bold(`${plural(items, "stays", "stay").replace(/^/, "")}: ${formatBytes(bytes)}`)];
  for (const { reason, ...sum } of byReason(plan)) {
    const { why, remedy } = stayWords(reason);
    const names = sum.largest.map(({ photo }) => shownName(photo)).join(", ");
    const more = sum.items > sum.largest.length ? ", …" : "";
    lines.push(`  ${formatCount(sum.items)} (${formatBytes(sum.bytes)})  ${why}: ${names}${more}`);
    if (remedy !== undefined) lines.push(`      ${remedy}`);
  }
  return lines;
}

/** The same for programs; every photo by name. */
export function planJson({ source, roll, places }: FreeupLook, plan: FreeupPlan): object {
  const { id, name } = source.device;
  const time = (ms: number): string => new Date(ms).toISOString();
  return {
    device: { id, name },
    iCloudPhotos: roll.knowledge.iCloud?.on ?? null,
    deletesEverywhere: worldOf(source.device.noun, roll.knowledge.iCloud).isEverywhere,
    rule: {
      copies: plan.rule.copies,
      rereadWithinDays: plan.rule.rereadWithinMs / 86_400_000,
      olderThanDays: plan.rule.olderThanMs / 86_400_000,
    },
    places: [
      ...plan.places.map((place) => ({
        ...{ id: place.id, name: place.name ?? null, path: place.path, state: "there" },
        disk: place.disk.disks ? "known" : place.isSaidApart ? "said" : "unknown",
        reads: place.reads ?? null,
        sameDiskAs: plan.places
          .filter((other) => other !== place && isOneDisk(place, other))
          .map((other) => other.path),
      })),
      ...places.away.map(({ name: called, path }) => ({
        ...{ id: null, name: called ?? null, path, state: "not-there", disk: "unknown", reads: null, sameDiskAs: [] },
      })),
    ],
    oldestProofAt: plan.oldestReadAt === undefined ? null : time(plan.oldestReadAt),
    caveats: caveats(plan.places),
    readNow: plan.readNow,
    proven: {
      ...sumOf(plan.proven),
      ...{ years: byYear(plan.proven), kinds: byKind(plan.proven) },
      photos: plan.proven.map(({ photo, bytes, oldestReadAt, parts }) => ({
        ...photoJson(photo, bytes),
        ...{ files: parts.length, oldestProofAt: time(oldestReadAt) },
      })),
    },
    stays: {
      ...sumOf(plan.stays),
      reasons: byReason(plan).map(({ reason, items, bytes }) => ({ reason, why: stayWords(reason).why, items, bytes })),
      photos: plan.stays.map(({ photo, bytes, reason, part }) => ({
        ...photoJson(photo, bytes),
        ...{ reason, file: part?.item.path ?? null },
      })),
    },
  };
}

function photoJson(photo: RollItem, bytes: number): object {
  return {
    ...{ id: photo.id, path: photo.parts[0].item.path, name: shownName(photo), kind: kindWords(photo), bytes },
    captured: photo.captured ? formatCaptured(photo.captured) : null,
  };
}
