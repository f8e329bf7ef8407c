/** A watcher with nothing real around it but its files: sources that a test speaks for, and children that it ends. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildEnd } from "../../src/autosave/command.ts";
import type { AutosaveSettings, Notice } from "../../src/autosave/index.ts";
import type { PlaceSeen } from "../../src/autosave/places-look.ts";
import type { Hint, Tell } from "../../src/autosave/sources/source.ts";
import { Watcher, type WatcherKit } from "../../src/autosave/watcher.ts";
import { ManualClock, settled } from "../fakes/manual-clock.ts";

export interface FakeRun {
  readonly words: string;
  isAsked: boolean;
  end(line: object, exit?: number): Promise<void>;
  /** As by `kill -9`. */
  die(): Promise<void>;
}

/** How a run ends that brought some files, as the program prints it. */
export const bringing = (items: number): object => ({
  type: "summary",
  outcomes: { copied: { items }, failed: { items: 0 } },
  knownFailures: 0,
});
export const stoppedBy = (code: string): object => ({ type: "summary", ok: false, error: { code, message: code } });

export class Watching {
  readonly clock: ManualClock;
  readonly folder = mkdtempSync(join(tmpdir(), "offroll-watching-"));
  readonly files = {
    state: join(this.folder, "state.json"),
    log: join(this.folder, "log.jsonl"),
    asks: join(this.folder, "asks"),
  };
  settings: AutosaveSettings;
  phones: { id: string; name: string; state: string }[] = [];
  places: PlaceSeen[] = [];
  isPowerLow = false;
  isFree = true;
  isMine = true;
  readonly runs: FakeRun[] = [];
  looks = 0;
  readonly told: Notice[] = [];
  readonly said: string[] = [];
  #tell: Tell = () => {};
  #stop = new AbortController();
  #watched: Promise<void> | undefined;
  watcher: Watcher;

  constructor(settings: AutosaveSettings, now = new Date(2026, 0, 2, 9)) {
    this.settings = settings;
    this.clock = new ManualClock(now);
    mkdirSync(this.files.asks);
    this.places = Object.values(settings.phones).map(({ to }) => ({ to, root: to, isBehind: false }));
    this.watcher = new Watcher(this.#kit());
  }

  /** Runs until everything that it begins with is over. */
  async start(): Promise<this> {
    this.#watched = this.watcher.watch(this.#stop.signal);
    await this.clock.advance(2_000);
    return this;
  }

  async tell(...hints: readonly Hint[]): Promise<void> {
    for (const hint of hints) this.#tell(hint);
    await settled();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watched;
  }

  /** As `kill -9` leaves it: another begins over the same files, and the phones and disks are as they are. */
  async killed(): Promise<this> {
    this.#tell = () => {};
    this.#stop = new AbortController();
    this.runs.length = 0;
    this.watcher = new Watcher(this.#kit());
    return await this.start();
  }

  states(): string[] {
    return this.watcher.jobs.map(({ phone, copy, state }) =>
      [phone, copy, "for" in state ? `waits ${state.for}` : state.is, "code" in state ? state.code : undefined]
        .filter((word) => word !== undefined)
        .join(" "),
    );
  }

  #kit(): WatcherKit {
    return {
      clock: this.clock,
      files: this.files,
      sources: [
        {
          name: "test",
          follow: async (tell, signal) => {
            this.#tell = tell;
            await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          },
        },
      ],
      readSettings: () => this.settings,
      lookAtPlaces: async () => this.places,
      isFree: async () => this.isFree,
      isPowerLow: async () => this.isPowerLow,
      startChild: (words) => this.#child(words),
      show: async (notice) => this.told.push(notice),
      say: (line) => this.said.push(line),
      isMine: () => this.isMine,
    };
  }

  #child(words: readonly string[]): ReturnType<WatcherKit["startChild"]> {
    const { promise: ended, resolve } = Promise.withResolvers<ChildEnd>();
    if (words[0] === "devices") {
      this.looks += 1;
      resolve({ exit: 0, lastLine: JSON.stringify({ devices: this.phones }), words: "", isStopped: false });
      return { ended, stop: () => {} };
    }
    const run: FakeRun = {
      words: words.join(" "),
      isAsked: false,
      end: async (line, exit = 0) => {
        resolve({ exit, lastLine: JSON.stringify(line), words: "", isStopped: run.isAsked });
        await settled();
      },
      die: async () => {
        resolve({ exit: undefined, lastLine: "", words: "", isStopped: false, wasKilled: true });
        await settled();
      },
    };
    this.runs.push(run);
    // It ends in order, as it is asked to.
    return {
      ended,
      stop: () => {
        run.isAsked = true;
        void run.end(stoppedBy("cancelled"), 130);
      },
    };
  }
}
