/** A bulk pipe in memory: the device's side is a function of what the host wrote. Transfers end as it says. */
import { type BulkPipe, UsbError } from "../../src/device/usb/usb-bus.ts";

export class MemoryPipe implements BulkPipe {
  readonly packetBytes: number;
  readonly controls: number[] = [];
  reads = 0;
  readonly #answer: (command: Buffer) => readonly Buffer[];
  readonly #ready: Buffer[] = [];
  readonly #waiting: { max: number; resolve: (b: Buffer) => void; reject: (e: Error) => void }[] = [];
  #closed = false;

  /** @param answer the transfers that a command brings, none longer than a read may be */
  constructor(answer: (command: Buffer) => readonly Buffer[], packetBytes = 512) {
    this.#answer = answer;
    this.packetBytes = packetBytes;
  }

  async read(max: number): Promise<Buffer> {
    this.reads += 1;
    if (max % this.packetBytes !== 0) throw new Error(`a read of ${max} bytes may overflow`);
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ max, resolve, reject });
      this.#match();
    });
  }

  #match(): void {
    while (this.#waiting.length > 0 && this.#ready.length > 0) {
      const { max, resolve } = this.#waiting.shift()!;
      const next = this.#ready.shift()!;
      if (next.length > max) this.#ready.unshift(next.subarray(max));
      resolve(next.subarray(0, max));
    }
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#closed) throw new UsbError("gone", "closed");
    this.#ready.push(...this.#answer(bytes));
    this.#match();
  }

  async readEvent(): Promise<Buffer> {
    return await new Promise(() => {});
  }
  async control({ request }: { request: number }): Promise<Buffer> {
    this.controls.push(request);
    return Buffer.alloc(0);
  }
  async clearHalt(): Promise<void> {}
  async cancelReads(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new UsbError("cancelled", "cancelled"));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.cancelReads();
  }
}
