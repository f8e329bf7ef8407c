/** The segments of a JPEG before its picture. Source: ITU T.81, B.1.1. */

export interface JpegSegment {
  readonly marker: number;
  /** Of what follows the length; a segment that is cut ends with the bytes. */
  readonly start: number;
  readonly end: number;
}

const startOfScan = 0xda;

export function* jpegSegments(head: Buffer): Generator<JpegSegment, void, undefined> {
  for (let at = 2; at + 4 <= head.length && head[at] === 0xff; ) {
    const marker = head[at + 1] as number;
    // Any number of them may fill up before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === startOfScan) return;
    const end = at + 2 + head.readUInt16BE(at + 2);
    yield { marker, start: at + 4, end: Math.min(end, head.length) };
    at = end;
  }
}
