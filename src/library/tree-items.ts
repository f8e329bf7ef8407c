/** Photos put together from files alone: for phones whose library cannot be read, and for files that it does not know. */
import { hash } from "node:crypto";
import { posix } from "node:path";
import type { MediaItem } from "../device/media-source.ts";
import type { MediaFacts } from "../media/index.ts";
import { fileKind, type MediaKind, splitName } from "../media/kinds.ts";
import { yielding } from "../shared/async.ts";
import { captureOfPart } from "./capture.ts";
import type { KnownFacts } from "./head-facts.ts";
import { isLivePair } from "./live-pair.ts";
import { kindOf, type RollItem, type RollPart, type RollRole, type Subtype } from "./roll.ts";
import { type EditFiles, pickEdit, type Tree } from "./tree.ts";

/** What is known of the files that photos are put together from. */
export interface TreeContext {
  readonly timeZone: string | undefined;
  readonly now: number;
  factsOf(item: MediaItem): KnownFacts | undefined;
  /** What a file is, by its name or its first bytes. */
  kindOf(item: MediaItem): MediaKind;
}

/** What is left in the tree as photos, edits of photos that are gone included. */
export async function* treeItems(tree: Tree, context: TreeContext): AsyncGenerator<RollItem, void, undefined> {
  const itemsOf = (files: readonly MediaItem[]): RollPart[][] =>
    split(files.map((item) => partOf(item, "original", context)));
  for await (const files of yielding(tree.leftOver()))
    for (const parts of itemsOf(files.filter((item) => !tree.isMarkedForAnother(item)))) {
      const { parts: whole, left } = withMarked(withEdit(parts, tree, context), tree, context);
      yield rollItem(whole, context);
      for (const others of itemsOf(left)) yield rollItem(others, context);
    }
  for (const { files } of tree.orphanedEdits()) {
    const edit = editParts(pickEdit(files), "photo", context);
    if (edit.some((p) => p.role === "edit")) yield rollItem(edit, context);
  }
}

/** @param said what is known better than by the file itself */
export function partOf(
  item: MediaItem,
  role: RollRole,
  context: TreeContext,
  said: { readonly kind?: MediaKind | undefined; readonly facts?: MediaFacts } = {},
): RollPart {
  const known = context.factsOf(item);
  const kind = said.kind ?? context.kindOf(item);
  const part: RollPart = { role, item, availability: "phone", facts: said.facts ?? known?.facts };
  const isNamed = kind === fileKind(item.name);
  // One for each of 50,000 files: an object that is put together takes more room than a plain one.
  if (isNamed && !known?.error) return part;
  return { ...part, ...(isNamed ? {} : { kind }), ...(known?.error ? { factsError: known.error } : {}) };
}

/** The parts of an edit, render first. A still's edit may have a movie; a movie's has nothing else. */
export function editParts(edit: EditFiles, kind: "photo" | "video", context: TreeContext): RollPart[] {
  const parts: RollPart[] = [];
  const [main, second] = kind === "video" ? [edit.movie, undefined] : [edit.still ?? edit.movie, edit.movie];
  if (main) parts.push(partOf(main, "edit", context));
  if (second && second !== main) parts.push(partOf(second, "edit-live-video", context));
  if (edit.recipe) parts.push(partOf(edit.recipe, "recipe", context));
  return parts;
}

function withEdit(parts: RollPart[], tree: Tree, context: TreeContext): RollPart[] {
  const [primary] = parts;
  if (primary?.role !== "original") return parts;
  const files = tree.editsOf(primary.item.path);
  if (files.length === 0) return parts;
  tree.claimEdits(primary.item.path);
  const kind = kindOf(primary) === "video" ? "video" : "photo";
  return [...parts, ...editParts(pickEdit(files), kind, context)];
}

/** Takes what bears the photo's number with a mark, as far as it has no edit already; `left` are photos of their own. */
export function withMarked(
  parts: RollPart[],
  tree: Tree,
  context: TreeContext,
): { parts: RollPart[]; left: readonly MediaItem[] } {
  const [primary] = parts;
  if (primary?.role !== "original" || kindOf(primary) === "sidecar") return { parts, left: [] };
  const { edits, recipes } = tree.markedFor(primary.item.path);
  for (const item of [...edits, ...recipes]) tree.claim(item);
  const isLive = parts.some((p) => p.role === "live-video");
  const still = kindOf(primary) === "video" ? undefined : edits.find((i) => context.kindOf(i) === "photo");
  const movie = still === undefined || isLive ? edits.find((i) => context.kindOf(i) === "video") : undefined;
  const main = parts.some((p) => p.role === "edit")
    ? undefined
    : (still ?? (kindOf(primary) === "video" ? movie : undefined));
  const taken: RollPart[] = main ? [partOf(main, "edit", context)] : [];
  if (main && movie && movie !== main) taken.push(partOf(movie, "edit-live-video", context));
  const used = new Set(taken.map((p) => p.item));
  return {
    parts: [...parts, ...taken, ...recipes.map((item) => partOf(item, "sidecar", context))],
    left: edits.filter((item) => !used.has(item)),
  };
}

/** Files of one folder and stem, split into photos by what the files themselves say. */
function split(parts: RollPart[]): RollPart[][] {
  const of = (kind: string): RollPart[] => parts.filter((p) => kindOf(p) === kind);
  const groups: RollPart[][] = of("photo").map((still) => [still]);
  const leftOver: RollPart[] = [];
  for (const raw of of("raw")) {
    if (groups.length === 1) groups[0]!.push({ ...raw, role: "raw" });
    else leftOver.push(raw);
  }
  for (const video of of("video")) {
    const home = groups.find((g) => isLivePair(g[0]!, video) && !g.some((p) => p.role === "live-video"));
    if (home) home.push({ ...video, role: "live-video" });
    else leftOver.push(video);
  }
  groups.push(...leftOver.map((part) => [part]));
  const sidecars = of("sidecar").map((part): RollPart => ({ ...part, role: "sidecar" }));
  // A recipe without its photo is useless, but it is the phone's: it goes along as an item of its own.
  if (groups.length > 0) groups[0]!.push(...sidecars);
  else groups.push(...sidecars.map((part) => [part]));
  return groups;
}

function rollItem(parts: RollPart[], context: TreeContext): RollItem {
  const [primary, ...rest] = parts as [RollPart, ...RollPart[]];
  const live = rest.find((p) => p.role === "live-video");
  const { facts } = primary;
  return {
    id: itemId(primary.item).slice(0, 8),
    kind: kindOf(primary) === "video" ? "video" : "photo",
    subtype: subtypeOf(primary, live !== undefined),
    parts: [primary, ...rest],
    captured:
      captureOfPart(primary, context.timeZone, context.now) ??
      (live && captureOfPart(live, context.timeZone, context.now)),
    availability: "phone",
    edited: parts.some((p) => p.role === "edit"),
    ...(live ? { pairedBy: pairedBy(primary, live) } : {}),
    // Which frames were picked only the library knows: all of them count.
    ...(facts?.burstUuid === undefined ? {} : { burst: { uuid: facts.burstUuid, picked: true } }),
  };
}

/** What says that a still and a movie are one Live Photo: the identifier that both carry, else that they have one name. */
export function pairedBy(still: RollPart, movie: RollPart): "content-identifier" | "name" {
  const id = still.facts?.contentIdentifier;
  return id !== undefined && id === movie.facts?.contentIdentifier ? "content-identifier" : "name";
}

function subtypeOf(primary: RollPart, live: boolean): Subtype | undefined {
  const { facts } = primary;
  if (live) return "live";
  if (facts?.isScreenshot) return "screenshot";
  if (/^(?:rpreplay_final|screenrecording_)/i.test(primary.item.name)) return "screenrecording";
  return facts?.burstUuid === undefined ? undefined : "burst";
}

/** A hash of what identifies one version of one file on its phone. */
export function itemId(item: MediaItem): string {
  const times = [item.createdAt, item.modifiedAt].map((d) => d?.getTime() ?? "");
  return hash("sha256", [item.path, item.sizeBytes, ...times].join("\0"));
}

/** The name a file is known by: an edit's render is called after its photo. */
export function nameOf(part: RollPart): string {
  if (part.role !== "edit" && part.role !== "edit-live-video" && part.role !== "recipe") return part.item.name;
  const folder = posix.dirname(part.item.path);
  const home = posix.basename(folder) === "Adjustments" ? posix.dirname(folder) : folder;
  const { extension } = splitName(part.item.name);
  return `${posix.basename(home)}.${extension}`;
}
