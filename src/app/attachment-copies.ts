/** Attachments of messages in forms that open anywhere: JPEGs of HEICs, and M4As of audio messages where ffmpeg is installed. */
import { join } from "node:path";
import { Converter, NotConverted, SoundConverter } from "../media/convert/index.ts";
import { bufferRange } from "../media/range-reader.ts";
import { type AttachmentCopies, type CopyForm, NoCopy } from "../phone-data/index.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { readPlainFile } from "../shared/plain-file.ts";
import { PrivateFolder } from "../shared/private-folder.ts";

/** An audio message of an hour has 20 MB, a HEIC of 48 megapixels 15. */
const mostBytes = 64 * 1024 * 1024;
/** Of one attachment, however much it goes on: an hour of speech takes some seconds. */
const usualLimitMs = 120_000;
/** What ffmpeg cuts off ends near the bound, not at it. */
const wholeShare = 0.95;
const jpegOptions = { quality: 90 } as const;

/** What copies are made with. */
export interface MadeCopiesOptions {
  /** Of ours, for what is made on the way. */
  readonly folder: string;
  readonly pid: number;
  readonly sound?: SoundConverter;
  readonly limitMs?: number;
}

type Source = Parameters<AttachmentCopies["make"]>[1];

/** Makes one at a time. Dispose it to end its worker. */
export class MadeCopies implements AttachmentCopies, AsyncDisposable {
  readonly #folder: string;
  readonly #pid: number;
  readonly #sound: SoundConverter;
  readonly #limitMs: number;
  readonly #pictures = new Converter({ workers: 1 });
  readonly making: AttachmentCopies["making"];

  constructor({ folder, pid, sound = new SoundConverter(), limitMs = usualLimitMs }: MadeCopiesOptions) {
    this.#folder = folder;
    this.#pid = pid;
    this.#sound = sound;
    this.#limitMs = limitMs;
    this.making = { jpeg: "jpeg-1", ...(sound.isInstalled && { m4a: "m4a-1" }) };
  }

  async make(form: CopyForm, source: Source, { signal }: AbortOptions): Promise<Uint8Array> {
    if (source.sizeBytes > mostBytes) throw new NoCopy("it is too large for a copy");
    const limit = AbortSignal.timeout(this.#limitMs);
    const options = { signal: signal ? AbortSignal.any([signal, limit]) : limit };
    try {
      return form === "jpeg" ? await this.#jpeg(source, options) : await this.#m4a(source, options);
    } catch (error) {
      throwIfAborted(signal);
      if (limit.aborted) throw new NoCopy("making it took too long");
      // What ffmpeg says names files of ours and differs from run to run: the manifest would change with it.
      if (error instanceof NotConverted)
        throw new NoCopy(error.reason === "failed" ? "ffmpeg cannot make sense of it" : error.message);
      // This computer's own disk has no room for what is made on the way.
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (code !== undefined && syscall !== undefined) throw new NoCopy(`it could not be made (${code})`);
      throw error;
    }
  }

  async #jpeg({ content }: Source, options: AbortOptions): Promise<Uint8Array> {
    const reader = bufferRange(Buffer.concat(await Array.fromAsync(content())));
    return (await this.#pictures.toJpeg({ name: "attachment.heic", reader }, jpegOptions, options)).jpeg;
  }

  async #m4a({ content }: Source, options: AbortOptions): Promise<Uint8Array> {
    using own = PrivateFolder.make(this.#folder, this.#pid);
    const from = await own.write("sound", content());
    const to = join(own.path, "made.m4a");
    await this.#sound.toM4a(from, to, mostBytes, options);
    const made = readPlainFile(to, { maxBytes: 2 * mostBytes });
    // What reaches the bound was cut off there.
    if (made.length >= mostBytes * wholeShare) throw new NoCopy("its copy would be too large");
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pictures[Symbol.asyncDispose]();
  }
}
