/** A backup or a restore of a whole phone, told as it runs: lines and a moving one for people, events for programs. */
import type { Host } from "../../app/host.ts";
import type { PhoneEvent } from "../../phone-backup/index.ts";
import {
  type AppError,
  CancelledError,
  DestinationError,
  DeviceError,
  errorToJson,
  toAppError,
} from "../../shared/errors.ts";
import { truncate } from "../../shared/text.ts";
import { exitCodeOf, type Output } from "../output.ts";
import { phoneEventWords, phoneProgressWords } from "./phone-run-words.ts";

const pipedIntervalMs = 10_000;

export class PhoneRunReport {
  readonly #host: Host;
  readonly #output: Output;
  readonly #isMoving: boolean;
  #isShown = false;
  #toldAt = 0;

  constructor(host: Host, output: Output) {
    this.#host = host;
    this.#output = output;
    this.#isMoving = host.stderr.isTTY === true && !output.quiet && !output.json && host.env["TERM"] !== "dumb";
  }

  readonly event = (event: PhoneEvent): void => {
    if (this.#output.json)
      this.json(event.type, { ...event, ...(event.type === "progress" ? progressJson(event) : {}) });
    if (event.type === "progress") return this.#progress(event);
    const words = phoneEventWords(event);
    if (words === undefined) return;
    this.clear();
    // Without these the run would wait for ever, and nobody would know for what.
    const mustBeKnown = event.type === "phase" && event.phase === "passcode";
    if (mustBeKnown || event.type === "suspect" || event.type === "odd-size" || event.type === "space")
      this.#output.complain(words);
    else if (!this.#output.json) this.#output.say(words);
  };

  #progress(event: Extract<PhoneEvent, { type: "progress" }>): void {
    if (this.#output.json || event.bytes === 0) return;
    const words = phoneProgressWords(event);
    if (this.#isMoving) {
      this.#host.stderr.write(`\r\x1b[2K${truncate(words, this.#output.width(this.#host.stderr) - 1)}`);
      this.#isShown = true;
      return;
    }
    const now = this.#host.clock.now();
    if (this.#toldAt === 0) this.#toldAt = now;
    if (now - this.#toldAt < pipedIntervalMs) return;
    this.#toldAt = now;
    this.#output.say(words);
  }

  clear(): void {
    if (this.#isShown) this.#host.stderr.write("\r\x1b[2K");
    this.#isShown = false;
  }

  /** One line, with its time. */
  json(type: string, value: object): void {
    if (this.#output.json)
      this.#output.document({ type, at: new Date(this.#host.clock.now()).toISOString(), ...value });
  }

  /** The last line of a run that failed. @returns the exit code */
  failed(error: unknown): number {
    this.clear();
    const reason = withoutContinuing(toAppError(error));
    if (!this.#output.json) throw reason;
    this.json("summary", { ok: false, error: errorToJson(reason) });
    this.#output.tell(reason);
    return exitCodeOf(reason);
  }
}

/** How remedies say that nothing has to be copied twice, and what they say before. */
const goesOn = /^(?:(.*?)[.;:] )?the next run continues from here\.?$/i;

/** Copies of photos go on where they stopped; of a whole phone, what was begun is of no use. */
function withoutContinuing(reason: AppError): AppError {
  const parts = goesOn.exec(reason.remedy);
  if (!parts) return reason;
  const { code, message, retryable } = reason;
  const before = parts[1] === undefined || code === "cancelled" ? "" : `${parts[1]}. `;
  const options = {
    cause: reason,
    retryable,
    remedy: `${before}What was begun is dropped, and the next run begins anew.`,
  };
  if (reason instanceof DestinationError) return new DestinationError(code, message, options);
  return reason instanceof DeviceError ? new DeviceError(code, message, options) : new CancelledError(message, options);
}

function progressJson({ percent }: Extract<PhoneEvent, { type: "progress" }>): object {
  return { percent: percent ?? null };
}
