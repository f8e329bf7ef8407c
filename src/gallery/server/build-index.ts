/**
 * Fills an index from catalogs and kept libraries. Phone by phone: the libraries go into a table of their own, the newest first, and
 * each photo of the catalog takes what the newest that has it says; so albums and people outlive the phone. One photo in several
 * destinations, or of a phone that replaced another, is one here, and the others are its copies.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { MediaFacts } from "../../media/index.ts";
import { fileKind } from "../../media/kinds.ts";
import type { Catalog, CatalogRow } from "../../transfer/catalog/index.ts";
import { flag, ratioBounds, ratioScale } from "../wire.ts";
import { Breath, type BuildOptions } from "./index-breath.ts";
import type { IndexFile } from "./index-file.ts";
import { Words } from "./index-words.ts";
import { factsOfKept, kindWordsOf, type PhotoFacts } from "./kept-facts.ts";
import { KeptPhotos } from "./kept-photos.ts";
import type { ShownPlace } from "./opened-places.ts";

type PhotoRow = CatalogRow & { readonly createdMs: number };

/** Fills an empty index. @param key what it is made from: see `openIndex` */
export async function buildIndex(
  index: IndexFile,
  places: readonly ShownPlace[],
  key: string,
  options: BuildOptions = {},
): Promise<void> {
  index.run(
    "CREATE TEMP TABLE draft AS SELECT * FROM photo; CREATE TEMP TABLE draft_part AS SELECT * FROM part; CREATE TEMP TABLE draft_chosen AS SELECT * FROM chosen",
  );
  const builder = new Builder(index, options);
  for (const place of places) await builder.take(place);
  builder.order();
  await builder.words();
  index.run("DROP TABLE draft; DROP TABLE draft_part; DROP TABLE draft_chosen");
  index.finish(key);
}

class Builder {
  readonly #index: IndexFile;
  readonly #kept: KeptPhotos;
  readonly #words: Words;
  readonly #breath: Breath;
  readonly #phones = new Map<string, number>();
  #photos = 0;
  #places = 0;

  constructor(index: IndexFile, options: BuildOptions) {
    this.#index = index;
    this.#breath = new Breath(options);
    this.#kept = new KeptPhotos(index, this.#breath);
    this.#words = new Words(index, this.#breath);
  }

  async take(place: ShownPlace): Promise<void> {
    this.#places += 1;
    await this.#kept.take(place);
    await this.#takePhotos(place);
  }

  async #takePhotos(place: ShownPlace): Promise<void> {
    const { catalog } = place;
    let group: PhotoRow[] = [];
    this.#index.run("BEGIN");
    for (const row of catalog.items.eachOfPhotos()) {
      const [first] = group;
      if (first && (first.device !== row.device || first.photoId !== row.photoId)) {
        this.#photo(place, group);
        group = [];
        await this.#breath.take({ step: "photos", done: this.#photos, of: this.#kept.photos });
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
    if (there !== undefined) return this.#parts(there, place, parts, this.#partsOf(there));
    const facts = this.#facts(place, parts);
    this.#photos += 1;
    const shown = parts.find((p) => p.role === "edit") ?? first;
    const { gps } = facts;
    this.#index.write(
      "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[this.#photos, phone, first.photoId, facts.name ?? posix.basename(first.target), dayOf(facts.taken)],
      ...[facts.taken ?? null, tileRatio(facts.ratio), facts.flags, Math.round(facts.duration)],
      ...[parts.reduce((sum, p) => sum + p.sizeBytes, 0), gps?.lat ?? null, gps?.lon ?? null],
      ...[contentName(shown), facts.burst ?? null, JSON.stringify(facts.detail)],
    );
    this.#parts(this.#photos, place, parts, 0);
    for (const [kind, value] of this.#found(facts, parts)) this.#words.add(kind, value, this.#photos);
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

  /**
   * The same photo of another destination; or the same bytes of another phone, as when one phone replaces the other. Most people have
   * one of each, and then nothing is looked for, and nothing is kept in order for it.
   */
  #same(phone: number, { photoId, sha256 }: PhotoRow): number | undefined {
    if (this.#places > 1) {
      this.#index.once("CREATE INDEX draft_id ON draft (phone, photo_id)");
      const mine = this.#index.get("SELECT id FROM draft WHERE phone = ? AND photo_id = ?", phone, photoId)?.["id"];
      if (mine !== undefined) return mine as number;
    }
    if (sha256 === undefined || this.#phones.size === 1) return undefined;
    this.#index.once("CREATE INDEX draft_sha ON draft_part (sha) WHERE n = 0");
    this.#index.once("CREATE UNIQUE INDEX draft_number ON draft (id)");
    return this.#index.get(
      "SELECT d.id FROM draft_part p JOIN draft d ON d.id = p.photo WHERE p.sha = ? AND p.n = 0 AND d.phone <> ?",
      sha256,
      phone,
    )?.["id"] as number | undefined;
  }

  #partsOf(photo: number): number {
    this.#index.once("CREATE INDEX draft_photo ON draft_part (photo)");
    return this.#index.get("SELECT count(*) AS n FROM draft_part WHERE photo = ?", photo)?.["n"] as number;
  }

  /** @param before how many the photo has already */
  #parts(photo: number, { n: place }: ShownPlace, parts: readonly PhotoRow[], before: number): void {
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
    const kept = this.#kept.of(first.device, first.photoId);
    const known = kept === undefined ? factsOfFile(catalog, first) : factsOfKept(kept);
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
    `);
    const ranks = new Int32Array(this.#photos + 1);
    for (const { old, new: rank } of this.#index.each("SELECT old, new FROM ranked"))
      ranks[old as number] = rank as number;
    this.#index.run("DROP TABLE ranked");
    this.#words.write(ranks);
  }

  async words(): Promise<void> {
    this.#kept.end();
    await this.#words.makeFound();
  }
}

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
