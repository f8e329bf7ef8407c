/**
 * What a folder is a copy of, and so what its folders are: all of it is somebody's photos, but where it is an iPhone's tree, whose
 * areas are known. What no one's photo ever lies in is not looked into.
 */
import { appleAreaOf, appleAreas } from "../apple/apple-folders.ts";
import type { MediaArea } from "../media-source.ts";

/** What a folder looks like from outside. */
export interface FolderLayout {
  readonly kind: "iphone" | "dcim" | "any";
  /** Stands before every path: a folder that is a DCIM has the paths that it has in the folder above it. */
  readonly prefix: "" | "/DCIM";
}

/** @param name of the folder; @param folders in it */
export function layoutOf(name: string, folders: readonly string[]): FolderLayout {
  if (folders.includes("DCIM") && folders.includes("PhotoData")) return { kind: "iphone", prefix: "" };
  if (name === "DCIM") return { kind: "dcim", prefix: "/DCIM" };
  return { kind: "any", prefix: "" };
}

/** Where an area's files are: a path as items have it. */
export function rootsOf({ kind, prefix }: FolderLayout, areas: readonly MediaArea[]): [MediaArea, string][] {
  if (kind !== "iphone") return areas.includes("camera-roll") ? [["camera-roll", prefix || "/"]] : [];
  return areas.flatMap((area): [MediaArea, string][] => {
    const root = appleAreas[area];
    return root === undefined ? [] : [[area, root]];
  });
}

/** Which part of a phone a path would lie in. */
export function areaIn({ kind }: FolderLayout, path: string): MediaArea {
  return kind === "iphone" ? appleAreaOf(path) : "camera-roll";
}

/** Thumbnails, what was thrown away, and what systems keep for themselves; `.offroll` is ours. */
const systems =
  /^(?:\.thumbnails?|\.thumbdata.*|\.trash(?:es|-\d+)?|\$recycle\.bin|recycler|system volume information|\.spotlight-v100|\.fseventsd|\.documentrevisions-v100|\.temporaryitems|lost\+found|lost\.dir|@eadir|\.@__thumb|\.offroll)$/i;
/** What Android's programs keep for themselves: no other route leads there. */
const androidOwn = /^\/Android\/(?:data|obb)$/i;

/** Whether a folder is never looked into, because no one's photos are in it. */
export function isSystemFolder(path: string): boolean {
  return systems.test(path.slice(path.lastIndexOf("/") + 1)) || androidOwn.test(path);
}
