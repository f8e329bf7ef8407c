/** Places to export to: folders that complete what is written, mounted drives, where exports went before. */
import { readdir, readFile, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { expandHome } from "../app/export-choices.ts";
import { formatBytes } from "../shared/text.ts";
import type { Place } from "./state.ts";

const maxPlaces = 6;
/** What has less room is no drive for photos: a system's own mount, or full. */
const leastFreeBytes = 100_000_000;

/** Where to look for places to propose. */
export interface PlaceOptions {
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** Where earlier exports went. */
  readonly recent: readonly string[];
}

/** Beside the person's pictures; only the last folder of a destination is ever made, so the one above must be there. */
export async function defaultDestination(home: string): Promise<string> {
  const pictures = join(home, "Pictures");
  return (await isFolder(pictures)) ? join(pictures, "offroll") : join(home, "offroll-photos");
}

/** Recent places, drives, and folders that complete what is written; each once. */
export async function findPlaces(written: string, options: PlaceOptions): Promise<Place[]> {
  const found = await Promise.all([completions(written, options), recentPlaces(options), drives(options.platform)]);
  const seen = new Set([written.trim()]);
  return found
    .flat()
    .filter((place) => {
      if (seen.has(place.path)) return false;
      seen.add(place.path);
      return true;
    })
    .slice(0, maxPlaces);
}

/** Folders that begin like what is written. */
async function completions(written: string, { home, cwd }: PlaceOptions): Promise<Place[]> {
  if (written === "") return [];
  const full = resolve(cwd, expandHome(written, home));
  const isWhole = written.endsWith("/");
  const [folder, start] = isWhole ? [full, ""] : [dirname(full), basename(full)];
  try {
    return (await readdir(folder, { withFileTypes: true }))
      .filter((e) => e.isDirectory() && e.name.startsWith(start) && (start !== "" || !e.name.startsWith(".")))
      .map((e) => e.name)
      .sort()
      .slice(0, maxPlaces)
      .map((name) => ({ path: `${asWritten(folder, written, home)}${name}/`, note: "" }));
  } catch {
    return [];
  }
}

/** The folder in the words of the person: "~/" stays "~/". */
function asWritten(folder: string, written: string, home: string): string {
  const tilde = written.startsWith("~") && folder.startsWith(home) ? `~${folder.slice(home.length)}` : folder;
  return tilde.endsWith("/") ? tilde : `${tilde}/`;
}

async function recentPlaces({ recent }: PlaceOptions): Promise<Place[]> {
  const there = await Promise.all(recent.map(isFolder));
  return recent.filter((_, i) => there[i]).map((path) => ({ path, note: "used before" }));
}

/** What is mounted where desktops mount drives. */
async function drives(platform: NodeJS.Platform): Promise<Place[]> {
  const paths = await mountPoints(platform);
  const free = await Promise.all(paths.map(freeBytes));
  return paths.flatMap((path, i) => {
    const bytes = free[i];
    if (bytes === undefined || bytes <= leastFreeBytes) return [];
    return [{ path: `${path}/`, note: `drive, ${formatBytes(bytes)} free` }];
  });
}

async function mountPoints(platform: NodeJS.Platform): Promise<string[]> {
  try {
    if (platform === "darwin") return (await readdir("/Volumes")).map((name) => join("/Volumes", name));
    if (platform !== "linux") return [];
    return (await readFile("/proc/mounts", "utf8"))
      .split("\n")
      .map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "))
      .filter((path) => /^\/(media|mnt|run\/media)\/./.test(path));
  } catch {
    return [];
  }
}

/** Free where a folder is, or will be: the nearest one above it that exists. */
export async function freeBytes(path: string): Promise<number | undefined> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const s = await statfs(at);
      return s.blocks === 0 ? undefined : s.bavail * s.bsize;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
