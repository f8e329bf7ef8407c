/** The index of now: what is kept is shown at once, and the next is made when the backup has changed. */
import { toAppError } from "../../shared/errors.ts";
import type { BuildOptions } from "./index-breath.ts";
import type { IndexFile } from "./index-file.ts";
import type { GalleryHome } from "./parts.ts";
import type { Shown } from "./shown.ts";

type Home = Pick<GalleryHome, "isSmall" | "key" | "find" | "findOlder" | "keepOnly" | "make">;

/** Makes one index at a time. */
export class Renewal {
  readonly #home: Home;
  readonly #shown: Shown;
  readonly #show: (index: IndexFile) => Promise<void>;
  readonly #options: BuildOptions;
  readonly #ended = new AbortController();
  #key = "";
  #making: Promise<void> | undefined;

  /** @param show gives an index to whoever asks from now on */
  constructor(home: Home, shown: Shown, show: (index: IndexFile) => Promise<void>, options: BuildOptions) {
    this.#home = home;
    this.#shown = shown;
    this.#show = show;
    this.#options = options;
  }

  /**
   * Shows what is there, and begins to make what is not.
   * @returns the index that is being made, for whoever waits for it; undefined where it is there
   */
  async begin(): Promise<{ readonly ready: Promise<void> } | undefined> {
    const key = await this.#home.key();
    const kept = this.#home.find(key);
    const shown = kept ?? (this.#home.isSmall ? undefined : this.#home.findOlder());
    if (shown) await this.#show(shown);
    if (!kept) return { ready: this.#renew(key) };
    this.#key = key;
    this.#home.keepOnly(key);
    this.#shown.tell({ state: "ready", generation: 1 });
    return undefined;
  }

  /** A page asks whether there is anything new: somebody may have backed up since. */
  async look(): Promise<void> {
    const key = await this.#changedKey().catch(() => undefined);
    if (this.#making || key === undefined) return;
    // Who asked is told how far it is, and why it failed.
    void this.#renew(key).catch(() => {});
  }

  /** @returns undefined where nothing changed @throws where the disk is away: what is shown stays */
  async #changedKey(): Promise<string | undefined> {
    if (this.#making) return undefined;
    const key = await this.#home.key();
    return key === this.#key && this.#shown.state.state === "ready" ? undefined : key;
  }

  #renew(key: string): Promise<void> {
    this.#shown.tell({ state: "making", step: "libraries", done: 0, of: 0 });
    this.#making = this.#make(key).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(key: string): Promise<void> {
    try {
      const { onProgress } = this.#options;
      const index = await this.#home.make(key, {
        signal: AbortSignal.any([this.#ended.signal, ...(this.#options.signal ? [this.#options.signal] : [])]),
        onProgress: (progress) => {
          this.#shown.tell({ state: "making", ...progress });
          onProgress?.(progress);
        },
      });
      const { next } = this.#shown;
      await this.#show(index);
      this.#key = key;
      this.#shown.tell({ state: "ready", generation: next });
    } catch (error) {
      const { message, remedy } = toAppError(error);
      this.#shown.tell({ state: "failed", why: message, remedy });
      throw error;
    }
  }

  /** Names the index that was shown last. */
  get key(): string {
    return this.#key;
  }

  /** Gives up what is being made. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#making?.catch(() => {});
  }
}
