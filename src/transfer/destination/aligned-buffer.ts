/** A page-aligned buffer, which unbuffered reads need and `Buffer` does not promise: WebAssembly memory lies on pages. */
declare const WebAssembly: { Memory: new (options: { initial: number }) => { buffer: ArrayBuffer } };

const wasmPageBytes = 65_536;

export function alignedBuffer(bytes: number): Buffer {
  return Buffer.from(new WebAssembly.Memory({ initial: Math.ceil(bytes / wasmPageBytes) }).buffer, 0, bytes);
}
