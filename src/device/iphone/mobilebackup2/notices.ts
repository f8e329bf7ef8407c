/** The phone's notifications: what is posted to it around a sync, and what it tells meanwhile. Source: libimobiledevice, src/notification_proxy.c. */
import type { Duplex } from "node:stream";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../wire/plist.ts";
import { phoneNotices } from "./sync-format.ts";

const maxNoticeBytes = 64 * 1024;

/** Which of them. */
export type PhoneNotice = keyof typeof phoneNotices;

export class Notices implements AsyncDisposable {
  readonly #stream: Duplex;

  /** @param onNotice called for each, as long as the connection lives */
  constructor(stream: Duplex, onNotice: (notice: PhoneNotice) => void) {
    this.#stream = stream;
    stream.on("error", () => {});
    for (const name of Object.values(phoneNotices)) this.#send({ Command: "ObserveNotification", Name: name });
    // A phone that tells nothing more is still one that can be backed up.
    void this.#listen(onNotice).catch(() => {});
  }

  post(name: string): void {
    this.#send({ Command: "PostNotification", Name: name });
  }

  async #listen(onNotice: (notice: PhoneNotice) => void): Promise<void> {
    for (;;) {
      const length = (await readExact(this.#stream, 4)).readUInt32BE(0);
      if (length === 0 || length > maxNoticeBytes) return;
      const message = decodePlistDict(await readExact(this.#stream, length));
      const name = plistField.string(message, "Name");
      const notice = (Object.keys(phoneNotices) as PhoneNotice[]).find((key) => phoneNotices[key] === name);
      if (notice) onNotice(notice);
    }
  }

  #send(message: PlistDict): void {
    const body = encodePlist(message);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(body.length);
    if (!this.#stream.destroyed) this.#stream.write(Buffer.concat([prefix, body]));
  }

  /** What was posted last still leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.end();
    setTimeout(() => destroyQuietly(this.#stream), 1000).unref();
  }
}
