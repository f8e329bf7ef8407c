/** Names of files as bytes and as text, for whatever has no rule that they are UTF-8: AFC, and folders on Linux. */
import { isUtf8 } from "node:buffer";

/**
 * Names are bytes, nearly always UTF-8. Bytes that are not become lone surrogates U+DC80-U+DCFF (as Python's
 * `surrogateescape`), so that every name survives the way back unchanged.
 */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let out = "";
  for (let i = 0; i < bytes.length; ) {
    const length = utf8Length(bytes[i] as number);
    const piece = bytes.subarray(i, i + length);
    if (length > 0 && piece.length === length && isUtf8(piece)) {
      out += piece.toString("utf8");
      i += length;
    } else {
      out += String.fromCharCode(0xdc00 + (bytes[i] as number));
      i += 1;
    }
  }
  return out;
}

/** The very bytes that `decodeName` was given. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, "utf8");
  const parts: Buffer[] = [];
  for (const char of name) {
    const code = char.charCodeAt(0);
    const escaped = char.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(char, "utf8"));
  }
  return Buffer.concat(parts);
}

function utf8Length(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}
