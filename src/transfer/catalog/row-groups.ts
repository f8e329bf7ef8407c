/** Rows that are written while files are copied, several as one transaction. */
import type { RowWrite } from "./statements.ts";

/** How long a row waits for others; a file takes several times as long. */
const groupMs = 2;

interface Waiting {
  readonly row: RowWrite;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Rows that come at about the same time are one transaction, which costs hardly more than one of them; so do those that come during one. */
export class RowGroups {
  readonly #write: (rows: readonly RowWrite[]) => Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;

  /** @param write done when it returns, where it gives no promise */
  constructor(write: (rows: readonly RowWrite[]) => Promise<void> | undefined) {
    this.#write = write;
  }

  /** @returns when it is written @throws what `write` throws, for every row of the group */
  add(row: RowWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      if (!this.#isWriting) this.#timer ??= setTimeout(() => this.flush(), groupMs);
    });
  }

  /** Hands over what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    const done = (): void => {
      for (const { resolve } of group) resolve();
    };
    const fail = (error: unknown): void => {
      for (const { reject } of group) reject(error);
    };
    try {
      const writing = this.#write(group.map(({ row }) => row));
      if (!writing) return done();
      this.#isWriting = true;
      void writing.then(done, fail).then(() => {
        this.#isWriting = false;
        this.flush();
      });
    } catch (error) {
      fail(error);
    }
  }
}
