/** A run told to a program: one JSON object a line on stdout; the last is always `summary`. */
import type { AppError } from "../shared/errors.ts";
import type { TransferEvent } from "../transfer/index.ts";
import type { CliContext } from "./context.ts";
import type { Output } from "./output.ts";

export class JsonReport {
  readonly #context: CliContext;
  readonly #output: Output;
  #summarised = false;

  constructor(context: CliContext, output: Output) {
    this.#context = context;
    this.#output = output;
  }

  event(event: TransferEvent | { readonly type: "plan"; readonly [key: string]: unknown }): void {
    if (event.type === "summary") this.#summarised = true;
    this.#line(event);
  }

  /** A run that ended before it had a summary of its own still ends with one. */
  failed(error: AppError): void {
    if (!this.#summarised) this.#output.failure(error);
  }

  #line(event: { readonly type: string; readonly [key: string]: unknown } | TransferEvent): void {
    const { type, ...rest } = event;
    this.#output.data(JSON.stringify({ v: 1, type, at: new Date(this.#context.clock.now()).toISOString(), ...rest }));
  }
}
