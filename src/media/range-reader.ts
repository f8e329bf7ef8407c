/** Random access to a file that is elsewhere, by few requests, so that parsers may read as they like. */

export interface RangeReader {
  readonly size: number;
  /** How much of the beginning comes at once, where that is less than `headBytes`. */
  readonly shortHeadBytes?: number;
  /**
   * Bytes from `offset`; fewer at the end of the file, or where its bound is reached.
   * @param ahead where the first of them has to be fetched, this much is fetched at once: more is wanted soon
   */
  read(offset: number, length: number, ahead?: number): Promise<Buffer>;
}

/** Bytes in memory as a file. */
export function bufferRange(bytes: Buffer): RangeReader {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + Math.max(0, length)) };
}

/** A stretch of a file as a file of its own: offsets count from its beginning, and nothing outside of it is read. */
export function partOf(reader: RangeReader, start: number, length: number): RangeReader {
  const size = Math.max(0, Math.min(length, reader.size - start));
  return {
    size,
    read: async (offset, wanted, ahead) => {
      if (offset < 0 || offset >= size) return Buffer.alloc(0);
      return await reader.read(start + offset, Math.min(wanted, size - offset), ahead);
    },
  };
}

type Fetch = (offset: number, length: number) => Promise<Buffer>;

/** iPhone HEICs have `meta`, Exif and thumbnail within the first 64 KiB, JPEGs their APP1. Measured on public samples of iPhone 7 to 15 Pro. */
export const headBytes = 64 * 1024;
/** A movie begins with what it is and how long `mdat` is; what is told of it lies in `moov`, at the end in what cameras write. */
const movieHeadBytes = 4 * 1024;
/** `moov` of a clip of a minute or less; a longer one's costs another read. */
const movieTailBytes = 32 * 1024;

/** What may be asked of one file, whatever it says of itself. */
export interface RangeBound {
  readonly requests: number;
  readonly bytesAtOnce: number;
}

/** How the reads of one file are put together. */
export interface BoundedRangeOptions {
  /** A small head and the tail are read, together. */
  readonly isMovie?: boolean;
  readonly bound?: RangeBound;
}

/** What the facts of one file may cost: four requests, of a mebibyte each. Over MTP a request is a whole transaction. */
export const factsBound: RangeBound = { requests: 4, bytesAtOnce: 1024 * 1024 };
/** Behind the head things lie together: the directories of a TIFF, the items of a HEIC. */
const leastBytes = 16 * 1024;

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Buffer>;
}

/**
 * What was fetched is kept, and no more than the bound is: behind it the file seems to end. The first request brings the head, for
 * movies the tail comes beside it, because that is where `moov` lies.
 */
export function boundedRange(
  size: number,
  fetch: Fetch,
  { isMovie = false, bound = factsBound }: BoundedRangeOptions = {},
): RangeReader {
  // One that is no longer than both comes at once.
  const hasTail = isMovie && size > movieHeadBytes + movieTailBytes;
  const head = Math.min(size, hasTail ? movieHeadBytes : headBytes);
  const tailStart = hasTail ? size - movieTailBytes : size;
  const known: Stretch[] = [];
  const get = (start: number, end: number): Stretch => {
    const stretch = { start, end, bytes: fetch(start, end - start) };
    // It may be met by nobody: then its error is nobody's.
    stretch.bytes.catch(() => {});
    known.push(stretch);
    return stretch;
  };
  const find = (at: number): Stretch | undefined => known.find((s) => at >= s.start && at < s.end);
  /** Up to what is known behind it, and to the end where that is near. */
  const fetchAt = (at: number, wanted: number): Stretch | undefined => {
    if (at < head) {
      const first = get(0, head);
      if (tailStart < size) get(tailStart, size);
      return first;
    }
    if (known.length >= bound.requests) return undefined;
    const until = at + Math.min(wanted, bound.bytesAtOnce);
    const next = known.reduce((least, s) => (s.start > at ? Math.min(least, s.start) : least), size);
    return get(at, Math.min(next, size - until < leastBytes ? size : until));
  };
  return {
    size,
    shortHeadBytes: head,
    async read(offset, length, ahead = leastBytes) {
      const end = Math.min(size, offset + length);
      const pieces: Buffer[] = [];
      for (let at = offset; at >= 0 && at < end; ) {
        const stretch = find(at) ?? fetchAt(at, Math.max(end - at, ahead));
        const bytes = stretch && (await stretch.bytes);
        const piece = bytes?.subarray(at - stretch!.start, end - stretch!.start);
        if (!piece || piece.length === 0) break;
        pieces.push(piece);
        at += piece.length;
      }
      return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    },
  };
}

const maxBlocks = 8;

/** For readers of much: whole blocks of 64 KiB, of which the last few are kept; the last one is aligned to the end. */
export function cachedRange(size: number, fetch: Fetch): RangeReader {
  const blocks = new Map<number, Promise<Buffer>>();
  const tailStart = Math.max(0, size - headBytes);
  const startOf = (offset: number): number =>
    offset >= tailStart ? tailStart : Math.floor(offset / headBytes) * headBytes;
  const block = (start: number): Promise<Buffer> => {
    let known = blocks.get(start);
    if (!known) {
      if (blocks.size >= maxBlocks) blocks.delete(blocks.keys().next().value as number);
      known = fetch(start, Math.min(headBytes, size - start));
      blocks.set(start, known);
    }
    return known;
  };
  return {
    size,
    async read(offset, length) {
      const end = Math.min(size, offset + length);
      const parts: Buffer[] = [];
      for (let at = offset; at < end; ) {
        const start = startOf(at);
        const bytes = await block(start);
        const piece = bytes.subarray(at - start, Math.min(bytes.length, end - start));
        if (piece.length === 0) break;
        parts.push(piece);
        at += piece.length;
      }
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    },
  };
}
