/**
 * Finds tables and columns of a Photos.sqlite by looking, never by iOS version: names move between releases and inside them.
 * A column that was not seen is never mentioned in a query. Facts: ScottKjr3347/iOS_Local_PL_Photos.sqlite_Queries,
 * abrignoni/iLEAPP (scripts/artifacts/Ph*.py), RhetTbull/osxphotos.
 */
import type { DatabaseSync } from "node:sqlite";

export interface AlbumJoin {
  readonly table: string;
  readonly album: string;
  readonly asset: string;
  readonly order: string | undefined;
}

export interface KeywordJoin {
  readonly table: string;
  readonly attributes: string;
  readonly keyword: string;
}

/** Tables and columns that are there, and the joins whose names carry entity numbers. */
export class PhotosSchema {
  readonly #tables: ReadonlyMap<string, ReadonlySet<string>>;
  /** Undefined when this is no photo library: then nothing of it can be used. */
  readonly assetTable: string | undefined;
  readonly albumJoin: AlbumJoin | undefined;
  readonly keywordJoin: KeywordJoin | undefined;

  constructor(tables: ReadonlyMap<string, ReadonlySet<string>>, entityNumbers: ReadonlyMap<string, number>) {
    this.#tables = tables;
    this.assetTable = ["ZASSET", "ZGENERICASSET"].find((t) => this.hasAll(t, "Z_PK", "ZDIRECTORY", "ZFILENAME"));
    this.albumJoin = findAlbumJoin(tables, entityNumbers.get("Album"));
    this.keywordJoin = findKeywordJoin(tables);
  }

  static read(db: DatabaseSync): PhotosSchema {
    const tables = new Map<string, Set<string>>();
    const rows = db
      .prepare(
        "SELECT m.name AS tableName, c.name AS columnName FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
      )
      .all() as { tableName: string; columnName: string }[];
    for (const { tableName, columnName } of rows) {
      const columns = tables.get(tableName);
      if (columns) columns.add(columnName);
      else tables.set(tableName, new Set([columnName]));
    }
    const entities = new Map<string, number>();
    if (tables.get("Z_PRIMARYKEY")?.has("Z_NAME") && tables.get("Z_PRIMARYKEY")?.has("Z_ENT"))
      for (const row of db.prepare("SELECT Z_ENT AS ent, Z_NAME AS name FROM Z_PRIMARYKEY").all())
        if (typeof row["name"] === "string" && typeof row["ent"] === "number") entities.set(row["name"], row["ent"]);
    return new PhotosSchema(tables, entities);
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
