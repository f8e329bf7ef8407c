/** The plain files below a folder of this computer, as a person would see them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** `/`-separated, without our own folder. */
export function filesBelow(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (path === ".offroll") return [];
    return entry.isDirectory() ? filesBelow(root, path) : entry.isFile() ? [path] : [];
  });
}
