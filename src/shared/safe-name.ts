/**
 * File names that every file system takes. Rules of the strictest apply everywhere, so that a drive can move between systems.
 * Sources: Microsoft "Naming Files, Paths, and Namespaces"; exFAT specification 7.7; APFS reference (255 bytes of UTF-8).
 */

const illegal = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f]/g;
const invisible = /[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const reserved = /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)(\.|$)/i;
/** ext4 and APFS count bytes, NTFS and exFAT count UTF-16 units; staying below both is always legal. */
export const maxNameLength = 255;

/**
 * One path component: legal, stable, never empty, never hidden, never `..`. The same input always gives the same name.
 * @param reserve bytes that the caller will append (suffix and extension)
 */
export function safeComponent(text: string, reserve = 0): string {
  let name = text.toWellFormed().normalize("NFC").replace(invisible, "").replace(illegal, "_");
  name = name.replace(/^[\s.]+/, (dots) => "_".repeat(Math.min(dots.length, 1))).replace(/[\s.]+$/, "");
  if (name === "") name = "_";
  if (reserved.test(name)) name = `_${name}`;
  return cut(name, maxNameLength - reserve);
}

/** Cuts at a character boundary so that neither UTF-8 bytes nor UTF-16 units exceed `limit`. */
function cut(name: string, limit: number): string {
  if (fits(name, limit)) return name;
  let out = "";
  for (const char of name) {
    if (!fits(out + char, limit)) break;
    out += char;
  }
  return out.replace(/[\s.]+$/, "") || "_";
}

function fits(name: string, limit: number): boolean {
  return name.length <= limit && Buffer.byteLength(name, "utf8") <= limit;
}

/** Names that one or another file system takes for the same: composed or not, upper or lower case. */
export function foldName(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}
