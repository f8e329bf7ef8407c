/**
 * The two facts in Apple's maker note that pair files: the Live Photo's content identifier and the burst's.
 * Layout: "Apple iOS\0\0\1MM", then one big-endian IFD whose offsets count from the note's start.
 * Source: exiftool, lib/Image/ExifTool/Apple.pm (tags 0x000b, 0x0011).
 */
const signature = "Apple iOS\0";
const burstTag = 0x000b;
const contentTag = 0x0011;
const asciiType = 2;
/** A UUID has 36 characters; anything much longer is not one. */
const maxTextBytes = 128;

/** What pairs a file with others; each absent where the note has none. */
export interface AppleMakerNote {
  readonly contentIdentifier?: string;
  readonly burstUuid?: string;
}

/** Empty for what is no maker note of Apple's, however damaged. Source: ExifTool, lib/Image/ExifTool/Apple.pm. */
export function parseAppleMakerNote(bytes: Uint8Array): AppleMakerNote {
  const note = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (note.length < 16 || note.toString("latin1", 0, signature.length) !== signature) return {};
  const count = note.readUInt16BE(14);
  const text = (tag: number): string | undefined => {
    for (let i = 0; i < count; i += 1) {
      const entry = 16 + i * 12;
      if (entry + 12 > note.length) return undefined;
      if (note.readUInt16BE(entry) !== tag || note.readUInt16BE(entry + 2) !== asciiType) continue;
      const length = note.readUInt32BE(entry + 4);
      const offset = length <= 4 ? entry + 8 : note.readUInt32BE(entry + 8);
      if (length > maxTextBytes || offset + length > note.length) return undefined;
      return note.toString("latin1", offset, offset + length).replace(/\0.*$/s, "") || undefined;
    }
    return undefined;
  };
  const contentIdentifier = text(contentTag);
  const burstUuid = text(burstTag);
  return { ...(contentIdentifier ? { contentIdentifier } : {}), ...(burstUuid ? { burstUuid } : {}) };
}
