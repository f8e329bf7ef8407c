/** Turns what passes on the cable into phases and progress. */
import type { HostRefusal, OperationNews } from "../../device/iphone/mobilebackup2/index.ts";
import type { Clock } from "../../shared/clock.ts";
import type { OnPhoneEvent, PhonePhase } from "./events.ts";

/** Between two events of progress. */
const everyMs = 200;
/** Newer phones ask for what they want and two gigabytes more. */
const askedOnTopBytes = 2 * 1024 ** 3;

export class PhoneNews implements OperationNews {
  readonly #onEvent: OnPhoneEvent;
  readonly #clock: Clock;
  readonly #moving: "receiving" | "sending";
  #phase: PhonePhase = "connecting";
  #toldAt = 0;
  #percent: number | undefined;
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
    this.#tell(false);
  }

  onPercent(percent: number): void {
    this.#percent = Math.min(99, Math.round(percent * 10) / 10);
    this.#tell(false);
  }

  onBytes(bytes: number): void {
    this.bytes += bytes;
    this.#tell(false);
  }

  onFile(): void {
    this.files += 1;
    // A status and two manifests are looked at first.
    if (this.files > 4 && this.#phase === "preparing") this.enter(this.#moving);
    this.#tell(false);
  }

  onSuspect(file: string, why: string): void {
    this.suspects += 1;
    this.#onEvent({ type: "suspect", file, why });
  }

  onPurge(bytes: number): void {
    const missingBytes = bytes > askedOnTopBytes ? bytes - askedOnTopBytes : bytes;
    this.#onEvent({ type: "space", missingBytes: Math.ceil(missingBytes) });
  }

  onRefusal(refusal: HostRefusal): void {
    this.#onEvent({ type: "refused", why: refusal.message });
  }

  #tell(always: boolean): void {
    const now = this.#clock.now();
    if (!always && now - this.#toldAt < everyMs) return;
    this.#toldAt = now;
    this.#onEvent({
      type: "progress",
      phase: this.#phase,
      files: this.files,
      bytes: this.bytes,
      percent: this.#percent,
    });
  }
}
