/** Memory that is given back at once: a collector that counts small objects waits long before it takes large pieces of memory. */

/** @param bytes that nobody uses any more, in memory of their own; those in memory that is shared keep it */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === bytes.length) buffer.transfer(0);
}
