/**
 * Finds tables and columns of a Photos.sqlite by looking, never by iOS version: names move between releases and inside them.
 * A column that was not seen is never mentioned in a query. Facts: ScottKjr3347/iOS_Local_PL_Photos.sqlite_Queries,
 * abrignoni/iLEAPP (scripts/artifacts/Ph*.py), RhetTbull/osxphotos.
 */
import type { ForeignDatabase, ForeignTable } from "../../shared/foreign-database.ts";

/** Core Data numbers a few hundred entities. */
const maxEntities = 10_000;

/**
 * The table that joins albums and assets, with the names of its columns: both change from release to release (`Z_26ASSETS`,
 * `Z_28ASSETS`).
 */
export interface AlbumJoin {
  readonly table: string;
  readonly album: string;
  readonly asset: string;
  readonly order: string | undefined;
}

/** The table that joins keywords and assets; see `AlbumJoin`. */
export interface KeywordJoin {
  readonly table: string;
  readonly attributes: string;
  readonly keyword: string;
}

/** Tables and columns that are there, and the joins whose names carry entity numbers. */
export class PhotosSchema {
  readonly #tables: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #keys: ReadonlyMap<string, string | undefined>;
  /** Undefined when this is no photo library: then nothing of it can be used. */
  readonly assetTable: string | undefined;
  readonly albumJoin: AlbumJoin | undefined;
  readonly keywordJoin: KeywordJoin | undefined;

  constructor(found: readonly ForeignTable[], entityNumbers: ReadonlyMap<string, number>) {
    const tables = new Map(found.map((t) => [t.name, new Set(t.columns)]));
    this.#tables = tables;
    this.#keys = new Map(found.map((t) => [t.name, t.key]));
    this.assetTable = ["ZASSET", "ZGENERICASSET"].find(
      (t) => this.isKeyed(t) && this.hasAll(t, "ZDIRECTORY", "ZFILENAME"),
    );
    this.albumJoin = findAlbumJoin(tables, entityNumbers.get("Album"));
    this.keywordJoin = findKeywordJoin(tables);
  }

  /** @throws {ForeignDatabaseError} */
  static async read(db: ForeignDatabase): Promise<PhotosSchema> {
    const tables = await db.tables();
    const entities = new Map<string, number>();
    const columns = tables.find((t) => t.name === "Z_PRIMARYKEY")?.columns ?? [];
    if (columns.includes("Z_NAME") && columns.includes("Z_ENT"))
      for (const [ent, name] of await db.all(`SELECT Z_ENT, Z_NAME FROM Z_PRIMARYKEY LIMIT ${maxEntities}`))
        if (typeof name === "string" && typeof ent === "number") entities.set(name, ent);
    return new PhotosSchema(tables, entities);
  }

  /** Whether at most one row has a value of `Z_PK`. What has no such key is not joined: ten thousand equal ones make a query endless. */
  isKeyed(table: string): boolean {
    return this.#keys.get(table) === "Z_PK";
  }

  has(table: string, column: string): boolean {
    return this.#tables.get(table)?.has(column) === true;
  }

  hasAll(table: string, ...columns: string[]): boolean {
    return columns.every((c) => this.has(table, c));
  }

  /** The first column that is there. */
  first(table: string, ...columns: string[]): string | undefined {
    return columns.find((c) => this.has(table, c));
  }
}

/**
 * Joins the one row of a table that belongs to an asset. Nothing in the database promises that there is one alone, so of several the
 * newest is taken before the join; the cast lets SQLite make an index of these, whatever the column was declared as.
 */
export function oneEach(table: string, as: string): string {
  const keys = `(SELECT max(Z_PK) AS key, CAST(ZASSET AS INTEGER) AS asset FROM ${table} NOT INDEXED GROUP BY 2)`;
  return `LEFT JOIN ${keys} ${as}k ON ${as}k.asset = a.Z_PK LEFT JOIN ${table} ${as} ON ${as}.Z_PK = ${as}k.key`;
}

/**
 * `Z_<n>ASSETS` with one `Z_<n>ALBUMS` and one `Z_<n>ASSETS` column. Looser patterns also hit tables of memories and key assets.
 * Where several fit, Z_PRIMARYKEY's number of the entity Album decides.
 */
function findAlbumJoin(
  tables: ReadonlyMap<string, ReadonlySet<string>>,
  albumEntity: number | undefined,
): AlbumJoin | undefined {
  const fitting: AlbumJoin[] = [];
  for (const [table, columns] of tables) {
    if (!/^Z_\d+ASSETS$/.test(table)) continue;
    const album = [...columns].filter((c) => /^Z_\d+ALBUMS$/.test(c));
    const asset = [...columns].filter((c) => /^Z_\d+ASSETS$/.test(c));
    const order = [...columns].find((c) => /^Z_FOK_\d+ASSETS$/.test(c));
    if (album.length === 1 && asset.length === 1)
      fitting.push({ table, album: album[0] as string, asset: asset[0] as string, order });
  }
  return fitting.find((j) => j.table === `Z_${albumEntity}ASSETS`) ?? fitting[0];
}

function findKeywordJoin(tables: ReadonlyMap<string, ReadonlySet<string>>): KeywordJoin | undefined {
  for (const [table, columns] of tables) {
    if (!/^Z_\d+KEYWORDS$/.test(table)) continue;
    const attributes = [...columns].find((c) => /^Z_\d+ASSETATTRIBUTES$/.test(c));
    const keyword = [...columns].find((c) => /^Z_\d+KEYWORDS$/.test(c));
    if (attributes && keyword) return { table, attributes, keyword };
  }
  return undefined;
}
