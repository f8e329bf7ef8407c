/** Makes what grew whole: what did not change is taken from the last good backup, by links where the disk has them. */
import { execFile } from "node:child_process";
import { constants, copyFile, link, lstat, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { errno } from "../../shared/disk-errors.ts";
import { makeFolders } from "../../shared/make-folders.ts";
import { isBackupFile } from "./host-path.ts";
import { exists, filesIn, syncFolder } from "./work-place.ts";

const atOnce = 32;
/** A disk without hard links says one of these. */
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EINVAL", "EACCES", "ENOTTY"]);

/** How unchanged files come to stand in a second folder without their bytes being there twice. */
type Sharing = "link" | "reflink" | "copy";

/** Fewer files than this say nothing about a phone. */
const fewFiles = 10;

/** Of the files that the last good backup has, how many the new one has no more. */
export interface Gone {
  readonly files: number;
  readonly ofFiles: number;
}

/** Undefined unless most of them are: as where the phone was erased in between, and would take its backup with it. */
export async function mostGone(
  base: string,
  { fresh, removed }: { readonly fresh: string; readonly removed: ReadonlySet<string> | undefined },
): Promise<Gone | undefined> {
  const had = (await filesIn(base)).filter((rel) => rel.includes("/") && isBackupFile(rel));
  const has = removed ? undefined : new Set(await filesIn(fresh));
  const files = had.filter((rel) => (has ? !has.has(rel) : removed?.has(rel))).length;
  return had.length >= fewFiles && files * 2 > had.length ? { files, ofFiles: had.length } : undefined;
}

/**
 * @param mayCopy where the disk has neither links nor reflinks: the two then share nothing
 * @returns false where the disk has neither links nor reflinks, and nothing was done
 */
export async function completeTree(
  base: string,
  fresh: string,
  { removed, mayCopy }: { readonly removed: ReadonlySet<string>; readonly mayCopy: boolean },
): Promise<boolean> {
  const wanted: string[] = [];
  for (const rel of await filesIn(base)) {
    // Manifests and status are written anew by every backup, and by other programs in place: they are never shared.
    if (!rel.includes("/") || !isBackupFile(rel) || removed.has(rel)) continue;
    if (!(await exists(join(fresh, rel)))) wanted.push(rel);
  }
  const first = wanted[0];
  if (first === undefined) return true;
  const sharing = (await sharingOf(base, fresh, first)) ?? (mayCopy ? "copy" : undefined);
  if (sharing === undefined) return false;
  for (let at = 0; at < wanted.length; at += atOnce)
    await Promise.all(wanted.slice(at, at + atOnce).map((rel) => share(sharing, base, fresh, rel)));
  return true;
}

async function sharingOf(base: string, fresh: string, rel: string): Promise<Sharing | undefined> {
  for (const sharing of ["link", "reflink"] as const)
    try {
      await share(sharing, base, fresh, rel);
      return sharing;
    } catch (error) {
      if (!withoutLinks.has(errno(error) ?? "")) throw error;
    }
  return undefined;
}

async function share(sharing: Sharing, base: string, fresh: string, rel: string): Promise<void> {
  const [from, to] = [join(base, rel), join(fresh, rel)];
  await makeFolders(dirname(to), 0o700);
  try {
    if (sharing === "link") await link(from, to);
    else if (sharing === "copy") await copyFile(from, to, constants.COPYFILE_EXCL);
    else await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    if (errno(error) === "EEXIST" && (await lstat(to)).isFile()) return;
    // So many links to one file, and no more.
    if (errno(error) !== "EMLINK") throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Everything below the folder is on the disk, and not only on its way there. */
export async function flushTree(folder: string): Promise<void> {
  try {
    // One request for the whole file system, where the system has it: a request for each of 100,000 files takes many minutes.
    await promisify(execFile)("sync", ["-f", folder]);
    return;
  } catch {
    // Not here.
  }
  const files = await filesIn(folder);
  for (let at = 0; at < files.length; at += atOnce)
    await Promise.all(files.slice(at, at + atOnce).map((rel) => flushFile(join(folder, rel))));
  for (const parent of new Set(files.map((rel) => dirname(join(folder, rel))))) await syncFolder(parent);
  await syncFolder(folder);
}

async function flushFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
