/** A run told to a program: one JSON object a line on stdout; the last is always `summary`. */

import type { Host } from "../../app/host.ts";
import { type AppError, errorToJson } from "../../shared/errors.ts";
import { jsonLine } from "../../shared/text.ts";
import type { RunSummary, TransferEvent } from "../../transfer/events.ts";
import type { Output } from "../output.ts";
import type { RunEnd } from "./run-end.ts";

/** A reader of a run's events: one JSON object a line. */
export class JsonReport {
  readonly #context: Host;
  readonly #output: Output;
  #summarised = false;

  constructor(context: Host, output: Output) {
    this.#context = context;
    this.#output = output;
  }

  event(event: Exclude<TransferEvent, RunSummary> | { readonly type: "plan"; readonly [key: string]: unknown }): void {
    this.#line(event);
  }

  /** The end of a run that has a summary: `error` stands in it wherever the exit code is not 0. */
  summary(summary: RunSummary, { error }: RunEnd): void {
    this.#summarised = true;
    this.#line(error ? { ...summary, error: errorToJson(error) } : summary);
  }

  /** A run that ended before it had a summary of its own still ends with one. */
  failed(error: AppError): void {
    if (!this.#summarised) this.#output.failure(error);
  }

  #line(event: { readonly type: string; readonly [key: string]: unknown } | TransferEvent): void {
    const { type, ...rest } = event;
    this.#output.data(jsonLine({ v: 1, type, at: new Date(this.#context.clock.now()).toISOString(), ...rest }));
  }
}
