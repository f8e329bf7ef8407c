/**
 * Where a place's catalog lives: in the place, where SQLite can be trusted to write there; else in the person's data folder, with a
 * copy brought to the place after each run, so that the drive still carries its own history.
 */

import { createReadStream, createWriteStream, existsSync, lstatSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { AbortOptions } from "../../shared/abort.ts";
import { assertPlain, diskError } from "../../shared/disk-errors.ts";
import { DestinationError, toAppError } from "../../shared/errors.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { catalogName } from "../destination/metadata-folder.ts";
import type { MetadataStore } from "../destination/store.ts";
import { Catalog, discardCatalog } from "./catalog.ts";
import { isWholeCatalog } from "./check.ts";

/** What decides where a destination's catalog lies. */
export interface CatalogHome {
  readonly store: MetadataStore;
  readonly id: string;
  /** The person's data folder. */
  readonly dataFolder: string;
  /** Whether it must not be written in the place; asked of that when not given. */
  readonly onShare?: boolean | undefined;
}

interface CatalogFile {
  readonly folder: string;
  readonly name: string;
}

/** Where the catalog lies that is written. */
function homeOf(home: CatalogHome): CatalogFile {
  return writtenThere(home) ?? { folder: join(home.dataFolder, "catalogs"), name: `${home.id}.sqlite` };
}

/** Where the catalog lies that is written, made ready: the one there is the newest that can be had. */
export async function bringHome(home: CatalogHome): Promise<CatalogFile> {
  const file = homeOf(home);
  if (writtenThere(home)) return file;
  makeFoldersSync(file.folder, 0o700);
  await takeNewer(home);
  return file;
}

function writtenThere({ store: { catalog }, onShare }: CatalogHome): CatalogFile | undefined {
  if (catalog.folder === undefined || !(onShare === undefined ? catalog.isWrittenThere : !onShare)) return undefined;
  return { folder: catalog.folder, name: catalogName };
}

/** Puts a catalog that was made anew, in the same folder, in the place of the one there. What is brought to the place follows. */
export async function replaceCatalog(home: CatalogHome, fresh: string): Promise<void> {
  const { folder, name } = homeOf(home);
  takePlace(folder, fresh, name);
  if (writtenThere(home)) return;
  await home.store.catalog.discard(); // or it would pass for the newer one
  await using _brought = await openHomeCatalog(home);
}

/** Whether anything has the name of a catalog. */
export function isCatalogThere(file: string): boolean {
  return existsSync(file);
}

/** A folder in the catalog's place is somebody's; a pipe or a link is replaced. @throws {DestinationError} */
export function assertNoFolder(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) assertPlain(file);
}

/** Journals of the one before must not be taken for this one's. */
function takePlace(folder: string, from: string, to: string): void {
  discardCatalog(folder, to);
  renameSync(join(folder, from), join(folder, to));
}

/** Opens for reading what lies in the place; undefined where there is none. @throws {DestinationError} as `Catalog.open` */
export async function readCatalog({ catalog: store }: MetadataStore): Promise<Catalog | undefined> {
  if (store.folder !== undefined) return Catalog.open(store.folder, { create: false, readOnly: true });
  const folder = mkdtempSync(join(tmpdir(), "offroll-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    if (!(await fetchTo(join(folder, catalogName), store))) return void remove();
    return Catalog.open(folder, { create: false, readOnly: true, onClosed: remove });
  } catch (error) {
    remove();
    throw error;
  }
}

/** Opens for writing. Disposing it leaves the current copy in the place. */
export async function openHomeCatalog(
  home: CatalogHome,
  options: AbortOptions = {},
): Promise<{ catalog: Catalog } & AsyncDisposable> {
  const there = writtenThere(home);
  if (there) {
    const isChecked = await isWholeCatalog(join(there.folder, there.name), options);
    const catalog = Catalog.open(there.folder, { create: true, isChecked }) as Catalog;
    return { catalog, [Symbol.asyncDispose]: async () => catalog[Symbol.dispose]() };
  }
  const { folder, name } = await bringHome(home);
  const catalog = Catalog.open(folder, { create: true, name }) as Catalog;
  return {
    catalog,
    async [Symbol.asyncDispose]() {
      try {
        const fresh = join(folder, `${home.id}.export.sqlite`);
        catalog.exportTo(fresh);
        await home.store.catalog.replace(bytesOf(fresh));
      } catch (error) {
        throw notCarried(home, error);
      } finally {
        catalog[Symbol.dispose]();
      }
    },
  };
}

/** Another computer may have written to the place since: what it brought there is this computer's then. */
async function takeNewer(home: CatalogHome): Promise<void> {
  const { folder, name } = homeOf(home);
  const { catalog: store } = home.store;
  const mine = (): number => revisionOf(folder, name);
  if (store.folder !== undefined && !(revisionOf(store.folder, catalogName) > mine())) return;
  const fetched = `${home.id}.fetched.sqlite`;
  discardCatalog(folder, fetched);
  if ((await fetchTo(join(folder, fetched), store)) && revisionOf(folder, fetched) > mine())
    takePlace(folder, fetched, name);
  discardCatalog(folder, fetched);
}

async function fetchTo(file: string, store: MetadataStore["catalog"]): Promise<boolean> {
  const bytes = await store.fetch();
  if (bytes) await pipeline(bytes, createWriteStream(file, { flags: "wx", mode: 0o600 }));
  return bytes !== undefined;
}

function bytesOf(file: string): AsyncIterable<Uint8Array> {
  assertPlain(file);
  return createReadStream(file, { highWaterMark: 1024 * 1024 });
}

function notCarried({ store }: CatalogHome, cause: unknown): DestinationError {
  const why = toAppError(diskError(cause, store.label)).message;
  return new DestinationError(
    "destination-io",
    `The files are there, but the copy of their catalog in ${store.label} could not be renewed. ${why}`,
    { cause, remedy: "The catalog on this computer is whole; the next run copies it there." },
  );
}

/** -1 where there is none, or none that can be read. */
function revisionOf(folder: string, name: string): number {
  try {
    using catalog = Catalog.open(folder, { create: false, readOnly: true, name });
    return catalog ? catalog.revision : -1;
  } catch {
    return -1;
  }
}
