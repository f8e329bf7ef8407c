/** Turns what passes on the cable into phases and progress. */
import type { HostRefusal, OperationNews } from "../../device/iphone/mobilebackup2/index.ts";
import type { Clock } from "../../shared/clock.ts";
import type { OnPhoneEvent, PhonePhase } from "./events.ts";

/** Between two events of progress. */
const everyMs = 200;
/** The name of one of the phone's files. What else passes tells of them: status, manifests, Info.plist. */
const fileId = /\/[0-9a-f]{40}$/;
/** Told one by one; the rest is counted. */
const mostOddSizes = 100;
/** Newer phones ask for what they want and two gigabytes more. */
const askedOnTopBytes = 2 * 1024 ** 3;

export class PhoneNews implements OperationNews {
  readonly #onEvent: OnPhoneEvent;
  readonly #clock: Clock;
  readonly #moving: "receiving" | "sending";
  #phase: PhonePhase = "connecting";
  #toldAt = 0;
  #told = "";
  #percent: number | undefined;
  #oddSizes = 0;
  /** Of files that the phone could not read to their end. */
  readonly suspectIds = new Set<string>();
  onPhase: (phase: PhonePhase) => void = () => {};
  /** All that passed, as what moves is shown: a manifest is large too. */
  #passedBytes = 0;
  /** The phone's own files and their bytes, as `verify` counts them. */
  files = 0;
  bytes = 0;
  suspects = 0;

  constructor(onEvent: OnPhoneEvent, clock: Clock, moving: "receiving" | "sending") {
    this.#onEvent = onEvent;
    this.#clock = clock;
    this.#moving = moving;
  }

  enter(phase: PhonePhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.onPhase(phase);
    this.#onEvent({ type: "phase", phase });
  }

  onPasscode(isAsked: boolean): void {
    this.enter(isAsked ? "passcode" : "preparing");
  }

  onMessage(name: string): void {
    if (this.#phase === "connecting" || this.#phase === "passcode") this.enter("preparing");
    if (/Move/.test(name)) this.enter("sorting");
    // The phone reads the manifests again when everything is in its place.
    if (/Download/.test(name) && this.#phase === "sorting") this.enter("checking");
    this.#tell();
  }

  onPercent(percent: number): void {
    this.#percent = Math.min(99, Math.round(percent * 10) / 10);
    this.#tell();
  }

  onReceivedBytes(bytes: number, path: string): void {
    this.#onBytes("receiving", bytes, path);
  }

  onSentBytes(bytes: number, path: string): void {
    this.#onBytes("sending", bytes, path);
  }

  onReceivedFile(path: string): void {
    this.#onFile("receiving", path);
  }

  onSentFile(path: string): void {
    this.#onFile("sending", path);
  }

  /** What goes the other way is the manifests, which the phone looks at. */
  #onBytes(way: "receiving" | "sending", bytes: number, path: string): void {
    if (way !== this.#moving) return;
    this.#passedBytes += bytes;
    if (fileId.test(path)) this.bytes += bytes;
    this.#tell();
  }

  #onFile(way: "receiving" | "sending", path: string): void {
    if (way !== this.#moving) return;
    if (fileId.test(path)) {
      this.files += 1;
      if (this.#phase === "preparing") this.enter(way);
    }
    this.#tell();
  }

  onSuspect(file: string, why: string, path: string): void {
    if (fileId.test(path)) this.suspectIds.add(path.slice(path.lastIndexOf("/") + 1));
    this.suspects += 1;
    this.#onEvent({ type: "suspect", file, why });
  }

  /** The phone's manifest tells another size than came, or nothing came. What it could not read to its end was told already. */
  onOdd(id: string, file: string, why: string): void {
    if (this.suspectIds.has(id)) return;
    this.suspects += 1;
    this.#oddSizes += 1;
    if (this.#oddSizes <= mostOddSizes) this.#onEvent({ type: "odd-size", file, why });
  }

  onPurge(bytes: number): void {
    const missingBytes = bytes > askedOnTopBytes ? bytes - askedOnTopBytes : bytes;
    this.#onEvent({ type: "space", missingBytes: Math.ceil(missingBytes) });
  }

  onRefusal(refusal: HostRefusal): void {
    this.#onEvent({ type: "refused", why: refusal.message });
  }

  #tell(): void {
    const now = this.#clock.now();
    const state = `${this.#phase} ${this.files} ${this.#passedBytes} ${this.#percent}`;
    if (now - this.#toldAt < everyMs || state === this.#told) return;
    this.#toldAt = now;
    this.#told = state;
    this.#onEvent({
      type: "progress",
      phase: this.#phase,
      files: this.files,
      bytes: this.#passedBytes,
      percent: this.#percent,
    });
  }
}
