/** Does the work that the reducer asked for, and turns what happens back into actions. */
import { spawn } from "node:child_process";
import { type DemoPhone, startDemoPhone } from "../app/demo-phone.ts";
import {
  defaultSettings,
  type ExportSettings,
  expandHome,
  rememberChoices,
  rememberedChoices,
} from "../app/export-choices.ts";
import type { Host } from "../app/host.ts";
import { adbStartedWords, hubOptions, libraryOptions } from "../app/phones.ts";
import { placesKnownTo } from "../app/remembered-places.ts";
import {
  type Config,
  parseDuration,
  parseVerify,
  pathsFor,
  readConfig,
  resolveSetting,
  type settings,
} from "../app/settings/index.ts";
import { DeviceHub, type DeviceHubOptions, type DeviceSummary, type MediaSource } from "../device/index.ts";
import { buildCameraRoll, type CameraRoll, type LibraryOptions, type RollItem, whyNotShown } from "../library/index.ts";
import { summaryLines } from "../present/summary-lines.ts";
import { forEachYielding } from "../shared/async.ts";
import { toAppError } from "../shared/errors.ts";
import { findProgram } from "../shared/program.ts";
import { plainStyle } from "../shared/style.ts";
import { printable } from "../shared/text.ts";
import {
  type CopiedPart,
  everyPart,
  lookAside,
  openTransfer,
  PathTemplate,
  Pause,
  Selection,
} from "../transfer/index.ts";
import type { Action, Effect, OpenedPhone } from "./actions.ts";
import { groupsOf } from "./groups.ts";
import { fromFiles, toUiItems, type UiItem } from "./items.ts";
import type { PictureStore } from "./pictures/picture-store.ts";
import { defaultDestination, findPlaces, freeBytes } from "./places.ts";
import { stoppedEarly, verdictFirst } from "./run-words.ts";
import { findChoosing } from "./same-command.ts";
import type { BrowseState, ExportAnswers } from "./state.ts";

export class Effects implements AsyncDisposable {
  readonly #context: Host;
  readonly #dispatch: (action: Action) => void;
  readonly #onQuit: () => void;
  readonly #pictures: PictureStore;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #hub: DeviceHub;
  #watching = new AbortController();
  #demo: DemoPhone | undefined;
  #opening: AbortController | undefined;
  #running: AbortController | undefined;
  #reconnecting: AbortController | undefined;
  #looking: AbortController | undefined;
  #placesAsked = 0;
  #pause = new Pause();
  #source: MediaSource | undefined;
  #photos: readonly RollItem[] = [];
  #roll: CameraRoll | undefined;
  #work: Promise<unknown> = Promise.resolve();
  /** Why the settings could not be read. */
  #unread: string | undefined;

  constructor(context: Host, dispatch: (action: Action) => void, onQuit: () => void, pictures: PictureStore) {
    this.#context = context;
    this.#dispatch = dispatch;
    this.#onQuit = onQuit;
    this.#pictures = pictures;
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal]);
    this.#hub = this.#hubWith({});
  }

  #hubWith(over: Partial<DeviceHubOptions>): DeviceHub {
    const options = hubOptions(this.#context, pathsFor(this.#context), (key) => this.#setting(key));
    const onAdbStarted = (): void => this.#dispatch({ type: "notice", text: adbStartedWords });
    return new DeviceHub({ ...options, onAdbStarted, ...over });
  }

  /** The settings; none where they cannot be read, which is said once and costs no photo. */
  #config(): Config {
    try {
      return readConfig(pathsFor(this.#context).configFile);
    } catch (error) {
      const { message, remedy } = toAppError(error);
      this.#unread = `Your settings are not used: ${printable(message).replace(/\.?$/, ".")} ${remedy}`;
      return {};
    }
  }

  #setting(key: keyof typeof settings): string | undefined {
    return resolveSetting(key, undefined, this.#context, this.#config()).value;
  }

  /** Tells the phones that are there, from now on; from elsewhere after the demo phone was plugged in. */
  async watch(): Promise<void> {
    this.#config();
    if (this.#unread !== undefined) this.#dispatch({ type: "notice", text: this.#unread });
    while (!this.#signal.aborted) {
      const signal = AbortSignal.any([this.#signal, this.#watching.signal]);
      try {
        for await (const change of this.#hub.watch({ signal })) {
          if (change.type === "devices") this.#dispatch(change);
          else this.#dispatch({ type: "problem", message: change.error.message, remedy: change.error.remedy });
        }
      } catch (error) {
        // Asked to begin anew, or to end; anything else is a bug that must not go round for ever.
        if (toAppError(error).code !== "cancelled") throw error;
      }
    }
  }

  run(effect: Effect): void {
    switch (effect.type) {
      case "open":
        this.#work = this.#open(effect.device);
        return;
      case "demo":
        this.#work = this.#plugInDemo();
        return;
      case "lookAtDestination":
        void this.#lookAtDestination(effect.destination);
        return;
      case "findPlaces":
        void this.#findPlaces(effect.destination);
        return;
      case "findCommand":
        void this.#findCommand(effect.browse);
        return;
      case "startExport":
        this.#work = this.#export(effect.settings, effect.ids, effect.answers ?? {});
        return;
      case "pauseExport":
        this.#pause.set(effect.paused);
        return;
      case "cancelExport":
        this.#running?.abort();
        return;
      case "openFolder":
        this.#openFolder(this.#full(effect.path));
        return;
      case "reconnect":
        void this.#reconnect();
        return;
      case "close":
        this.#opening?.abort();
        void this.#closeSource();
        // What the watch told meanwhile went unheard: it begins anew.
        this.#watchAgain();
        return;
      case "quit":
        this.#onQuit();
    }
  }

  #watchAgain(): void {
    const before = this.#watching;
    this.#watching = new AbortController();
    before.abort();
  }

  async #plugInDemo(): Promise<void> {
    try {
      this.#demo ??= await startDemoPhone(this.#context, ["--trust", "pending:2"]);
      this.#hub = this.#hubWith({ usbmuxAddress: this.#demo.address, via: "usbmux" });
      this.#watchAgain();
    } catch (error) {
      const { message, remedy } = toAppError(error);
      this.#dispatch({ type: "openFailed", message, remedy });
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
      this.#pictures.use(source);
      const phone = printable(source.device.name);
      const exportSettings = await this.#settingsFor(source);
      const view: OpenedPhone["view"] = this.#pictures.enabled ? "grid" : "list";
      const { noun, id } = source.device;
      const { parts } = source.capabilities;
      const usualTemplate = this.#setting("template") ?? defaultSettings.template;
      const tell = async (items: readonly UiItem[], partial: boolean): Promise<void> => {
        const groups = await groupsOf(items);
        const known = { device: id, phone, noun, parts, settings: exportSettings, usualTemplate, view };
        const opened: OpenedPhone = { ...known, items, groups, partial };
        if (!signal.aborted) this.#dispatch({ type: "opened", opened });
      };
      const roll = await buildCameraRoll(source, {
        now: this.#context.clock.now(),
        library: this.#libraryOf(source),
        signal,
        onFirstFiles: (files) => void tell(fromFiles(files), true),
        onProgress: throttle(this.#context, ({ read, toRead }) => this.#dispatch({ type: "reading", read, toRead })),
      });
      this.#roll = roll;
      this.#photos = roll.items.filter((photo) => whyNotShown(photo) === undefined);
      await tell(await toUiItems(this.#photos), false);
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code === "cancelled") return;
      this.#dispatch({ type: "openFailed", message, remedy });
      this.#watchAgain();
    }
  }

  /** The phone that was unplugged is there again: it can be read when it is unlocked. */
  async #reconnect(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#reconnecting?.abort();
    this.#reconnecting = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#reconnecting.signal]);
    try {
      await source.reconnect({ signal });
      if (source !== this.#source) return;
      this.#dispatch({ type: "reconnected" });
      this.#pictures.again();
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code === "cancelled" || source !== this.#source) return;
      this.#dispatch({ type: "openFailed", message, remedy });
      this.#watchAgain();
    }
  }

  /** What was asked for last time, for this phone. */
  async #settingsFor(source: MediaSource): Promise<ExportSettings> {
    const destination = await defaultDestination(this.#context.home);
    return rememberedChoices(this.#config(), source.device.id, { destination, template: this.#setting("template") });
  }

  #full(path: string): string {
    return expandHome(path, this.#context.home);
  }

  /** Which of the photos the destination has already, and how much room it has. Only the newest question is answered. */
  async #lookAtDestination(destination: string): Promise<void> {
    this.#looking?.abort();
    this.#looking = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#looking.signal]);
    const path = this.#full(destination);
    const photos = this.#photos;
    const [uuids, paths] = [new Set<string>(), new Set<string>()];
    const onCopied = (part: CopiedPart): void => {
      for (const uuid of part.uuids) uuids.add(uuid);
      for (const copied of part.paths) paths.add(copied);
    };
    let free: number | undefined;
    try {
      const request = { path, cwd: this.#context.cwd, device: this.#source?.device.id, copied: true };
      free = (await lookAside(request, { signal, onCopied })).freeBytes;
    } catch {
      // No folder yet, or none that can be read: nothing is there.
      free = await freeBytes(path);
    }
    const exported = new Set<string>();
    await forEachYielding(photos, (photo) => {
      if (uuids.has(photo.library?.uuid ?? "") || paths.has(photo.parts[0].item.path)) exported.add(photo.id);
    });
    if (!signal.aborted && photos === this.#photos) this.#dispatch({ type: "destination", exported, freeBytes: free });
  }

  async #findCommand(browse: BrowseState): Promise<void> {
    this.#dispatch({ type: "choosing", of: browse, choosing: await findChoosing(browse) });
  }

  /** A share may answer later than the next letter is typed: then nobody wants to know any more. */
  async #findPlaces(destination: string): Promise<void> {
    const question = ++this.#placesAsked;
    const { home, cwd, platform } = this.#context;
    const recent = Object.values(this.#config().exports ?? {}).map((e) => e.to);
    const [places, free] = await Promise.all([
      findPlaces(destination, { home, cwd, platform, recent }),
      freeBytes(this.#full(destination)),
    ]);
    if (question === this.#placesAsked) this.#dispatch({ type: "places", places, freeBytes: free });
  }

  async #export(chosen: ExportSettings, ids: readonly string[], answers: ExportAnswers): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#running = new AbortController();
    this.#pause = new Pause();
    this.#pictures.busy = true;
    const signal = AbortSignal.any([this.#signal, this.#running.signal]);
    try {
      const { dataFolder } = pathsFor(this.#context);
      const remembered = answers.newDestination ? [] : placesKnownTo(this.#config(), dataFolder);
      const path = this.#full(chosen.destination);
      const { folder, doubt } = await lookAside(
        { path, cwd: this.#context.cwd, copied: false, remembered },
        { signal },
      );
      if (doubt !== undefined) {
        const question = { about: "newDestination", answered: answers } as const;
        this.#dispatch({ type: "exportFailed", message: printable(doubt), question });
        return;
      }
      await using transfer = await openTransfer(source, {
        folder,
        newDestination: answers.newDestination === true,
        remember: this.#demo === undefined,
        template: new PathTemplate(chosen.template),
        selection: new Selection({ ids: new Set(ids), hidden: true, recentlyDeleted: true, unpickedBursts: true }),
        parts: { ...everyPart, edits: chosen.edits, live: chosen.live },
        extras: {
          albumsAs: chosen.albumsAs,
          sidecar: chosen.sidecar === "none" ? undefined : chosen.sidecar,
          motion: chosen.motion,
        },
        roll: this.#roll,
        library: this.#libraryOf(source),
        snapshot: true,
        pause: this.#pause,
        verify: parseVerify(this.#setting("verify") ?? "hash"),
        waitMs: parseDuration(this.#setting("wait") as string),
        waitForLock: false,
        breakLock: () => answers.breakLock === true,
        clock: this.#context.clock,
        pid: this.#context.pid,
        command: "offroll (terminal UI)",
        dryRun: false,
        adopt: false,
        targetFileSystem: "auto",
        dataFolder,
        signal,
      });
      const forgotten = this.#remember(source, chosen);
      for await (const event of transfer.run({ signal })) {
        if (event.type === "progress") this.#dispatch(event);
        if (event.type === "waiting") this.#dispatch(event);
        if (event.type === "resumed") this.#dispatch(event);
        if (event.type === "item" && event.outcome === "failed")
          this.#dispatch({ type: "failure", line: `${printable(event.path)}: ${printable(event.message ?? "")}` });
        if (event.type === "summary") {
          const lines = verdictFirst(summaryLines(event, plainStyle));
          this.#dispatch({ type: "finished", lines: forgotten === undefined ? lines : [...lines, "", forgotten] });
        }
      }
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code === "cancelled") this.#dispatch({ type: "finished", lines: ["", stoppedEarly] });
      else if (code === "lock-stale") {
        const question = { about: "breakLock", answered: answers } as const;
        this.#dispatch({ type: "exportFailed", message: printable(message), question });
      } else this.#dispatch({ type: "exportFailed", message: `${printable(message)} ${remedy}` });
    } finally {
      this.#running = undefined;
      this.#pictures.busy = false;
    }
  }

  /**
   * For the next time, here and on the command line. The demo phone's choices are nobody's.
   * @returns why they are not remembered
   */
  #remember(source: MediaSource, chosen: ExportSettings): string | undefined {
    if (this.#demo) return undefined;
    try {
      const destination = this.#full(chosen.destination);
      rememberChoices(pathsFor(this.#context).configFile, source.device.id, { ...chosen, destination });
      return undefined;
    } catch (error) {
      // No reason not to export.
      const { message, remedy } = toAppError(error);
      return `What you chose is not remembered: ${printable(message).replace(/\.?$/, ".")} ${remedy}`;
    }
  }

  #openFolder(path: string): void {
    const opener = { darwin: "open", win32: "explorer" }[this.#context.platform as string] ?? "xdg-open";
    const program = findProgram(opener);
    if (!program) return; // no desktop here; the path is on the screen
    const child = spawn(program, [path], { stdio: "ignore", detached: true });
    child.on("error", () => {});
    child.unref();
  }

  #libraryOf(source: MediaSource): LibraryOptions {
    return libraryOptions(this.#context, pathsFor(this.#context), source);
  }

  async #closeSource(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    this.#reconnecting?.abort();
    this.#photos = [];
    this.#roll = undefined;
    this.#pictures.use(undefined);
    await source?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work.catch(() => {});
    await this.#closeSource();
    await this.#demo?.[Symbol.asyncDispose]();
  }
}

/** A few calls a second are enough for eyes. */
function throttle<T>(context: Host, call: (value: T) => void): (value: T) => void {
  let last = 0;
  return (value) => {
    const now = context.clock.now();
    if (now - last < 100) return;
    last = now;
    call(value);
  };
}
