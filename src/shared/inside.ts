import { isAbsolute, relative } from "node:path";

/** The way from a folder to what is it (an empty way), or lies in it; undefined for what lies elsewhere. By the names alone. */
export function wayInside(folder: string, path: string): string | undefined {
  const way = relative(folder, path);
  return isAbsolute(way) || way.split(/[\\/]/)[0] === ".." ? undefined : way;
}
