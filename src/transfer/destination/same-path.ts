/** Paths as the system compares them. */
import { platform } from "node:os";
import { resolve, sep } from "node:path";

/** Windows and macOS take names that differ in case alone for the same. */
function folded(path: string): string {
  const plain = resolve(path).normalize("NFC");
  return platform() === "linux" ? plain : plain.toLowerCase();
}

export function isSamePath(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

/** Whether a path is the folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  const outer = folded(folder);
  return isSamePath(path, folder) || folded(path).startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
