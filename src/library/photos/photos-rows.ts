/** Reads a Photos.sqlite into plain rows: one per asset, with what belongs to it. Every column is optional but the path's. */
import { Yielder } from "../../shared/async.ts";
import type { ForeignDatabase } from "../../shared/foreign-database.ts";
import type { ForeignRow } from "../../shared/foreign-rows.ts";
import { addTo } from "../../shared/map.ts";
import { type PhotoHighlight, readHighlights } from "./photos-highlights.ts";
import { oneEach, PhotosSchema } from "./photos-schema.ts";

/** What the library could not be asked, because this generation of it has no such column or table. */
export type LibraryFeature =
  | "uuid"
  | "favourite"
  | "hidden"
  | "trashed"
  | "edited"
  | "captured"
  | "albums"
  | "people"
  | "keywords"
  | "caption"
  | "title"
  | "originalFilename"
  | "burst"
  | "camera"
  | "subtype"
  | "availability"
  | "place";

/** One asset as the library has it. Numbers are SQLite's; `undefined` where there is no column or no value. */
export interface AssetRow {
  readonly key: number;
  readonly uuid: string | undefined;
  /** "DCIM/100APPLE" */
  readonly directory: string;
  readonly filename: string;
  readonly kind: number | undefined;
  readonly kindSubtype: number | undefined;
  /** Seconds since 2001-01-01 UTC. */
  readonly created: number | undefined;
  /** Seconds east of UTC where it was taken, as recorded, and as the phone worked it out. */
  readonly zoneOffset: number | undefined;
  readonly zoneGuess: number | undefined;
  readonly favourite: number | undefined;
  readonly hidden: number | undefined;
  readonly trashed: number | undefined;
  readonly trashedAt: number | undefined;
  readonly visibility: number | undefined;
  readonly savedType: number | undefined;
  readonly complete: number | undefined;
  readonly edited: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly duration: number | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  readonly burstUuid: string | undefined;
  readonly burstPick: number | undefined;
  readonly contentIdentifier: string | undefined;
  readonly depth: number | undefined;
  readonly spatial: number | undefined;
  readonly screenshot: number | undefined;
  readonly exifTime: string | undefined;
  readonly originalFilename: string | undefined;
  readonly originalSize: number | undefined;
  readonly fingerprint: string | undefined;
  /** Key of its row in iCloud's own table, the state in that row, its name there, and whether it was deleted there. */
  readonly master: number | undefined;
  readonly cloudState: number | undefined;
  readonly cloudName: string | undefined;
  readonly cloudDeleted: number | undefined;
  /** In a photo library that several people share. */
  readonly sharedLibrary: number | undefined;
  readonly title: string | undefined;
  readonly caption: string | undefined;
  readonly place: string | undefined;
  readonly make: string | undefined;
  readonly model: string | undefined;
  readonly lens: string | undefined;
  readonly iso: number | undefined;
  readonly aperture: number | undefined;
  readonly exposureSeconds: number | undefined;
  readonly focalLength35mm: number | undefined;
}

/** One file that belongs to an asset, and who has it. */
export interface ResourceRow {
  readonly type: number;
  readonly subtype: number;
  readonly version: number;
  readonly local: number | undefined;
  readonly remote: number | undefined;
  readonly bytes: number | undefined;
}

/** One album, with the keys of its assets in the album's order. */
export interface AlbumRow {
  readonly key: string;
  readonly title: string;
  /** Titles of the folders around it, from the outermost in. */
  readonly folders: readonly string[];
  readonly assets: readonly number[];
}

/** Which file an asset is. */
export type AssetPath = Pick<AssetRow, "key" | "directory" | "filename">;

/** A library's rows, streamed: none of them is held. The caller reads each at most once, but `assets`. */
export interface LibraryRows {
  /** One for each asset. */
  paths(): AsyncIterable<AssetPath>;
  /** Read again at each call and never held: a hundred thousand of them are larger than what is made of them. */
  assets(which: "edited" | "unedited"): AsyncIterable<AssetRow>;
  /** Those of an asset, by its key. To be asked once, as they are then forgotten: there are more of them than assets. */
  takeResources(key: number): readonly ResourceRow[];
  readonly albums: readonly AlbumRow[];
  /** Titles of albums that are shared in iCloud. */
  readonly sharedAlbums: readonly string[];
  readonly people: ReadonlyMap<number, readonly string[]>;
  readonly keywords: ReadonlyMap<number, readonly string[]>;
  /** Photos that the phone chose, by key; undefined where this library has no highlights. */
  readonly highlights: ReadonlyMap<number, readonly PhotoHighlight[]> | undefined;
  readonly unknown: ReadonlySet<LibraryFeature>;
  /** Whether it can tell what of it is in iCloud. */
  readonly knowsCloud: boolean;
  /** Whether any item lies in a shared album. */
  readonly hasShared: boolean;
  /** Names that were found, for diagnosis: no personal data. */
  readonly found: { readonly assets: string; readonly albums: string | null; readonly keywords: string | null };
}

const pathNames = ["key", "directory", "filename"] as const;
/** More than any phone has; a bound for hostile databases. */
const maxRows = 2_000_000;
const maxFolderDepth = 32;
const userAlbum = 2;
/** An album in iCloud to which several people add. Source: RhetTbull/osxphotos, `_PHOTOS_5_SHARED_ALBUM_KIND`. */
const sharedAlbum = 1505;
const userFolder = 4000;

type Source = "a" | "t" | "x" | "d" | "m" | "p";
/** Table, and its columns in the order of preference. */
type Choice = readonly [source: Source, ...columns: string[]];

const choices = {
  uuid: [["a", "ZUUID"]],
  kind: [["a", "ZKIND"]],
  kindSubtype: [["a", "ZKINDSUBTYPE"]],
  created: [["a", "ZDATECREATED"]],
  favourite: [["a", "ZFAVORITE"]],
  hidden: [["a", "ZHIDDEN"]],
  trashed: [["a", "ZTRASHEDSTATE"]],
  trashedAt: [["a", "ZTRASHEDDATE"]],
  visibility: [["a", "ZVISIBILITYSTATE"]],
  savedType: [["a", "ZSAVEDASSETTYPE"]],
  complete: [["a", "ZCOMPLETE"]],
  edited: [["a", "ZADJUSTMENTSSTATE", "ZHASADJUSTMENTS"]],
  width: [["a", "ZWIDTH"]],
  height: [["a", "ZHEIGHT"]],
  latitude: [
    ["a", "ZLATITUDE"],
    ["x", "ZLATITUDE"],
  ],
  longitude: [
    ["a", "ZLONGITUDE"],
    ["x", "ZLONGITUDE"],
  ],
  burstUuid: [["a", "ZAVALANCHEUUID"]],
  burstPick: [["a", "ZAVALANCHEPICKTYPE"]],
  contentIdentifier: [["a", "ZMEDIAGROUPUUID"]],
  depth: [["a", "ZDEPTHTYPE", "ZDEPTHSTATES"]],
  spatial: [["a", "ZSPATIALTYPE"]],
  screenshot: [["a", "ZISDETECTEDSCREENSHOT"]],
  originalFilename: [
    ["t", "ZORIGINALFILENAME"],
    ["m", "ZORIGINALFILENAME"],
  ],
  exifTime: [["t", "ZEXIFTIMESTAMPSTRING"]],
  zoneOffset: [["t", "ZTIMEZONEOFFSET"]],
  zoneGuess: [
    ["t", "ZINFERREDTIMEZONEOFFSET"],
    ["x", "ZTIMEZONEOFFSET"],
  ],
  originalSize: [["t", "ZORIGINALFILESIZE"]],
  fingerprint: [
    ["t", "ZORIGINALSTABLEHASH", "ZMASTERFINGERPRINT"],
    ["a", "ZORIGINALSTABLEHASH", "ZMASTERFINGERPRINT"],
  ],
  master: [["a", "ZMASTER"]],
  cloudState: [["m", "ZCLOUDLOCALSTATE"]],
  cloudName: [["a", "ZCLOUDASSETGUID"]],
  cloudDeleted: [["a", "ZCLOUDDELETESTATE"]],
  // 1: in the active shared library. Sources: ScottKjr3347/iOS_Local_PL_Photos.sqlite_Queries, RhetTbull/osxphotos.
  sharedLibrary: [["a", "ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE"]],
  title: [["t", "ZTITLE"]],
  caption: [["d", "ZLONGDESCRIPTION"]],
  place: [["p", "ZTITLE"]],
  make: [["x", "ZCAMERAMAKE"]],
  model: [["x", "ZCAMERAMODEL"]],
  lens: [["x", "ZLENSMODEL"]],
  iso: [["x", "ZISO"]],
  aperture: [["x", "ZAPERTURE"]],
  exposureSeconds: [["x", "ZSHUTTERSPEED"]],
  focalLength35mm: [["x", "ZFOCALLENGTHIN35MM"]],
} satisfies Partial<Record<keyof AssetRow, readonly Choice[]>>;

/** Which features a missing column takes away. */
const needed: readonly (readonly [LibraryFeature, keyof typeof choices])[] = [
  ["uuid", "uuid"],
  ["favourite", "favourite"],
  ["hidden", "hidden"],
  ["trashed", "trashed"],
  ["edited", "edited"],
  ["captured", "created"],
  ["caption", "caption"],
  ["title", "title"],
  ["originalFilename", "originalFilename"],
  ["burst", "burstUuid"],
  ["camera", "model"],
  ["subtype", "kindSubtype"],
  ["place", "place"],
];

/**
 * Reads everything an exporter needs. Columns that are missing are named in `unknown`; nothing else is lost by them.
 * @returns undefined when this is no photo library
 */
export async function readLibraryRows(db: ForeignDatabase): Promise<LibraryRows | undefined> {
  const schema = await PhotosSchema.read(db);
  const { assetTable } = schema;
  if (assetTable === undefined) return undefined;
  const unknown = new Set<LibraryFeature>();
  const reader = new RowReader(db, schema, assetTable, unknown);
  return {
    paths: () => reader.paths(),
    assets: reader.assets(),
    takeResources: taker(await reader.resources()),
    ...(await reader.albums()),
    people: await reader.people(),
    keywords: await reader.keywords(),
    highlights: await reader.highlights(),
    unknown,
    knowsCloud:
      schema.has(assetTable, "ZMASTER") &&
      schema.has("ZCLOUDMASTER", "ZCLOUDLOCALSTATE") &&
      schema.isKeyed("ZCLOUDMASTER"),
    hasShared: await reader.hasShared(),
    found: {
      assets: assetTable,
      albums: schema.albumJoin?.table ?? null,
      keywords: schema.keywordJoin?.table ?? null,
    },
  };
}

interface Container {
  readonly key: string;
  readonly kind: number;
  readonly title: string;
  readonly parent: number | undefined;
  readonly trashed: boolean;
}

class RowReader {
  readonly #db: ForeignDatabase;
  readonly #schema: PhotosSchema;
  readonly #assetTable: string;
  readonly #unknown: Set<LibraryFeature>;

  constructor(db: ForeignDatabase, schema: PhotosSchema, assetTable: string, unknown: Set<LibraryFeature>) {
    this.#db = db;
    this.#schema = schema;
    this.#assetTable = assetTable;
    this.#unknown = unknown;
  }

  #table(source: Source): string {
    const names = {
      t: "ZADDITIONALASSETATTRIBUTES",
      x: "ZEXTENDEDATTRIBUTES",
      d: "ZASSETDESCRIPTION",
      m: "ZCLOUDMASTER",
      p: "ZMOMENT",
    };
    return source === "a" ? this.#assetTable : names[source];
  }

  /** How a table hangs on the asset's; undefined where the link itself is missing. */
  #link(source: Source): string | undefined {
    const s = this.#schema;
    switch (source) {
      case "a":
        return "";
      case "t":
      case "x":
        return s.isKeyed(this.#table(source)) && s.has(this.#table(source), "ZASSET")
          ? oneEach(this.#table(source), source)
          : undefined;
      case "d": {
        const there = s.has(this.#table("t"), "ZASSETDESCRIPTION") && s.isKeyed("ZASSETDESCRIPTION");
        return there && this.#link("t") ? "LEFT JOIN ZASSETDESCRIPTION d ON d.Z_PK = t.ZASSETDESCRIPTION" : undefined;
      }
      case "m":
        return s.has(this.#assetTable, "ZMASTER") && s.isKeyed("ZCLOUDMASTER")
          ? "LEFT JOIN ZCLOUDMASTER m ON m.Z_PK = a.ZMASTER"
          : undefined;
      case "p":
        return s.has(this.#assetTable, "ZMOMENT") && s.isKeyed("ZMOMENT")
          ? "LEFT JOIN ZMOMENT p ON p.Z_PK = a.ZMOMENT"
          : undefined;
    }
  }

  /** Existing columns of a choice list, best first, noting which tables they need. */
  #columns(list: readonly Choice[], used: Set<Source>): string[] {
    const columns: string[] = [];
    for (const [source, ...names] of list) {
      if (this.#link(source) === undefined) continue;
      for (const name of names)
        if (this.#schema.has(this.#table(source), name)) {
          used.add(source);
          columns.push(`${source}."${name}"`);
        }
    }
    return columns;
  }

  #expression(list: readonly Choice[], used: Set<Source>): string | undefined {
    const columns = this.#columns(list, used);
    return columns.length > 1 ? `coalesce(${columns.join(", ")})` : columns[0];
  }

  paths(): AsyncIterable<AssetPath> {
    const sql = `SELECT a.Z_PK, a.ZDIRECTORY, a.ZFILENAME FROM ${this.#assetTable} a ${this.#each()}`;
    return this.#iterate<AssetPath>(sql, pathNames);
  }

  #each(condition = ""): string {
    return `WHERE a.ZFILENAME IS NOT NULL ${condition} ORDER BY a.Z_PK LIMIT ${maxRows}`;
  }

  assets(): LibraryRows["assets"] {
    const used = new Set<Source>();
    const names: string[] = [...pathNames];
    const selected: string[] = ["a.Z_PK", "a.ZDIRECTORY", "a.ZFILENAME"];
    const expressions: Partial<Record<keyof AssetRow, string>> = {};
    for (const [name, list] of Object.entries(choices) as [keyof typeof choices, readonly Choice[]][]) {
      const expression = this.#expression(list, used);
      if (expression !== undefined) expressions[name] = expression;
    }
    const duration = this.#duration();
    if (duration !== undefined) expressions.duration = duration;
    for (const [feature, column] of needed) if (expressions[column] === undefined) this.#unknown.add(feature);
    for (const [name, expression] of Object.entries(expressions)) {
      names.push(name);
      selected.push(expression);
    }
    if (used.has("d")) used.add("t");
    const joins = (["t", "x", "d", "m", "p"] as const).filter((s) => used.has(s)).map((s) => this.#link(s));
    const from = `SELECT ${selected.join(", ")} FROM ${this.#assetTable} a ${joins.join(" ")}`;
    const isEdited = `coalesce(${expressions.edited ?? "0"}, 0) <> 0`;
    const conditions = { edited: `AND ${isEdited}`, unedited: `AND NOT (${isEdited})` };
    return (which) => this.#iterate<AssetRow>(`${from} ${this.#each(conditions[which])}`, names);
  }

  async hasShared(): Promise<boolean> {
    if (!this.#schema.has(this.#assetTable, "ZSAVEDASSETTYPE")) return false;
    const rows = await this.#db.all(`SELECT 1 FROM ${this.#assetTable} WHERE ZSAVEDASSETTYPE = 4 LIMIT 1`);
    return rows.length > 0;
  }

  async *#iterate<Row extends AssetPath>(sql: string, names: readonly string[]): AsyncGenerator<Row, void, undefined> {
    // SQLite makes a new string for each row: of what repeats from row to row, one is enough.
    const shared = names.map((name) => (repeating.has(name) ? new Map<unknown, unknown>() : undefined));
    for await (const values of this.#rows(sql)) {
      const row: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i += 1) row[names[i] as string] = oneOf(shared[i], values[i] ?? undefined);
      if (row["originalFilename"] === row["filename"]) row["originalFilename"] = row["filename"];
      // What SQLite's loose types may bring in place of text or numbers is looked at by whoever uses it; paths are text.
      if (typeof row["filename"] === "string")
        yield { ...(row as unknown as Row), directory: String(row["directory"] ?? "") };
    }
  }

  /** Of a video its own, of a Live Photo its movie's. */
  #duration(): string | undefined {
    const t = this.#assetTable;
    const own = this.#schema.has(t, "ZDURATION") ? "nullif(a.ZDURATION, 0)" : undefined;
    const live = this.#schema.hasAll(t, "ZVIDEOCPDURATIONVALUE", "ZVIDEOCPDURATIONTIMESCALE")
      ? "1.0 * nullif(a.ZVIDEOCPDURATIONVALUE, 0) / nullif(a.ZVIDEOCPDURATIONTIMESCALE, 0)"
      : undefined;
    return own && live ? `coalesce(${own}, ${live})` : (own ?? live);
  }

  async resources(): Promise<Map<number, ResourceRow[]>> {
    const byAsset = new Map<number, ResourceRow[]>();
    const table = "ZINTERNALRESOURCE";
    const s = this.#schema;
    if (!s.hasAll(table, "ZASSET", "ZRESOURCETYPE", "ZDATASTORESUBTYPE", "ZLOCALAVAILABILITY")) {
      this.#unknown.add("availability");
      return byAsset;
    }
    const or = (column: string, fallback: string): string => (s.has(table, column) ? column : fallback);
    // Only files that count as originals or renders: derivatives are four of five rows.
    const sql = `SELECT ZASSET, ZRESOURCETYPE, ZDATASTORESUBTYPE, ${or("ZVERSION", "0")}, ZLOCALAVAILABILITY, ${or("ZREMOTEAVAILABILITY", "NULL")}, ${or("ZDATALENGTH", "NULL")} FROM ${table} WHERE ZDATASTORESUBTYPE IN (1, 2, 8, 16, 17, 18, 19, 22) AND ZASSET IS NOT NULL LIMIT ${maxRows * 4}`;
    for await (const [asset, type, subtype, version, local, remote, bytes] of this.#rows(sql)) {
      const row: ResourceRow = {
        type: Number(type ?? -1),
        subtype: Number(subtype ?? -1),
        version: Number(version ?? 0),
        local: number(local),
        remote: number(remote),
        bytes: number(bytes),
      };
      addTo(byAsset, Number(asset), row);
    }
    return byAsset;
  }

  async albums(): Promise<Pick<LibraryRows, "albums" | "sharedAlbums">> {
    const join = this.#schema.albumJoin;
    const s = this.#schema;
    if (!join || !s.hasAll("ZGENERICALBUM", "Z_PK", "ZKIND", "ZTITLE")) {
      this.#unknown.add("albums");
      return { albums: [], sharedAlbums: [] };
    }
    const parent = s.has("ZGENERICALBUM", "ZPARENTFOLDER") ? "ZPARENTFOLDER" : "NULL";
    const trashed = s.has("ZGENERICALBUM", "ZTRASHEDSTATE") ? "ZTRASHEDSTATE" : "0";
    const uuid = s.has("ZGENERICALBUM", "ZUUID") ? "ZUUID" : "NULL";
    const containers = new Map<number, Container>();
    for await (const [key, kind, title, parentKey, state, id] of this.#rows(
      `SELECT Z_PK, ZKIND, ZTITLE, ${parent}, ${trashed}, ${uuid} FROM ZGENERICALBUM LIMIT ${maxRows}`,
    ))
      containers.set(Number(key), {
        key: text(id) || String(key),
        kind: Number(kind ?? -1),
        title: text(title),
        parent: number(parentKey),
        trashed: Number(state ?? 0) !== 0,
      });
    const assets = new Map<number, number[]>();
    const order = join.order === undefined ? "" : `, "${join.order}"`;
    for await (const [album, asset] of this.#rows(
      `SELECT "${join.album}", "${join.asset}" FROM "${join.table}" WHERE "${join.asset}" IS NOT NULL ORDER BY "${join.album}"${order} LIMIT ${maxRows * 4}`,
    ))
      addTo(assets, Number(album), Number(asset));
    const albums: AlbumRow[] = [];
    for (const [key, album] of containers) {
      if (album.kind !== userAlbum || album.trashed || album.title === "") continue;
      const folders: string[] = [];
      let at = album.parent;
      for (let depth = 0; at !== undefined && depth < maxFolderDepth; depth += 1) {
        const folder = containers.get(at);
        if (folder?.kind !== userFolder) break;
        folders.unshift(folder.title);
        at = folder.parent;
      }
      albums.push({ key: album.key, title: album.title, folders, assets: assets.get(key) ?? [] });
    }
    const isShared = (c: Container): boolean => c.kind === sharedAlbum && !c.trashed && c.title !== "";
    return { albums, sharedAlbums: [...containers.values()].filter(isShared).map((c) => c.title) };
  }

  async people(): Promise<Map<number, string[]>> {
    const byAsset = new Map<number, string[]>();
    const s = this.#schema;
    const asset = s.first("ZDETECTEDFACE", "ZASSETFORFACE", "ZASSET");
    const person = s.first("ZDETECTEDFACE", "ZPERSONFORFACE", "ZPERSON");
    const names = ["ZFULLNAME", "ZDISPLAYNAME"].filter((c) => s.has("ZPERSON", c));
    if (!asset || !person || names.length === 0 || !s.has("ZPERSON", "Z_PK")) {
      this.#unknown.add("people");
      return byAsset;
    }
    const target = s.has("ZPERSON", "ZMERGETARGETPERSON") ? "ZMERGETARGETPERSON" : "NULL";
    const persons = new Map<number, { name: string; target: number | undefined }>();
    const name = `coalesce(${[...names.map((c) => `nullif(${c}, '')`), "''"].join(", ")})`;
    for await (const [key, fullName, mergedInto] of this.#rows(
      `SELECT Z_PK, ${name}, ${target} FROM ZPERSON LIMIT ${maxRows}`,
    ))
      persons.set(Number(key), { name: text(fullName), target: number(mergedInto) });
    const shown = ["ZHIDDEN", "ZISINTRASH"]
      .filter((c) => s.has("ZDETECTEDFACE", c))
      .map((c) => `coalesce(${c}, 0) = 0`);
    const where = [`${asset} IS NOT NULL`, `${person} IS NOT NULL`, ...shown].join(" AND ");
    for await (const [assetKey, personKey] of this.#rows(
      `SELECT ${asset}, ${person} FROM ZDETECTEDFACE WHERE ${where} LIMIT ${maxRows * 4}`,
    )) {
      let at = persons.get(Number(personKey));
      for (let hops = 0; at?.target !== undefined && hops < maxFolderDepth; hops += 1) at = persons.get(at.target);
      if (!at || at.name === "") continue;
      if (byAsset.get(Number(assetKey))?.includes(at.name)) continue;
      addTo(byAsset, Number(assetKey), at.name);
    }
    return byAsset;
  }

  async keywords(): Promise<Map<number, string[]>> {
    const byAsset = new Map<number, string[]>();
    const join = this.#schema.keywordJoin;
    if (
      !join ||
      !this.#schema.isKeyed("ZKEYWORD") ||
      !this.#schema.has("ZKEYWORD", "ZTITLE") ||
      !this.#schema.isKeyed("ZADDITIONALASSETATTRIBUTES") ||
      !this.#schema.has("ZADDITIONALASSETATTRIBUTES", "ZASSET")
    ) {
      this.#unknown.add("keywords");
      return byAsset;
    }
    const titles = new Map<number, string>();
    for await (const [key, title] of this.#rows(
      `SELECT Z_PK, ZTITLE FROM ZKEYWORD WHERE ZTITLE IS NOT NULL LIMIT ${maxRows}`,
    ))
      titles.set(Number(key), text(title));
    const sql = `SELECT t.ZASSET, j."${join.keyword}" FROM "${join.table}" j JOIN ZADDITIONALASSETATTRIBUTES t ON t.Z_PK = j."${join.attributes}" LIMIT ${maxRows * 4}`;
    for await (const [asset, key] of this.#rows(sql)) {
      const title = titles.get(Number(key));
      if (title) addTo(byAsset, Number(asset), title);
    }
    for (const names of byAsset.values()) names.sort();
    return byAsset;
  }

  async highlights(): Promise<LibraryRows["highlights"]> {
    return await readHighlights((sql) => this.#rows(sql), this.#schema, this.#assetTable);
  }

  async *#rows(sql: string): AsyncGenerator<ForeignRow, void, undefined> {
    const yielder = new Yielder();
    for await (const batch of this.#db.batches(sql))
      for (const row of batch) {
        if (yielder.isDue) await yielder.yieldNow();
        yield row;
      }
  }
}

const repeating: ReadonlySet<string> = new Set(["directory", "make", "model", "lens", "place", "burstUuid"]);
/** More different values than this are not worth keeping. */
const maxShared = 10_000;

function oneOf(known: Map<unknown, unknown> | undefined, value: unknown): unknown {
  if (known === undefined || typeof value !== "string") return value;
  const same = known.get(value);
  if (same !== undefined) return same;
  if (known.size < maxShared) known.set(value, value);
  return value;
}

/** Text comes composed and decomposed in one database: the composed form is used throughout. A number may be somebody's title. */
function text(value: unknown): string {
  if (typeof value === "string") return value.normalize("NFC");
  return typeof value === "number" ? String(value) : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function taker<T>(lists: Map<number, T[]>): (key: number) => readonly T[] {
  return (key) => {
    const list = lists.get(key) ?? [];
    lists.delete(key);
    return list;
  };
}
