/**
 * One run at a time in one destination. Where the file system keeps locks, the system's decides; where it does not (some shares), a
 * sign of life that the holder gives. The lock file names the holder, so that a person knows whom to wait for.
 */

import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { assertPlain, diskError } from "../../../shared/disk-errors.ts";
import { DestinationError } from "../../../shared/errors.ts";
import { isShare, mountType } from "../../../shared/mounts.ts";
import { type OsLock, tryOsLock } from "../../../shared/os-lock.ts";
import { readPlainText } from "../../../shared/plain-file.ts";
import { inPlainFolder, writeNewFile } from "../../../shared/plain-folder.ts";
import { formatDuration } from "../../../shared/text.ts";
import type { DestinationLock, LockOptions } from "../store.ts";
import { currentBootId } from "./boot-id.ts";
import { lockFileName } from "./lock-file.ts";
import { machineId } from "./machine-id.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly bootId: string;
  readonly machine?: string;
  /** Of this one lock. */
  readonly mark?: string;
}

export interface LocalLockOptions extends LockOptions {
  /** Of this start of the computer; found out when not given. */
  readonly bootId?: string;
}

const probeName = /^lock\.[0-9a-f]{8}$/;
/** Others sweep a probe away once, when they get the lock; a disk that never shows one is a fault of the disk. */
const mostLooks = 5;
/** File systems that one computer at a time has: there the system's lock alone decides, and a power cut costs no wait. */
const ownDisks = /^(ext[234]|btrfs|xfs|f2fs|zfs|bcachefs|tmpfs)$/;
const pollMs = 1_000;
/** How often a holder gives a sign of life. */
const beatMs = 15_000;
/** One that gave none for so long is dead, or its computer sleeps. */
const silenceMs = 120_000;

/**
 * @param folder the destination's `.offroll`, which exists
 * @throws {DestinationError} `destination-in-use`, naming process and computer; `lock-stale` where nobody can tell whether its
 * holder lives
 */
export async function lockDestination(folder: string, options: LocalLockOptions): Promise<DestinationLock> {
  try {
    return await takeLock(folder, options);
  } catch (error) {
    throw diskError(error, folder);
  }
}

async function takeLock(folder: string, options: LocalLockOptions): Promise<DestinationLock> {
  const file = join(folder, lockFileName);
  const onShare = options.onShare ?? isShare(folder);
  const isOwn = options.onShare === undefined && ownDisks.test(mountType(folder) ?? "");
  const { pid, bootId = currentBootId(options.clock) } = options;
  const mine = { pid, host: hostname(), bootId, machine: machineId(), mark: randomBytes(8).toString("hex") };
  let broken: string | undefined;
  for (let waiting = false; ; waiting = true) {
    assertPlain(file);
    const os = tryOsLock(folder);
    const found = readHolder(folder);
    const state = isOwn && typeof os !== "string" ? "dead" : judge(found, os, mine, onShare);
    const words = wordsOf(found);
    if (state === "stale" && broken !== found?.text && (await options.breakStale?.(words)) === true) {
      // While a person thinks about it, its holder may have come back, or another run have taken its place.
      broken = found?.text;
      if (typeof os !== "string") os.release();
      continue;
    }
    if (state === "dead" || (state === "stale" && broken === found?.text)) {
      const held = typeof os === "string" ? undefined : os;
      if (found) fs.rmSync(file, { force: true });
      if (writeNewFile(file, JSON.stringify(mine), 0o600)) {
        sweepProbes(folder);
        return new HeldLock(folder, mine, held, onShare);
      }
      held?.release(); // another was quicker
      continue;
    }
    if (typeof os !== "string") os.release();
    if (state === "stale") throw new DestinationError("lock-stale", `A run left its lock here: ${words}.`);
    const name = found?.holder ? nameOf(found.holder) : "one that is just starting";
    if (!options.wait) throw new DestinationError("destination-in-use", `Another run is writing there: ${name}.`);
    if (!waiting) options.onWait?.(name);
    await options.clock.sleep(pollMs, options);
  }
}

interface Found {
  /** undefined where the file says nothing of use. */
  readonly holder: Holder | undefined;
  /** What the file holds, as far as it can be read: two locks never hold the same. */
  readonly text: string;
  /** Since the last sign of life, by the clock of the disk's own computer. */
  readonly silentMs: number;
}

function judge(
  found: Found | undefined,
  os: OsLock | "held" | "none",
  mine: Holder,
  onShare: boolean,
): "dead" | "alive" | "stale" {
  const holder = found?.holder;
  const isSilent = found !== undefined && found.silentMs >= silenceMs;
  // Without a lock service, some network file systems answer every attempt as if somebody had the lock.
  if (os === "held" && !(onShare && (isSilent || !found))) return "alive";
  if (!found) return "dead";
  if (typeof os !== "string" && (!holder || isThisSystem(holder, mine))) return "dead";
  if (!isSilent) return "alive";
  if (typeof os !== "string" && !onShare) return "dead";
  // This computer, started anew since.
  if (holder?.machine === mine.machine && holder?.bootId !== mine.bootId) return "dead";
  return "stale";
}

/** The same kernel, in whatever container. Where its mark is only a time, another computer may have the same. */
function isThisSystem(holder: Holder, mine: Holder): boolean {
  return holder.bootId === mine.bootId && (!mine.bootId.startsWith("boot-") || holder.machine === mine.machine);
}

function readHolder(folder: string): Found | undefined {
  return inPlainFolder(folder, (real) => {
    const stat = fs.lstatSync(join(real, lockFileName), { throwIfNoEntry: false });
    if (!stat) return undefined;
    const text = textOf(join(real, lockFileName));
    return { holder: parseHolder(text), text, silentMs: diskNow(folder) - stat.mtimeMs };
  });
}

function textOf(file: string): string {
  try {
    return readPlainText(file, { followLinks: false, maxBytes: 4096 });
  } catch {
    return "";
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) && typeof holder.host === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** A server's clock is not ours: what it says of a new file is its now. */
function diskNow(folder: string): number {
  for (let looks = 1; ; looks += 1) {
    const probe = `${lockFileName}.${randomBytes(4).toString("hex")}`;
    writeNewFile(join(folder, probe), "", 0o600);
    const now = inPlainFolder(folder, (real) => {
      const stat = fs.lstatSync(join(real, probe), { throwIfNoEntry: looks >= mostLooks });
      fs.rmSync(join(real, probe), { force: true });
      return stat?.mtimeMs;
    });
    // Whoever has just got the lock has swept it away.
    if (now !== undefined) return now;
  }
}

/** Takes away probes of runs that were killed in `diskNow`. What cannot be taken away is no reason to stop. */
function sweepProbes(folder: string): void {
  try {
    inPlainFolder(folder, (real) => {
      for (const name of fs.readdirSync(real)) if (probeName.test(name)) fs.unlinkSync(join(real, name));
    });
  } catch {
    // a folder of that name, a disk that does not let go
  }
}

function nameOf({ pid, host }: Holder): string {
  return `process ${pid} on ${host}`;
}

function wordsOf(found: Found | undefined): string {
  const who = found?.holder ? nameOf(found.holder) : "its file does not say whose";
  return found ? `${who}, last sign of life ${ageWords(found.silentMs)} ago` : who;
}

function ageWords(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  return days >= 2 ? `${days} days` : formatDuration(ms / 1000);
}

class HeldLock implements DestinationLock {
  readonly #folder: string;
  readonly #mine: Holder;
  readonly #onShare: boolean;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #os: OsLock | undefined;
  #isBeating = false;

  constructor(folder: string, mine: Holder, os: OsLock | undefined, onShare: boolean) {
    this.#folder = folder;
    this.#onShare = onShare;
    this.#mine = mine;
    this.#os = os;
    this.#timer = setInterval(() => this.beat(), beatMs);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Called by the timer. A disk that is away just now is no loss; a lock file that is another's is. */
  beat(): void {
    if (this.#isBeating) return;
    this.#isBeating = true;
    void this.#beat()
      .catch(() => {})
      .finally(() => {
        this.#isBeating = false;
      });
  }

  async #beat(): Promise<void> {
    const flags = fs.constants.O_RDWR | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
    const file = await fs.promises.open(join(this.#folder, lockFileName), flags).catch((error) => this.#missing(error));
    if (!file) return;
    try {
      if (!(await file.stat()).isFile()) return;
      const text = await file.readFile("utf8");
      if (!text.includes(this.#mine.mark as string)) return this.#lose(text);
      // Written, not dated: the time is then the server's.
      await file.write(text, 0);
      this.#lockAgain();
    } finally {
      await file.close();
    }
  }

  /** Where no system's lock tells of others, a lock file that is gone was broken by a run that is over by now. */
  async #missing(error: unknown): Promise<undefined> {
    if (!this.#onShare || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await fs.promises.access(this.#folder);
    this.#lose("");
  }

  /** A disk that was away and is back has our lock file, and no lock of the system. */
  #lockAgain(): void {
    if (!this.#os || this.#os.isHeld) return;
    const os = tryOsLock(this.#folder);
    if (os === "held") return this.#lose("");
    this.#os.release();
    this.#os = os === "none" ? undefined : os;
  }

  #lose(text: string): void {
    clearInterval(this.#timer);
    let who = "another run";
    try {
      who = nameOf(JSON.parse(text) as Holder);
    } catch {
      // it does not say
    }
    this.#lost.abort(
      new DestinationError("destination-in-use", `The lock was broken: ${who} writes there now.`, {
        remedy: "Wait for it, then run again.",
      }),
    );
  }

  /** Throws nothing: a disk that is gone has no lock any more, and what went wrong before matters more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    try {
      inPlainFolder(this.#folder, (real) => {
        const file = join(real, lockFileName);
        if (parseHolder(textOf(file))?.mark === this.#mine.mark) fs.rmSync(file, { force: true });
      });
    } catch {
      // see above
    }
    this.#os?.release();
    this.#os = undefined;
  }
}
