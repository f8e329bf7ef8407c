/**
 * Fills an index from catalogs and kept libraries. Phone by phone: the libraries go into a table of their own, the newest first, and
 * each photo of the catalog takes what the newest that has it says; so albums and people outlive the phone. One photo in several
 * destinations, or of a phone that replaced another, is one here, and the others are its copies.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { MediaFacts } from "../../media/index.ts";
import { fileKind } from "../../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { Yielder } from "../../shared/async.ts";
import type { Catalog, CatalogRow } from "../../transfer/catalog/index.ts";
import type { DestinationFolder, Place } from "../../transfer/destination/index.ts";
import { type KeptPhoto, keptLibraries, readKeptLibrary } from "../../transfer/logs/index.ts";
import { flag, ratioBounds, ratioScale } from "../wire.ts";
import { fold } from "./fold.ts";
import type { IndexFile } from "./index-file.ts";
import { factsOfKept, kindWordsOf, type PhotoFacts } from "./kept-facts.ts";

/** A destination that the page shows. */
export interface ShownPlace {
  readonly n: number;
  readonly folder: DestinationFolder;
  readonly place: Place;
  readonly catalog: Catalog;
}

type PhotoRow = CatalogRow & { readonly createdMs: number };

/** Called from time to time with how many photos are there so far. */
export interface BuildOptions extends AbortOptions {
  readonly onProgress?: (photos: number) => void;
}

/** Older libraries are read only for photos that newer ones do not have, and no more than so many of them. */
const maxLibraries = 48;
/** After so many that add nothing, older ones are not asked. */
const enoughIdle = 3;

/** Fills an empty index. @param key what it is made from: see `openIndex` */
export async function buildIndex(
  index: IndexFile,
  places: readonly ShownPlace[],
  key: string,
  options: BuildOptions = {},
): Promise<void> {
  index.run(
    "CREATE TEMP TABLE kept (device TEXT, id TEXT, json TEXT, PRIMARY KEY (device, id)) WITHOUT ROWID; CREATE TEMP TABLE want (device TEXT, id TEXT, PRIMARY KEY (device, id)) WITHOUT ROWID; CREATE TEMP TABLE draft AS SELECT * FROM photo; CREATE TEMP TABLE draft_part AS SELECT * FROM part; CREATE INDEX draft_id ON draft (phone, photo_id); CREATE INDEX draft_sha ON draft_part (sha) WHERE n = 0; CREATE INDEX draft_photo ON draft_part (photo); CREATE TEMP TABLE draft_has (text INT, photo INT); CREATE TEMP TABLE draft_chosen AS SELECT * FROM chosen",
  );
  const builder = new Builder(index, options);
  for (const place of places) {
    await builder.takeLibraries(place);
    await builder.takePhotos(place);
  }
  builder.order();
  await builder.words();
  index.run(
    "DROP TABLE kept; DROP TABLE want; DROP TABLE draft; DROP TABLE draft_part; DROP TABLE draft_has; DROP TABLE draft_chosen",
  );
  index.finish(key);
}

class Builder {
  readonly #index: IndexFile;
  readonly #options: BuildOptions;
  readonly #yielder = new Yielder();
  readonly #phones = new Map<string, number>();
  readonly #texts = new Map<string, number>();
  #photos = 0;

  constructor(index: IndexFile, options: BuildOptions) {
    this.#index = index;
    this.#options = options;
  }

  async #breathe(): Promise<void> {
    throwIfAborted(this.#options.signal);
    if (this.#yielder.isDue) await this.#yielder.yieldNow();
  }

  /** The newest first, until every photo has what one of them says, or older ones have nothing to add. */
  async takeLibraries({ place, catalog }: ShownPlace): Promise<void> {
    const { runs } = place.metadata;
    const phoneOf = new Map(catalog.runs.all().map((run) => [run.id, run.device]));
    const [onlyPhone] = new Set(phoneOf.values()).size === 1 ? phoneOf.values() : [];
    const wanted = await this.#wanted(catalog);
    const idle = new Map<string, number>();
    for (const { name, runId } of (await keptLibraries(runs)).slice(0, maxLibraries)) {
      const device = phoneOf.get(runId) ?? onlyPhone;
      const left = wanted.get(device ?? "") ?? 0;
      if (device === undefined || left === 0 || (idle.get(device) ?? 0) >= enoughIdle) continue;
      let added = 0;
      this.#index.run("BEGIN");
      for await (const photo of readKeptLibrary(runs, name)) {
        added += this.#keep(device, photo);
        await this.#breathe();
      }
      this.#index.run("COMMIT");
      wanted.set(device, left - added);
      idle.set(device, added === 0 ? (idle.get(device) ?? 0) + 1 : 0);
    }
  }

  /** Fills the table `want` with photos of which no library said anything yet. @returns how many there are of each phone */
  async #wanted(catalog: Catalog): Promise<Map<string, number>> {
    this.#index.run("BEGIN");
    for (const { device, photoId } of catalog.items.planRows()) {
      this.#index.write("INSERT OR IGNORE INTO want VALUES (?, ?)", device, photoId);
      await this.#breathe();
    }
    this.#index.run("DELETE FROM want WHERE (device, id) IN (SELECT device, id FROM kept); COMMIT");
    const counts = this.#index.all("SELECT device, count(*) AS n FROM want GROUP BY device");
    return new Map(counts.map((r) => [r["device"] as string, r["n"] as number]));
  }

  /** @returns 1 where it was wanted */
  #keep(device: string, photo: KeptPhoto): number {
    const id = photo["id"];
    if (typeof id !== "string") return 0;
    if (!this.#index.get("DELETE FROM want WHERE device = ? AND id = ? RETURNING 1 AS n", device, id)) return 0;
    this.#index.write("INSERT OR IGNORE INTO kept VALUES (?, ?, ?)", device, id, JSON.stringify(photo));
    return 1;
  }

  async takePhotos(place: ShownPlace): Promise<void> {
    const { catalog } = place;
    let group: PhotoRow[] = [];
    this.#index.run("BEGIN");
    for (const row of catalog.items.eachOfPhotos()) {
      const [first] = group;
      if (first && (first.device !== row.device || first.photoId !== row.photoId)) {
        this.#photo(place, group);
        group = [];
        await this.#breathe();
      }
      group.push(row);
    }
    if (group.length > 0) this.#photo(place, group);
    this.#index.run("COMMIT");
  }

  /** @param rows of one photo, the newest of each role first */
  #photo(place: ShownPlace, rows: readonly PhotoRow[]): void {
    const parts = newestOfEach(rows);
    if (!parts) return;
    const [first] = parts;
    const phone = this.#phone(first.device);
    const there = this.#same(phone, first);
    if (there !== undefined) return this.#parts(there, place, parts);
    const facts = this.#facts(place, parts);
    this.#photos += 1;
    if (this.#photos % 10_000 === 0) this.#options.onProgress?.(this.#photos);
    const shown = parts.find((p) => p.role === "edit") ?? first;
    const { gps } = facts;
    this.#index.write(
      "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[this.#photos, phone, first.photoId, facts.name ?? posix.basename(first.target), dayOf(facts.taken)],
      ...[facts.taken ?? null, tileRatio(facts.ratio), facts.flags, Math.round(facts.duration)],
      ...[parts.reduce((sum, p) => sum + p.sizeBytes, 0), gps?.lat ?? null, gps?.lon ?? null],
      ...[contentName(shown), facts.burst ?? null, JSON.stringify(facts.detail)],
    );
    this.#parts(this.#photos, place, parts);
    for (const [kind, value] of this.#found(facts, parts)) this.#has(kind, value, this.#photos);
    for (const { key, kind, day, title, subtitle, score, isCover } of facts.chosenFor)
      this.#index.write(
        "INSERT INTO draft_chosen VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ...[`${phone}:${key}`, kind, day, title, subtitle, score, this.#photos, isCover ? 1 : 0],
      );
  }

  #found(facts: PhotoFacts, parts: readonly PhotoRow[]): (readonly [string, string])[] {
    const names = new Set([facts.name ?? "", ...parts.map((p) => posix.basename(p.target))]);
    return [
      ...facts.words,
      ...[...names].filter(Boolean).map((n) => ["name", n] as const),
      ...kindWordsOf(facts.flags).map((w) => ["kind", w] as const),
    ];
  }

  #phone(device: string): number {
    const n = this.#phones.get(device) ?? this.#phones.size + 1;
    if (!this.#phones.has(device)) {
      this.#phones.set(device, n);
      this.#index.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", `phone:${n}`, device);
    }
    return n;
  }

  /** The same photo of another destination; or the same bytes of another phone, as when one phone replaces the other. */
  #same(phone: number, { photoId, sha256 }: PhotoRow): number | undefined {
    const mine = this.#index.get("SELECT id FROM draft WHERE phone = ? AND photo_id = ?", phone, photoId)?.["id"];
    if (mine !== undefined) return mine as number;
    if (sha256 === undefined) return undefined;
    return this.#index.get(
      "SELECT d.id FROM draft_part p JOIN draft d ON d.id = p.photo WHERE p.sha = ? AND p.n = 0 AND d.phone <> ?",
      sha256,
      phone,
    )?.["id"] as number | undefined;
  }

  #parts(photo: number, { n: place }: ShownPlace, parts: readonly PhotoRow[]): void {
    const before = this.#index.get("SELECT count(*) AS n FROM draft_part WHERE photo = ?", photo)?.["n"] as number;
    for (const [i, p] of parts.entries())
      this.#index.write(
        "INSERT INTO draft_part VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[photo, before + i, p.role, place, p.device, p.path, p.target, p.sizeBytes, p.sha256 ?? null],
        ...[p.createdMs, p.modifiedMs, p.copiedAt, p.runId, p.readBack?.at ?? null, p.readBack?.found ?? null],
      );
  }

  /** Of the kept library; without one, what the heads of its files said when it was copied. */
  #facts({ catalog }: ShownPlace, parts: readonly [PhotoRow, ...PhotoRow[]]): PhotoFacts {
    const [first] = parts;
    const json = this.#index.get("SELECT json FROM kept WHERE device = ? AND id = ?", first.device, first.photoId)?.[
      "json"
    ];
    const known =
      json === undefined ? factsOfFile(catalog, first) : factsOfKept(JSON.parse(json as string) as KeptPhoto);
    let { flags } = known;
    const kind = fileKind(first.target);
    if (kind === "video") flags |= flag.video;
    if (kind === "raw" || parts.some((p) => p.role === "raw")) flags |= flag.raw;
    if (parts.some((p) => p.role === "live-video")) flags |= flag.live;
    else flags &= ~flag.live;
    if (parts.some((p) => p.role === "edit")) flags |= flag.edited;
    if (/(?:^|\/)Hidden\//.test(first.target)) flags |= flag.hidden;
    if (/(?:^|\/)Recently Deleted\//.test(first.target)) flags |= flag.trashed;
    return { ...known, flags, taken: known.taken ?? first.captured };
  }

  #has(kind: string, value: string, photo: number): void {
    this.#index.write("INSERT INTO draft_has VALUES (?, ?)", this.#text(kind, value), photo);
  }

  #text(kind: string, value: string): number {
    const key = `${kind}\0${value}`;
    // Names of files are mostly used once: only what comes again is worth remembering.
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    this.#index.write("INSERT OR IGNORE INTO text (kind, value, folded) VALUES (?, ?, ?)", kind, value, fold(value));
    const id = this.#index.get("SELECT id FROM text WHERE kind = ? AND value = ?", kind, value)?.["id"] as number;
    if (kind !== "name" && this.#texts.size < 50_000) this.#texts.set(key, id);
    return id;
  }

  /** Numbers photos in the order of the timeline, so that a view is in order by its numbers. Undated ones come before all others. */
  order(): void {
    this.#index.run(`
      CREATE TEMP TABLE ranked AS SELECT id AS old, row_number() OVER (ORDER BY taken IS NOT NULL, taken, name, id) AS new FROM draft;
      CREATE UNIQUE INDEX ranked_old ON ranked (old);
      INSERT INTO photo SELECT r.new, phone, photo_id, name, day, taken, ratio, flags, duration, size, lat, lon, v, burst, detail
        FROM ranked r JOIN draft d ON d.id = r.old ORDER BY r.new;
      INSERT INTO part SELECT r.new, n, role, place, device, path, target, size, sha, created, modified, copied, run, read_at, found
        FROM ranked r JOIN draft_part p ON p.photo = r.old ORDER BY r.new, n;
      INSERT OR IGNORE INTO chosen SELECT key, kind, c.day, title, subtitle, score, r.new, cover
        FROM draft_chosen c JOIN ranked r ON r.old = c.photo ORDER BY key, r.new;
      INSERT OR IGNORE INTO has SELECT text, r.new FROM draft_has h JOIN ranked r ON r.old = h.photo ORDER BY text, r.new;
      DROP TABLE ranked;`);
  }

  /** Every text once, however many photos have it. */
  async words(): Promise<void> {
    this.#texts.clear();
    const last = (this.#index.get("SELECT max(id) AS n FROM text")?.["n"] as number | null) ?? 0;
    for (let from = 1; from <= last; from += pageTexts) {
      const to = from + pageTexts - 1;
      this.#index.run("BEGIN");
      for (const table of ["word", "piece"])
        this.#index.write(
          `INSERT INTO ${table} (rowid, folded) SELECT id, folded FROM text WHERE id BETWEEN ? AND ?`,
          from,
          to,
        );
      this.#index.run("COMMIT");
      await this.#breathe();
    }
  }
}

/** So many texts are made searchable before others have their turn. */
const pageTexts = 2_000;

/** What the first bytes of a file said when it was copied; the catalog keeps it. */
function factsOfFile(catalog: Catalog, row: PhotoRow): PhotoFacts {
  const found = catalog.facts.find(row.device, {
    ...{ id: row.path, path: row.path, name: posix.basename(row.path), area: "camera-roll", sizeBytes: row.sizeBytes },
    ...{ modifiedAt: row.modifiedMs === 0 ? undefined : new Date(row.modifiedMs), createdAt: undefined },
  });
  const { captured: _, ...facts }: Partial<MediaFacts> = found === "old" || found === undefined ? {} : found;
  return factsOfKept({ ...facts, path: row.path });
}

/** The original first, then what else there is, of each role what was copied last. */
function newestOfEach(rows: readonly PhotoRow[]): [PhotoRow, ...PhotoRow[]] | undefined {
  const byRole = new Map<string, PhotoRow>();
  for (const row of rows) if (!byRole.has(row.role)) byRole.set(row.role, row);
  const order = (row: PhotoRow): number => (row.role === "original" ? 0 : row.role === "edit" ? 1 : 2);
  const parts = [...byRole.values()].sort((a, b) => order(a) - order(b));
  const isShown = parts.some((p) => ["photo", "video", "raw"].includes(fileKind(p.target)));
  const [first, ...others] = parts;
  return first && isShown ? [first, ...others] : undefined;
}

/** "2024-05-01T…" -> 20240501; 0 where there is none. */
function dayOf(taken: string | undefined): number {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)/.exec(taken ?? "") ?? [];
  return year === undefined ? 0 : Number(`${year}${month}${date}`);
}

function tileRatio(ratio: number): number {
  return Math.min(ratioBounds.most, Math.max(ratioBounds.least, Math.round(ratio * ratioScale)));
}

/** Names what a file holds: where its hash was not taken, who it is. */
function contentName({ sha256, target, sizeBytes, modifiedMs }: PhotoRow): string {
  const named = (): string => createHash("sha256").update([target, sizeBytes, modifiedMs].join("\0")).digest("hex");
  return (sha256 ?? named()).slice(0, 16);
}
