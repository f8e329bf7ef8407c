/** How bytes and addresses are written between page and server. */

/** The grid's picture of a photo. */
export const smallPicture = (id: number, v: string): string => `t/${id}/${v}.jpg`;

/** Bytes of base64. */
export function bytesOf(base64: string): Uint8Array {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** A multiple of four, which are three bytes. */
const lettersInStep = 8_000;

/** The same in steps, between which others have their turn. */
export function* bytesInSteps(base64: string): Generator<void, Uint8Array, undefined> {
  const bytes = new Uint8Array(Math.ceil((base64.length * 3) / 4));
  let length = 0;
  for (let from = 0; from < base64.length; from += lettersInStep) {
    const piece = bytesOf(base64.slice(from, from + lettersInStep));
    bytes.set(piece, length);
    length += piece.length;
    yield;
  }
  return bytes.subarray(0, length);
}
