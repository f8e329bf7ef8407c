/** Rows of the library and files of the phone put together: who belongs to whom, and who has the bytes. */
import { posix } from "node:path";
import type { MediaArea, MediaItem } from "../../device/media-source.ts";
import type { MediaFacts } from "../../media/index.ts";
import { fileKind, splitName } from "../../media/kinds.ts";
import { captureOfLibrary, captureOfPart, fromAppleSeconds, type LibraryDate } from "../capture.ts";
import { withLibraryFacts } from "../merged-facts.ts";
import type { Album, Availability, LibraryFacts, RollItem, RollPart, RollRole, Subtype } from "../roll.ts";
import { pickEdit, stemOf, type Tree } from "../tree.ts";
import { editParts, itemId, partOf, type TreeContext, withMarked } from "../tree-items.ts";
import { cloudFacts } from "./cloud-facts.ts";
import type { AlbumRow, AssetPath, AssetRow, LibraryRows, ResourceRow } from "./photos-rows.ts";
import type { LabelsByUuid, PhotoLabels } from "./search-index.ts";

/** As `TreeContext`, with what the phone's iCloud setting says of absent files. */
export interface LibraryContext extends TreeContext {
  /** Whether this phone uses iCloud Photos: decides what an absent file means where the library does not say. */
  readonly usesICloud: boolean;
  /** From the phone's search index, where it was read. */
  readonly labels?: LabelsByUuid | undefined;
  /** Only rows for whose path (without extension) this holds. */
  readonly only?: ((stem: string) => boolean) | undefined;
}

const sharedAlbumTypes: ReadonlySet<number> = new Set([4, 12]);
const none: readonly never[] = [];
/** A photo that the phone began to write longer ago is not going to be finished: it is taken as it is. */
const unfinishedForMs = 24 * 3600 * 1000;

/** One item a row, in the library's order. Files that become part of one are claimed in the tree. */
export async function* libraryItems(
  rows: LibraryRows,
  tree: Tree,
  context: LibraryContext,
): AsyncGenerator<RollItem, void, undefined> {
  const from = { rows, albums: albumsByAsset(rows.albums), tree, context };
  // Every row takes its own file first: only then is it clear which files are left to be somebody's movie or RAW.
  const own = new Map<number, MediaItem | undefined>();
  for await (const row of rows.paths()) {
    const path = pathOf(row);
    if (context.only && !context.only(stemOf(path))) continue;
    if (tree.isTaken(path)) continue;
    const item = tree.free(path);
    if (item) tree.claim(item);
    own.set(row.key, item);
  }
  // A still and an unrelated movie may share a stem, and so the folder of edits: it belongs to the one that was edited.
  for (const which of ["edited", "unedited"] as const)
    for await (const row of rows.assets(which)) {
      const item = own.get(row.key);
      const path = pathOf(row);
      if (!own.has(row.key) || (item && item.path !== path)) continue;
      own.delete(row.key);
      yield new ItemBuilder(row, path, from).build();
    }
  // A database that contradicts itself must not cost a file.
  for (const item of own.values()) if (item) tree.release(item);
}

function pathOf(row: AssetPath): string {
  return posix.join("/", row.directory, row.filename);
}

function albumsByAsset(rows: readonly AlbumRow[]): Map<number, Album[]> {
  const byAsset = new Map<number, Album[]>();
  for (const row of rows) {
    const album = { key: row.key, title: row.title, folders: row.folders, path: [...row.folders, row.title].join("/") };
    for (const key of row.assets) {
      const albums = byAsset.get(key);
      if (!albums) byAsset.set(key, [album]);
      else if (!albums.includes(album)) albums.push(album);
    }
  }
  return byAsset;
}

/** What every item is built from besides its row. */
interface BuiltFrom {
  readonly rows: LibraryRows;
  readonly albums: ReadonlyMap<number, readonly Album[]>;
  readonly tree: Tree;
  readonly context: LibraryContext;
}

class ItemBuilder {
  readonly #row: AssetRow;
  readonly #resources: readonly ResourceRow[];
  readonly #library: LibraryFacts;
  readonly #tree: Tree;
  readonly #context: LibraryContext;
  readonly #path: string;
  readonly #kind: "photo" | "video";

  constructor(row: AssetRow, path: string, { rows, albums, tree, context }: BuiltFrom) {
    this.#row = row;
    this.#resources = rows.takeResources(row.key);
    this.#tree = tree;
    this.#context = context;
    this.#path = path;
    this.#kind = kindOfRow(row);
    const named = {
      albums: albums.get(row.key) ?? none,
      people: rows.people.get(row.key) ?? none,
      keywords: rows.keywords.get(row.key) ?? none,
    };
    const cloud = rows.knowsCloud ? cloudFacts(row) : undefined;
    const facts = libraryFacts(row, { ...named, cloud }, tree.get(path)?.name, context.now);
    const chosen = rows.highlights && { highlights: rows.highlights.get(row.key) ?? none };
    this.#library = withLabels(chosen ? { ...facts, ...chosen } : facts, context.labels);
  }

  build(): RollItem {
    const row = this.#row;
    const original = this.#original();
    const companions = this.#companions();
    const edit = this.#edit();
    const { parts, left } = withMarked([original, ...companions, ...edit], this.#tree, this.#context);
    for (const item of left) this.#tree.release(item);
    const live = companions.find((p) => p.role === "live-video");
    const uuid = this.#library.uuid;
    const timeZone = this.#context.timeZone;
    const name = row.originalFilename;
    const item: RollItem = {
      id: uuid === undefined ? itemId(original.item).slice(0, 8) : uuid.slice(0, 8).toLowerCase(),
      kind: this.#kind,
      subtype: this.#subtype(live !== undefined),
      parts: parts as [RollPart, ...RollPart[]],
      captured:
        captureOfLibrary(dateOf(row), timeZone, this.#context.now) ??
        captureOfPart(original, timeZone, this.#context.now, isText(name) ? { name } : {}),
      availability: original.availability,
      edited: flag(row.edited) ?? parts.some((p) => p.role === "edit"),
      library: this.#library,
    };
    const { burstUuid } = row;
    // Most are neither: an object that is put together takes more room than a plain one.
    if (!live && !isText(burstUuid)) return item;
    return {
      ...item,
      ...(live ? { pairedBy: "library" as const } : {}),
      ...(isText(burstUuid) ? { burst: { uuid: burstUuid, picked: isPicked(row) } } : {}),
    };
  }

  #original(): RollPart {
    const resource = this.#resource([0, 1], 1, 0) ?? (this.#library.shared ? this.#sharedResource() : undefined);
    return this.#part("original", this.#path, resource, this.#row.originalSize) as RollPart;
  }

  #sharedResource(): ResourceRow | undefined {
    return this.#resources.find((r) => (r.type === 0 && r.version === 3) || (r.type === 1 && r.subtype === 8));
  }

  /** The movie of a Live Photo, the RAW of a pair, recipes that lie beside it. */
  #companions(): RollPart[] {
    const parts: RollPart[] = [];
    const beside = this.#tree.freeBeside(this.#path);
    const paired = this.#resource([3], 18, 0);
    if (this.#kind === "photo" && (this.#row.kindSubtype === 2 || paired)) {
      const movie = beside.find((i) => this.#tree.kindOf(i) === "video");
      if (movie) parts.push(this.#take("live-video", movie, paired));
      else if (paired?.remote === 1) {
        const absent = this.#part("live-video", `${stemOf(this.#path)}.MOV`, paired, undefined);
        if (absent) parts.push(absent);
      }
    }
    const rawRow = this.#resource([4], 17, 0);
    const raw = beside.find((i) => this.#tree.kindOf(i) === "raw");
    if (this.#kind === "photo" && raw) parts.push(this.#take("raw", raw, rawRow));
    else if (rawRow?.remote === 1) {
      const absent = this.#part("raw", `${stemOf(this.#path)}.DNG`, rawRow, undefined);
      if (absent) parts.push(absent);
    }
    for (const sidecar of beside.filter((i) => fileKind(i.name) === "sidecar"))
      parts.push(this.#take("sidecar", sidecar));
    return parts;
  }

  #edit(): RollPart[] {
    const files = this.#tree.editsOf(this.#path);
    if (files.length > 0) {
      this.#tree.claimEdits(this.#path);
      return editParts(pickEdit(files), this.#kind, this.#context);
    }
    const render = this.#kind === "video" ? this.#resource([1], 16, 2) : this.#resource([0], 2, 2);
    if (render?.remote !== 1 || render.local === 1) return [];
    const { directory, filename } = this.#row;
    const folder = posix.join("/PhotoData/Mutations", directory, splitName(filename).stem, "Adjustments");
    const path = posix.join(folder, this.#kind === "video" ? "FullSizeRender.mov" : "FullSizeRender.jpg");
    return [absentPart("edit", { path, area: "edits", sizeBytes: sizeOf(render.bytes) }, "icloud")];
  }

  #take(role: RollRole, item: MediaItem, resource?: ResourceRow): RollPart {
    this.#tree.claim(item);
    const part = partOf(item, role, this.#context);
    return item.sizeBytes > 0 ? part : { ...part, availability: whoHasStub(resource) };
  }

  /** The file decides; where it is absent the library says why. */
  #part(
    role: RollRole,
    path: string,
    resource: ResourceRow | undefined,
    size: number | undefined,
  ): RollPart | undefined {
    const item = this.#tree.isTaken(path) && role === "original" ? this.#tree.get(path) : undefined;
    if (item && item.sizeBytes > 0) {
      // What neither name nor bytes tell the row does: it is a photo of this library.
      const kind = this.#tree.kindOf(item) === "other" ? this.#kind : undefined;
      return partOf(item, role, this.#context, { kind, facts: this.#facts(item) });
    }
    // An empty file under the name is the stub of an original that is elsewhere; where, nobody says but its row.
    if (item) return { role, item, availability: whoHasStub(resource), facts: this.#facts(item) };
    const availability = whoHas(resource, this.#context.usesICloud);
    const sizeBytes = sizeOf(size) || sizeOf(resource?.bytes);
    const part = absentPart(role, { path, area: areaOf(path), sizeBytes }, availability);
    return role === "original" ? { ...part, facts: this.#facts(part.item) } : part;
  }

  #resource(types: readonly number[], subtype: number, version: number): ResourceRow | undefined {
    return this.#resources.find((r) => types.includes(r.type) && r.subtype === subtype && r.version === version);
  }

  /**
   * What the library says, over what the file's head said where it was read: its owner may have moved the photo, or taken its place
   * away, and an edit has another size.
   */
  #facts(item: MediaItem): MediaFacts {
    const row = this.#row;
    const head = this.#context.factsOf(item)?.facts;
    const facts: { -readonly [K in keyof MediaFacts]: MediaFacts[K] } = { format: formatOf(item.name) };
    if (isPositive(row.width) && isPositive(row.height)) Object.assign(facts, { width: row.width, height: row.height });
    const gps = position(row.latitude, row.longitude);
    if (gps) facts.gps = gps;
    if (isPositive(row.duration)) facts.durationSeconds = row.duration;
    if (isText(row.make)) facts.make = row.make;
    if (isText(row.model)) facts.model = row.model;
    if (isText(row.lens)) facts.lens = row.lens;
    if (isPositive(row.iso)) facts.iso = row.iso;
    if (isPositive(row.aperture)) facts.aperture = row.aperture;
    if (isPositive(row.exposureSeconds)) facts.exposureSeconds = row.exposureSeconds;
    if (isPositive(row.focalLength35mm)) facts.focalLength35mm = row.focalLength35mm;
    if (isText(row.contentIdentifier)) facts.contentIdentifier = row.contentIdentifier;
    if (isText(row.burstUuid)) facts.burstUuid = row.burstUuid;
    return head ? withLibraryFacts(head, facts, typeof row.latitude === "number") : facts;
  }

  #subtype(live: boolean): Subtype | undefined {
    const { kindSubtype, depth, spatial, screenshot, burstUuid } = this.#row;
    const bySubtype = kindSubtypes[kindSubtype ?? 0];
    if (bySubtype) return bySubtype;
    if (isPositive(screenshot)) return "screenshot";
    if (isPositive(spatial)) return "spatial";
    if (isPositive(depth)) return this.#kind === "video" ? "cinematic" : "portrait";
    if (live || kindSubtype === 2) return "live";
    return isText(burstUuid) ? "burst" : undefined;
  }
}

function dateOf(row: AssetRow): LibraryDate {
  const { created, zoneOffset, zoneGuess, exifTime } = row;
  return { seconds: created, recordedZone: zoneOffset, guessedZone: zoneGuess, exifText: exifTime };
}

/** ZKINDSUBTYPE, as decoded in abrignoni/iLEAPP; 2 is Live and 100 any video of a shared album. */
const kindSubtypes: Readonly<Record<number, Subtype>> = {
  1: "panorama",
  10: "screenshot",
  101: "slomo",
  102: "timelapse",
  103: "screenrecording",
};

/** A kind that nobody knows is none: then the name tells. */
function kindOfRow({ kind, filename }: AssetRow): "photo" | "video" {
  if (kind === 0 || kind === 1) return kind === 1 ? "video" : "photo";
  return fileKind(filename) === "video" ? "video" : "photo";
}

/** What is neither yes nor no is unknown: nothing is left out for the sake of an odd value. */
function flag(value: unknown): boolean | undefined {
  return typeof value === "number" && value >= 0 ? value !== 0 : undefined;
}

/**
 * @param named what other tables of the library have of the row
 * @param nameHere of the file: the same name twice is kept once
 */
function libraryFacts(
  row: AssetRow,
  { cloud, albums, people, keywords }: Pick<LibraryFacts, "cloud" | "albums" | "people" | "keywords">,
  nameHere: string | undefined,
  now: number,
): LibraryFacts {
  const created = fromAppleSeconds(row.created);
  return {
    uuid: isText(row.uuid) && /^[0-9A-Fa-f-]{8,64}$/.test(row.uuid) ? row.uuid : undefined,
    favourite: flag(row.favourite),
    hidden: flag(row.hidden),
    trashed: flag(row.trashed),
    trashedAt: flag(row.trashed) ? fromAppleSeconds(row.trashedAt) : undefined,
    shared: row.savedType !== undefined && sharedAlbumTypes.has(row.savedType),
    withOthers: isPositive(row.sharedLibrary),
    unfinished: row.complete === 0 && created !== undefined && now - created.getTime() < unfinishedForMs,
    depth: isPositive(row.depth),
    originalFilename: row.originalFilename === nameHere ? nameHere : composed(row.originalFilename),
    caption: composed(row.caption),
    title: composed(row.title),
    place: composed(row.place),
    fingerprint: isText(row.fingerprint) ? row.fingerprint : undefined,
    cloud,
    albums,
    people,
    keywords,
  };
}

const nothingSeen: PhotoLabels = { labels: none, textInPicture: none };

function withLabels(facts: LibraryFacts, labels: LabelsByUuid | undefined): LibraryFacts {
  if (!labels) return facts;
  return { ...facts, seen: labels.get(facts.uuid?.toUpperCase() ?? "") ?? nothingSeen };
}

/** Bits of ZAVALANCHEPICKTYPE: 8 chosen by the person, 16 the key photo. What Photos shows is decided by the visibility. */
function isPicked(row: AssetRow): boolean {
  if (typeof row.visibility === "number") return row.visibility === 0;
  // Where neither can be read it counts as picked: the frame is taken.
  return typeof row.burstPick !== "number" || (row.burstPick & (8 | 16)) !== 0;
}

function whoHasStub(resource: ResourceRow | undefined): Availability {
  return resource?.remote === 1 ? "icloud" : "phone";
}

function whoHas(resource: ResourceRow | undefined, usesICloud: boolean): Availability {
  if (resource?.remote === 1) return "icloud";
  if (resource?.remote === 0) return "missing";
  return usesICloud ? "icloud" : "missing";
}

function sizeOf(bytes: unknown): number {
  return Number.isSafeInteger(bytes) ? Math.max(0, bytes as number) : 0;
}

function absentPart(
  role: RollRole,
  { path, area, sizeBytes }: Pick<MediaItem, "path" | "area" | "sizeBytes">,
  availability: Availability,
): RollPart {
  const item = {
    id: path,
    path,
    name: posix.basename(path),
    area,
    sizeBytes,
    modifiedAt: undefined,
    createdAt: undefined,
  };
  return { role, item, availability, facts: undefined };
}

function areaOf(path: string): MediaArea {
  if (path.startsWith("/PhotoData/CPLAssets/")) return "cloud-originals";
  return path.startsWith("/PhotoData/PhotoCloudSharingData/") ? "shared-albums" : "camera-roll";
}

function formatOf(name: string): MediaFacts["format"] {
  const extension = splitName(name).extension.toLowerCase();
  const formats: Record<string, MediaFacts["format"]> = {
    jpg: "jpeg",
    jpeg: "jpeg",
    heic: "heif",
    heif: "heif",
    png: "png",
    gif: "gif",
    webp: "webp",
    tif: "tiff",
    tiff: "tiff",
    dng: "tiff",
    mov: "quicktime",
    mp4: "quicktime",
    m4v: "quicktime",
  };
  return formats[extension] ?? "unknown";
}

/** -180 means that there is none; 0/0 lies in the sea and comes from cameras without a fix. */
function position(lat: number | undefined, lon: number | undefined): { lat: number; lon: number } | undefined {
  if (typeof lat !== "number" || typeof lon !== "number") return undefined;
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180 || lon === -180 || (lat === 0 && lon === 0)) return undefined;
  return { lat, lon };
}

function composed(value: string | undefined): string | undefined {
  return isText(value) ? value.normalize("NFC") : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
