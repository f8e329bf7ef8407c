/**
 * Where a destination's catalog lives: with it, or, on shares whose locking cannot be trusted, in the person's data folder with
 * a copy on the share after each run, so that the drive still carries its own history.
 */

import { chmodSync, constants, copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { assertPlain, diskError } from "../../shared/disk-errors.ts";
import { DestinationError, toAppError } from "../../shared/errors.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { inPlainFolder } from "../../shared/plain-folder.ts";
import { Catalog, discardCatalog } from "./catalog.ts";
import { catalogName } from "./connection.ts";

/** What decides where a destination's catalog lies. */
export interface CatalogHome {
  /** The destination's `.offroll`. */
  readonly metadata: string;
  readonly id: string;
  /** The person's data folder. */
  readonly dataFolder: string;
  readonly onShare: boolean;
  /** The catalog beside the photos was looked through for damage just now. */
  readonly isChecked?: boolean;
}

/** Where the catalog lies that is written. */
export function homeOf(home: CatalogHome): { readonly folder: string; readonly name: string } {
  return home.onShare
    ? { folder: join(home.dataFolder, "catalogs"), name: `${home.id}.sqlite` }
    : { folder: home.metadata, name: catalogName };
}

/** Puts a catalog that was made anew, in the same folder, in the place of the one there. What is on a share follows. */
export function replaceCatalog(home: CatalogHome, fresh: string): void {
  const { folder, name } = homeOf(home);
  discardCatalog(folder, name);
  renameSync(join(folder, fresh), join(folder, name));
  if (!home.onShare) return;
  discardCatalog(home.metadata); // or it would pass for the newer one
  openHomeCatalog(home)[Symbol.dispose]();
}

/** Opens for writing. Disposing it leaves the current copy on the share. */
export function openHomeCatalog(home: CatalogHome): { catalog: Catalog } & Disposable {
  if (!home.onShare) {
    const { isChecked = false } = home;
    const catalog = Catalog.open(home.metadata, { create: true, isChecked }) as Catalog;
    return { catalog, [Symbol.dispose]: () => catalog[Symbol.dispose]() };
  }
  const { folder, name } = homeOf(home);
  const remote = join(home.metadata, catalogName);
  makeFoldersSync(folder, 0o700);
  if (existsSync(remote) && revisionOf(home.metadata, catalogName) > revisionOf(folder, name))
    copyPlain(remote, join(folder, name));
  const catalog = Catalog.open(folder, { create: true, name }) as Catalog;
  return {
    catalog,
    [Symbol.dispose]() {
      try {
        const fresh = join(folder, `${home.id}.export.sqlite`);
        catalog.exportTo(fresh);
        copyPlain(fresh, `${remote}.new`);
        renameSync(`${remote}.new`, remote);
      } catch (error) {
        throw notCarried(home, error);
      } finally {
        catalog[Symbol.dispose]();
      }
    },
  };
}

/** Replaces what has the name; on neither side is a link followed. For its owner's eyes only. */
function copyPlain(from: string, to: string): void {
  assertPlain(from);
  inPlainFolder(dirname(to), (folder) => {
    const real = join(folder, basename(to));
    rmSync(real, { force: true });
    copyFileSync(from, real, constants.COPYFILE_EXCL);
    try {
      chmodSync(real, 0o600);
    } catch {
      // a share without modes
    }
  });
}

function notCarried({ metadata }: CatalogHome, cause: unknown): DestinationError {
  const why = toAppError(diskError(cause, metadata)).message;
  return new DestinationError(
    "destination-io",
    `The files are there, but the copy of their catalog in ${metadata} could not be renewed. ${why}`,
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
