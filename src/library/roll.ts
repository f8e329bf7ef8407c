/** The camera roll as a person sees it: photos and videos with their parts, and what the phone's library says of them. */
import type { DeviceInfo, MediaItem, UnreadableEntry } from "../device/media-source.ts";
import type { CaptureTime } from "../media/capture-time.ts";
import type { MediaFacts } from "../media/index.ts";
import { fileKind, type MediaKind } from "../media/kinds.ts";
import type { AppError } from "../shared/errors.ts";
import type { PhotoHighlight } from "./photos/photos-highlights.ts";
import type { LibraryFeature } from "./photos/photos-rows.ts";
import type { PhotoLabels } from "./photos/search-index.ts";

/**
 * `sidecar` is an .AAE or .xmp that lies beside the photo; `recipe` is what an edit was made with; `edit-live-video` the movie of
 * an edited Live Photo; `derivative` a smaller version of an original that is elsewhere.
 */
export const rollRoles = [
  "original",
  "live-video",
  "raw",
  "edit",
  "edit-live-video",
  "sidecar",
  "recipe",
  "derivative",
] as const;
/** Which part of its photo a file is. */
export type RollRole = (typeof rollRoles)[number];

/** Who has the bytes: this phone, only iCloud, or nobody that the phone knows of. */
export type Availability = "phone" | "icloud" | "missing";

/** One file of a photo. */
export interface RollPart {
  readonly role: RollRole;
  /** Where the bytes are not on the phone, this is what the library expects there. */
  readonly item: MediaItem;
  /** What it is, where its name does not say. */
  readonly kind?: MediaKind;
  readonly availability: Availability;
  /** Absent when nothing is known; `factsError` says why where a head could not be read. */
  readonly facts: MediaFacts | undefined;
  readonly factsError?: AppError;
}

/** By what was found in the file, else by its name. */
export function kindOf(part: Pick<RollPart, "item" | "kind">): MediaKind {
  return part.kind ?? fileKind(part.item.name);
}

/** What sets a photo or video apart, as Photos groups them. */
export const subtypes = [
  "live",
  "panorama",
  "screenshot",
  "slomo",
  "timelapse",
  "portrait",
  "cinematic",
  "spatial",
  "screenrecording",
  "burst",
] as const;
/** One of `subtypes`. An item has one at most: the one that says most. */
export type Subtype = (typeof subtypes)[number];

/** An album that a person made; items of one share the object. */
export interface Album {
  /** Tells albums of one name apart. */
  readonly key: string;
  readonly title: string;
  readonly folders: readonly string[];
  /** Folders and title: "Trips/Lisbon". */
  readonly path: string;
}

/**
 * What the library says of an item and iCloud Photos. `synced`: its master has the state in which its original is there; `unfinished`:
 * known there, in another state; `none`: iCloud does not know it. Sources: osxphotos takes exactly state 3 as "in cloud"; three public
 * libraries show 68 masters in it and one in state 1. A phone's own was not seen.
 */
export interface CloudFacts {
  readonly state: "synced" | "unfinished" | "none";
  /** As the library numbers it; undefined where there is no master, or its row is missing. */
  readonly code: number | undefined;
  /** Marked as deleted there. No public library shows one. */
  readonly deleted: boolean;
}

/** Whether iCloud Photos is used, as far as the phone tells. */
export interface ICloudUse {
  /** Undefined where neither the library nor the phone's own mark could be read. */
  readonly on: boolean | undefined;
  /** `mark`: the file that iOS leaves while it is on; `rows`: items that iCloud knows, which stay for a while when it is switched off. */
  readonly by: "mark" | "rows" | "neither";
}

/** What the phone's library says of one item. `undefined` means that this library cannot answer. */
export interface LibraryFacts {
  readonly uuid: string | undefined;
  readonly favourite: boolean | undefined;
  readonly hidden: boolean | undefined;
  readonly trashed: boolean | undefined;
  readonly trashedAt: Date | undefined;
  /** In a shared album: a reduced copy, perhaps of another person's photo. */
  readonly shared: boolean;
  /** It lies in a photo library that several people share: whoever deletes it there deletes it for all of them. */
  readonly withOthers?: boolean;
  /** The phone has not finished writing it. */
  readonly unfinished: boolean;
  readonly depth: boolean;
  readonly originalFilename: string | undefined;
  readonly caption: string | undefined;
  readonly title: string | undefined;
  readonly place: string | undefined;
  /** Equal for copies of one original; no hash of the bytes. */
  readonly fingerprint: string | undefined;
  /** Absent where this library has no columns for it. */
  readonly cloud?: CloudFacts | undefined;
  readonly albums: readonly Album[];
  readonly people: readonly string[];
  readonly keywords: readonly string[];
  /** What the phone itself saw in the picture, and text that it read there; absent where its search index was not read. */
  readonly seen?: PhotoLabels;
  /** For which days, months and years the phone chose it; absent where this library has no highlights at all. */
  readonly highlights?: readonly PhotoHighlight[];
}

/** One photo or video as a person counts it. */
export interface RollItem {
  /** Eight hex digits: of the library's UUID where there is one, else of a hash of the primary file's identity. */
  readonly id: string;
  /** A Live Photo is a photo; so is a burst frame. */
  readonly kind: "photo" | "video";
  /** Undefined for an ordinary photo or video. */
  readonly subtype: Subtype | undefined;
  /** The primary part comes first: the original, or what is left of the photo without it. */
  readonly parts: readonly [RollPart, ...RollPart[]];
  /** When it was taken, by the best word there is; see `CaptureTime.source` for whose. Undefined when nothing tells. */
  readonly captured: CaptureTime | undefined;
  /** Where its original is. Other parts have their own word: `RollPart.availability`. */
  readonly availability: Availability;
  /** Undefined when nothing can tell. */
  readonly edited: boolean | undefined;
  /** What ties still and movie of a Live Photo together. */
  readonly pairedBy?: "library" | "content-identifier" | "name";
  /** The burst that it belongs to, and whether Photos shows this frame. */
  readonly burst?: { readonly uuid: string; readonly picked: boolean };
  /** Absent for files the library does not know, and on phones whose library cannot be read. */
  readonly library?: LibraryFacts;
}

/** How the roll came to be known. */
export interface RollKnowledge {
  /** `library-stale`: the last state that could be copied whole; `tree`: files and folders alone. */
  readonly source: "library" | "library-stale" | "tree";
  /** Why it is not the current library. */
  readonly why?: string;
  readonly unknown: ReadonlySet<LibraryFeature>;
  /** What no phone of this kind tells, which is nothing to be said of this one. */
  readonly neverTold?: ReadonlySet<LibraryFeature>;
  /** All that was looked into, on a phone that may hold photos elsewhere too. */
  readonly lookedInto?: readonly string[];
  /** Titles of albums that are shared in iCloud: reduced copies, of which none is taken. */
  readonly sharedAlbums?: readonly string[];
  /** Absent on phones that have no iCloud. */
  readonly iCloud?: ICloudUse;
  /** Whether the phone's search index was read, for what is in its pictures; absent where nobody asked. */
  readonly labels?: "read" | { readonly why: string };
  /** Entries of the phone's index, in the folders that were looked into, under whose path no file is; where it has an index. */
  readonly indexedWithoutFile?: number;
  /** Names of tables that were found. */
  readonly found?: { readonly assets: string; readonly albums: string | null; readonly keywords: string | null };
  /** Bytes of the database that came over the cable for this. */
  readonly pulledBytes: number;
}

/** All photos and videos of a phone, with how they came to be known. A value: it does not follow the phone. */
export interface CameraRoll {
  /** What they are on. */
  readonly device: Pick<DeviceInfo, "noun" | "system">;
  /** In order of path, hidden and deleted ones among them; see `whyNotShown`. */
  readonly items: readonly RollItem[];
  /** Files that are no media. */
  readonly otherFiles: readonly MediaItem[];
  /** Folders and files that the phone did not let us look at. Whoever says "all" must say these too. */
  readonly unreadable: readonly UnreadableEntry[];
  /** Whether the phone's library was read, and what it could not tell. */
  readonly knowledge: RollKnowledge;
}

/** Why the Photos app does not show an item in its main view; undefined when it does. */
export function whyNotShown(item: RollItem): "hidden" | "trashed" | "shared" | "burst-unpicked" | undefined {
  if (item.library?.shared) return "shared";
  if (item.library?.trashed) return "trashed";
  if (item.library?.hidden) return "hidden";
  return item.burst?.picked === false ? "burst-unpicked" : undefined;
}

/** A file that is listed and has no byte: mostly the stub of an original that is elsewhere. */
export function isEmpty(part: Pick<RollPart, "item" | "availability">): boolean {
  return part.availability === "phone" && part.item.sizeBytes === 0;
}

/** Photos and videos by where they are; each counts once. */
export interface AvailabilityCounts {
  readonly library: number;
  readonly phone: number;
  readonly icloud: number;
  readonly missing: number;
  /** Listed without a byte, and not known to be in iCloud. */
  readonly empty: number;
}

/** Photos and videos that Photos shows: how many are wholly on the phone, and of how many something is where. */
export function countAvailability(items: Iterable<RollItem>): AvailabilityCounts {
  const counts = { library: 0, phone: 0, icloud: 0, missing: 0, empty: 0 };
  for (const item of items) {
    if (whyNotShown(item) !== undefined) continue;
    counts.library += 1;
    counts[whereIs(item)] += 1;
  }
  return counts;
}

const besides: ReadonlySet<RollRole> = new Set(["sidecar", "recipe", "derivative"]);

/** A Live Photo whose movie is elsewhere is not on the phone as a whole, nor is an edited one whose render is. */
function whereIs({ parts }: RollItem): Exclude<keyof AvailabilityCounts, "library"> {
  const own = parts.filter((p, i) => i === 0 || !besides.has(p.role));
  if (own.some((p) => p.availability === "missing")) return "missing";
  if (own.some((p) => p.availability === "icloud")) return "icloud";
  return own.some(isEmpty) ? "empty" : "phone";
}
