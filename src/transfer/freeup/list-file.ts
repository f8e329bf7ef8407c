/**
 * A list of what was proven, as it is kept in the destination until a person has deleted by it: with everything else that was on the
 * phone then, or nobody could tell afterwards what is gone besides. Lines of JSON; docs/format.md has them field by field.
 */
import { randomBytes } from "node:crypto";
import type { CameraRoll, RollItem, RollPart, RollRole } from "../../library/roll.ts";
import { rollRoles } from "../../library/roll.ts";
import { DestinationError } from "../../shared/errors.ts";
import { toMs } from "../catalog/file-key.ts";
import type { MetadataStore } from "../destination/store.ts";
import type { FreeupPlan, ProvenItem } from "./plan.ts";

/** A file of a photo as it was on the phone then. Times in milliseconds since 1970; 0 where the phone told none. */
export interface ListedPart {
  readonly role: RollRole;
  readonly path: string;
  readonly sizeBytes: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** What its copies had; only of what is listed. */
  readonly sha256?: string;
}

/** A photo of the phone as it was then. */
export interface ListedPhoto {
  /** Whether it may be let go. */
  readonly listed: boolean;
  readonly id: string;
  readonly uuid?: string;
  /** As a person knows it. */
  readonly name: string;
  readonly kind: "photo" | "video";
  /** Local time, "2024-05-01T12:34:56". */
  readonly captured?: string;
  /** It was in Recently Deleted already. */
  readonly trashed?: true;
  readonly parts: readonly ListedPart[];
}

/** What the list as a whole says. */
export interface ListHeader {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly device: { readonly id: string; readonly name: string };
  /** On so many disks. */
  readonly copies: number;
  /** Names of copies and paths of destinations that a person said to be on disks of their own. */
  readonly ownDisks: readonly string[];
}

/** A list that was read back. */
export interface FreeupList extends ListHeader {
  readonly photos: readonly ListedPhoto[];
}

const ending = ".jsonl";
/** Half a million photos. */
const maxBytes = 256 * 1024 * 1024;
const linesAtOnce = 500;

/** "20261128-1a2b3c": by day, and short enough to be typed. */
export function newListId(now: number): string {
  return `${new Date(now).toISOString().slice(0, 10).replaceAll("-", "")}-${randomBytes(3).toString("hex")}`;
}

/** @throws {DestinationError} what the disk refuses */
export async function keepList(
  store: MetadataStore,
  header: ListHeader,
  { plan, roll }: { readonly plan: FreeupPlan; readonly roll: CameraRoll },
): Promise<void> {
  const proven = new Map(plan.proven.map((item) => [item.photo, item]));
  const lines = function* (): Generator<object, void, undefined> {
    yield { type: "freeup-list", v: 1, ...header };
    for (const photo of roll.items) yield { type: "photo", ...listedPhoto(photo, proven.get(photo)) };
    // Without it the file was cut, and is no list.
    yield { type: "end", photos: roll.items.length };
  };
  await store.freeup.put(`${header.id}${ending}`, inBlocks(lines()), { isProven: true });
}

async function* inBlocks(lines: Iterable<object>): AsyncGenerator<Uint8Array, void, undefined> {
  let block: string[] = [];
  for (const line of lines) {
    block.push(`${JSON.stringify(line)}\n`);
    if (block.length < linesAtOnce) continue;
    yield Buffer.from(block.join(""));
    block = [];
  }
  yield Buffer.from(block.join(""));
}

function listedPhoto(photo: RollItem, proven: ProvenItem | undefined): ListedPhoto {
  const hashes = new Map(proven?.parts.map(({ part, copies }) => [part, copies[0]?.sha256]));
  const [primary] = photo.parts;
  const { uuid, originalFilename, trashed } = photo.library ?? {};
  return {
    listed: proven !== undefined,
    id: photo.id,
    ...(uuid === undefined ? {} : { uuid }),
    name: originalFilename ?? primary.item.name,
    kind: photo.kind,
    ...(photo.captured ? { captured: photo.captured.local } : {}),
    ...(trashed ? { trashed } : {}),
    parts: photo.parts
      .filter((part) => part.availability === "phone")
      .map((part) => listedPart(part, hashes.get(part))),
  };
}

function listedPart({ role, item }: RollPart, sha256: string | undefined): ListedPart {
  const { path, sizeBytes, createdAt, modifiedAt } = item;
  const times = { createdMs: toMs(createdAt), modifiedMs: toMs(modifiedAt) };
  return { role, path, sizeBytes, ...times, ...(sha256 === undefined ? {} : { sha256 }) };
}

/** Ids of the lists that are kept there, the newest first. */
export async function listIds(store: MetadataStore): Promise<string[]> {
  const names = (await store.freeup.names()) ?? [];
  const ids = names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  return ids
    .filter((id) => /^\d{8}-[0-9a-f]{6}$/.test(id))
    .sort()
    .reverse();
}

/** Recently Deleted keeps for 30 days: a list is checked until then, and for as long again. */
const keptMs = 60 * 86_400_000;
/** Of each phone, however old. */
const keptOfEach = 5;

/**
 * Takes away lists of this phone that nobody needs any more: older than 60 days, and not among its five newest. One that cannot be read
 * is left where it is.
 * @returns their ids
 */
export async function pruneLists(store: MetadataStore, device: string, now: number): Promise<string[]> {
  const pruned: string[] = [];
  let seen = 0;
  for (const id of await listIds(store)) {
    const list = await readList(store, id).catch(() => undefined);
    if (list?.device.id !== device) continue;
    seen += 1;
    if (seen <= keptOfEach || now - list.at <= keptMs) continue;
    await store.freeup.remove(`${id}${ending}`);
    pruned.push(id);
  }
  return pruned;
}

/** @returns undefined where there is none of this id @throws {DestinationError} `list-damaged` */
export async function readList(store: MetadataStore, id: string): Promise<FreeupList | undefined> {
  const bytes = await store.freeup.read(`${id}${ending}`, maxBytes);
  return bytes && parseList(bytes.toString("utf8"), id);
}

/** @throws {DestinationError} `list-damaged` where it is not whole: it lies on a disk that others write to */
export function parseList(text: string, id: string): FreeupList {
  try {
    const [head, ...lines] = text.split("\n").filter((line) => line !== "");
    const header = parseHeader(JSON.parse(head ?? ""));
    const end = JSON.parse(lines.pop() ?? "") as { type?: unknown; photos?: unknown };
    if (end.type !== "end" || end.photos !== lines.length || header.id !== id) throw new Error("its end is missing");
    return { ...header, photos: lines.map((line) => parsePhoto(JSON.parse(line))) };
  } catch (error) {
    throw new DestinationError("list-damaged", `The list ${id} cannot be read.`, { cause: error });
  }
}

type Unknown = Record<string, unknown>;

function parseHeader(value: unknown): ListHeader {
  const { type, v, id, at, device, copies, ownDisks } = value as Unknown;
  const { id: deviceId, name } = device as Unknown;
  if (type !== "freeup-list" || v !== 1) throw new Error("it is no list");
  return {
    id: text(id),
    at: number(at),
    device: { id: text(deviceId), name: text(name) },
    copies: number(copies),
    ownDisks: list(ownDisks).map(text),
  };
}

function parsePhoto(value: unknown): ListedPhoto {
  const { type, listed, id, uuid, name, kind, captured, trashed, parts } = value as Unknown;
  if (type !== "photo" || (kind !== "photo" && kind !== "video")) throw new Error("it is no photo");
  return {
    listed: listed === true,
    ...{ id: text(id), name: text(name), kind, parts: list(parts).map(parsePart) },
    ...(uuid === undefined ? {} : { uuid: text(uuid) }),
    ...(captured === undefined ? {} : { captured: text(captured) }),
    ...(trashed === true ? { trashed } : {}),
  };
}

function parsePart(value: unknown): ListedPart {
  const { role, path, sizeBytes, createdMs, modifiedMs, sha256 } = value as Unknown;
  const known = rollRoles.find((r) => r === role);
  if (!known) throw new Error("it is no part");
  const numbers = { sizeBytes: number(sizeBytes), createdMs: number(createdMs), modifiedMs: number(modifiedMs) };
  return { role: known, path: text(path), ...numbers, ...(sha256 === undefined ? {} : { sha256: text(sha256) }) };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("no text");
  return value;
}

function number(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error("no number");
  return value as number;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error("no list");
  return value;
}
