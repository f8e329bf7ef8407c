/** Does the work that the reducer asked for, and turns what happens back into actions. */
import { join } from "node:path";
import { libraryOptions, parseDuration, pathsFor, readConfig, resolveSetting, type settings } from "../cli/config.ts";
import type { CliContext } from "../cli/context.ts";
import { DeviceHub, type DeviceSummary, type MediaSource } from "../device/index.ts";
import { buildCameraRoll, type LibraryOptions, whyNotShown } from "../library/index.ts";
import { dateWords, kindWords, photoDetails, photoSize, shownName } from "../library/item-view.ts";
import { toAppError } from "../shared/errors.ts";
import { plainStyle } from "../shared/style.ts";
import { printable } from "../shared/text.ts";
import {
  everyPart,
  inspectDestination,
  openTransfer,
  PathTemplate,
  Selection,
  summaryLines,
} from "../transfer/index.ts";
import type { Action, Effect } from "./actions.ts";
import type { UiItem } from "./state.ts";

export class Effects implements AsyncDisposable {
  readonly #context: CliContext;
  readonly #dispatch: (action: Action) => void;
  readonly #onQuit: () => void;
  readonly #hub: DeviceHub;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #opening: AbortController | undefined;
  #running: AbortController | undefined;
  #source: MediaSource | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(context: CliContext, dispatch: (action: Action) => void, onQuit: () => void) {
    this.#context = context;
    this.#dispatch = dispatch;
    this.#onQuit = onQuit;
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal]);
    this.#hub = new DeviceHub({
      usbmuxAddress: this.#setting("usbmux"),
      recordFolder: pathsFor(context).recordFolder,
      hostName: context.hostName,
      platform: context.platform,
      clock: context.clock,
    });
  }

  #setting(key: keyof typeof settings): string | undefined {
    return resolveSetting(key, undefined, this.#context, readConfig(pathsFor(this.#context).configFile)).value;
  }

  /** Watches phones until disposed. */
  async watch(): Promise<void> {
    for await (const change of this.#hub.watch({ signal: this.#signal })) {
      if (change.type === "devices") this.#dispatch({ type: "devices", devices: change.devices });
      else this.#dispatch({ type: "problem", message: change.error.message, remedy: change.error.remedy });
    }
  }

  run(effect: Effect): void {
    switch (effect.type) {
      case "open":
        this.#work = this.#open(effect.device);
        return;
      case "startExport":
        this.#work = this.#export(effect.destination, effect.ids);
        return;
      case "cancelExport":
        this.#running?.abort();
        return;
      case "close":
        this.#opening?.abort();
        void this.#closeSource();
        return;
      case "quit":
        this.#onQuit();
    }
  }

  async #open(device: DeviceSummary): Promise<void> {
    this.#opening = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#opening.signal]);
    try {
      await this.#closeSource();
      if (device.state !== "ready")
        await this.#hub.trust(device.info, { signal, onState: (state) => this.#dispatch({ type: "trust", state }) });
      const source = await this.#hub.open(device.info, { signal });
      this.#source = source;
      const roll = await buildCameraRoll(source, {
        now: this.#context.clock.now(),
        library: this.#libraryOf(source),
        signal,
        onProgress: throttle(this.#context, ({ read, toRead }) => this.#dispatch({ type: "reading", read, toRead })),
      });
      const items = roll.items
        .filter((photo) => whyNotShown(photo) === undefined)
        .map(
          (photo): UiItem => ({
            id: photo.id,
            name: shownName(photo),
            date: dateWords(photo),
            kind: kindWords(photo),
            bytes: photoSize(photo),
            files: photo.parts.length,
            folder: printable(photo.parts[0].item.path.split("/").at(-2) ?? ""),
            details: photoDetails(photo),
          }),
        );
      items.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
      const destination = join(this.#context.home, "Pictures", "offroll");
      this.#dispatch({ type: "opened", phone: printable(source.device.name), items, destination });
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code !== "cancelled") this.#dispatch({ type: "openFailed", message, remedy });
    }
  }

  async #export(destination: string, ids: readonly string[]): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#running = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#running.signal]);
    try {
      await using transfer = await openTransfer(source, {
        folder: inspectDestination(destination.replace(/^~(?=\/|$)/, this.#context.home), this.#context.cwd),
        template: new PathTemplate(this.#setting("template") as string),
        selection: new Selection({ ids: new Set(ids), hidden: true, recentlyDeleted: true, unpickedBursts: true }),
        parts: everyPart,
        extras: { albumsAs: "none" },
        library: this.#libraryOf(source),
        snapshot: true,
        verify: "hash",
        waitMs: parseDuration(this.#setting("wait") as string),
        waitForLock: false,
        clock: this.#context.clock,
        pid: this.#context.pid,
        command: "offroll (terminal UI)",
        dryRun: false,
        adopt: false,
        targetFileSystem: "auto",
        dataFolder: pathsFor(this.#context).dataFolder,
        signal,
      });
      for await (const event of transfer.run({ signal })) {
        if (event.type === "progress") this.#dispatch(event);
        if (event.type === "waiting") this.#dispatch(event);
        if (event.type === "resumed") this.#dispatch(event);
        if (event.type === "item" && event.outcome === "failed")
          this.#dispatch({ type: "failure", line: `${printable(event.path)}: ${printable(event.message ?? "")}` });
        if (event.type === "summary") this.#dispatch({ type: "finished", lines: summaryLines(event, plainStyle) });
      }
    } catch (error) {
      const { message, remedy } = toAppError(error);
      this.#dispatch({ type: "exportFailed", message: `${printable(message)} ${remedy}` });
    } finally {
      this.#running = undefined;
    }
  }

  #libraryOf(source: MediaSource): LibraryOptions {
    return libraryOptions(this.#context, pathsFor(this.#context), source);
  }

  async #closeSource(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work.catch(() => {});
    await this.#closeSource();
  }
}

/** A few calls a second are enough for eyes. */
function throttle<T>(context: CliContext, call: (value: T) => void): (value: T) => void {
  let last = 0;
  return (value) => {
    const now = context.clock.now();
    if (now - last < 100) return;
    last = now;
    call(value);
  };
}
