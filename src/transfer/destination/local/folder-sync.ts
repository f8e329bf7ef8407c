/** Flushes folders, once for all names that came into one meanwhile: a flush that begins now covers what was named before. */
export class FolderSync {
  readonly #sync: (folder: string) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(sync: (folder: string) => Promise<void>) {
    this.#sync = sync;
  }

  sync(folder: string): Promise<void> {
    const running = this.#running.get(folder);
    if (!running) return this.#start(folder);
    let next = this.#next.get(folder);
    if (!next) {
      next = running
        .catch(() => {})
        .then(() => {
          this.#next.delete(folder);
          return this.#start(folder);
        });
      this.#next.set(folder, next);
    }
    return next;
  }

  #start(folder: string): Promise<void> {
    const run = this.#sync(folder).finally(() => this.#running.delete(folder));
    this.#running.set(folder, run);
    return run;
  }
}
