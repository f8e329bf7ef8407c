/** Memory that begins on a page, which unbuffered reads and writes need and `Buffer` does not promise: WebAssembly's does. */
declare const WebAssembly: {
  Memory: {
    new (options: { initial: number }): { buffer: ArrayBuffer };
    new (options: { initial: number; maximum: number; shared: true }): { buffer: SharedArrayBuffer };
  };
};

const pagesFor = (bytes: number): number => Math.ceil(bytes / 65_536);

/** The system gives it only as it is first used. */
export function pageMemory(bytes: number): ArrayBuffer {
  return new WebAssembly.Memory({ initial: pagesFor(bytes) }).buffer;
}

/** The same for more than one thread. */
export function sharedPageMemory(bytes: number): SharedArrayBuffer {
  const pages = pagesFor(bytes);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
