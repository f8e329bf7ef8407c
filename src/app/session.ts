/** From what a person wishes to an opened phone: settings, device choice, trust. */
import {
  type ConsentState,
  DeviceHub,
  type DeviceState,
  type DeviceSummary,
  instruction,
  type Trace,
} from "../device/index.ts";
import type { MediaSource } from "../device/media-source.ts";
import type { LibraryOptions } from "../library/index.ts";
import { adbStartedWords } from "../present/device-words.ts";
import { DeviceError, toAppError, UsageError } from "../shared/errors.ts";
import { formatDuration, printable } from "../shared/text.ts";
import { DebugTrace } from "./debug-trace.ts";
import type { Host } from "./host.ts";
import { backupsFor } from "./phone-files.ts";
import { hubOptions, libraryOptions } from "./phones.ts";
import { type Config, type ConfigKey, type Paths, pathsFor, readConfig, resolveSetting } from "./settings/index.ts";
import type { Voice } from "./voice.ts";

/** Which phone is meant and how it is reached, where that was said: each goes before its setting. */
export interface PhoneWishes {
  readonly device?: string | undefined;
  readonly usbmux?: string | undefined;
  readonly usbip?: string | undefined;
  readonly adb?: string | undefined;
  readonly via?: string | undefined;
  /** How the password of an encrypted backup is said, where `via` names one. */
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
  /** Whether an iPhone is read over Wi-Fi too. */
  readonly network?: boolean | undefined;
  /** Only an adb server that runs already is asked. */
  readonly runningAdb?: boolean | undefined;
  /** File that every protocol message is recorded in. */
  readonly debug?: string | undefined;
}

/** The wish that goes before a setting. */
export function wishFor(wishes: PhoneWishes, key: ConfigKey): string | undefined {
  return key === "usbmux" || key === "usbip" || key === "adb" || key === "via" || key === "device"
    ? wishes[key]
    : undefined;
}

/** A phone that is trusted and open. The session disposes it. */
export interface OpenedPhone {
  readonly hub: DeviceHub;
  readonly device: DeviceSummary;
  readonly source: MediaSource;
}

/** No event tells that a phone was unlocked. */
const lookAgainMs = 2_000;

/** States in which the phone's owner has to answer something on it. */
const questions: Partial<Record<DeviceState, (name: string) => DeviceError>> = {
  "needs-trust": (name) => new DeviceError("device-not-trusted", `${name} does not trust this computer yet.`),
  "pairing-lost": (name) => new DeviceError("pairing-lost", `${name} no longer knows this computer.`),
  "allow-debugging": (name) =>
    new DeviceError("debugging-unauthorised", `${name} does not allow this computer to debug it yet.`),
};

/** One piece of work for one person: the host, the settings, and a voice. Disposing it ends the recording of messages. */
export class Session implements AsyncDisposable {
  readonly context: Host;
  readonly voice: Voice;
  readonly paths: Paths;
  readonly #wishes: PhoneWishes;
  #config: Config | undefined;
  #trace: DebugTrace | undefined;

  /** @param config the settings, where they are not to be read from their file */
  constructor(context: Host, wishes: PhoneWishes, voice: Voice, config?: Config) {
    this.context = context;
    this.voice = voice;
    this.#wishes = wishes;
    this.#config = config;
    this.paths = pathsFor(context);
  }

  get config(): Config {
    this.#config ??= readConfig(this.paths.configFile);
    return this.#config;
  }

  setting(key: ConfigKey, flag?: string): string | undefined {
    return resolveSetting(key, flag, this.context, this.config).value;
  }

  hub(): DeviceHub {
    const { context, paths } = this;
    if (this.#wishes.debug !== undefined) this.#trace ??= new DebugTrace(this.#wishes.debug, context);
    const setting = (key: ConfigKey): string | undefined => this.setting(key, wishFor(this.#wishes, key));
    const onAdbStarted = (): void => this.voice.say(adbStartedWords);
    const backups = backupsFor(this, this.#wishes);
    const { network, runningAdb } = this.#wishes;
    return new DeviceHub({
      ...hubOptions(context, paths, setting),
      ...{ backups, network, startsAdb: runningAdb !== true },
      trace: this.#trace?.record,
      onAdbStarted,
    });
  }

  /** Where messages are recorded, as soon as a hub was made. */
  get trace(): Trace | undefined {
    return this.#trace?.record;
  }

  /** The phone that is meant; on a terminal several are asked about. */
  async choose(hub: DeviceHub): Promise<DeviceSummary> {
    const wanted = this.setting("device", this.#wishes.device);
    if (wanted?.trim() === "") throw new UsageError("usage", "--device needs a name, or a part of one.");
    try {
      return await hub.find(wanted, this.context);
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== "device-ambiguous" || !this.voice.ask) throw error;
    }
    const devices = (await hub.devices(this.context)).filter((d) => d.state !== "network-only");
    for (const [i, d] of devices.entries())
      this.voice.complain(`  ${i + 1}  ${printable(d.info.name)}  ${d.info.model}`);
    const answer = Number(await this.voice.ask?.(`Which one? [1-${devices.length}] `));
    const device = devices[answer - 1];
    if (!device) throw new UsageError("usage", "None was chosen.");
    return device;
  }

  /** Asks its owner to trust this computer where needed, saying what to do on the phone. */
  async ensureTrust(hub: DeviceHub, device: DeviceSummary, timeoutMs?: number): Promise<void> {
    if (device.state === "ready") return;
    const name = printable(device.info.name);
    // Also with --quiet: without these words nobody would know what the program waits for.
    const say = (state: ConsentState): void => this.voice.complain(instruction(state, name));
    await hub.trust(device.info, { signal: this.context.signal, onState: say, timeoutMs });
  }

  /**
   * Chooses, trusts and opens. The caller disposes the source.
   *
   * Without a terminal nobody is there to answer the phone's question: it is asked, so that it stands on the phone, and its answer
   * is not waited for. A phone that is locked is waited for.
   * @param waitMs how long a locked phone is waited for
   * @throws {DeviceError} `device-not-trusted`, `pairing-lost`, `device-locked` …
   */
  async openPhone({ waitMs = 0 }: { readonly waitMs?: number } = {}): Promise<OpenedPhone> {
    const { hub, device } = await this.meetPhone({ waitMs });
    return { hub, device, source: await this.#openUnlocked(hub, device, waitMs) };
  }

  /** Chooses and trusts, as `openPhone` does. */
  async meetPhone({ waitMs = 0 }: { readonly waitMs?: number } = {}): Promise<Omit<OpenedPhone, "source">> {
    const hub = this.hub();
    const device = await this.choose(hub);
    if (this.voice.isAttended) await this.ensureTrust(hub, device);
    else await this.#needNobody(hub, device, waitMs);
    return { hub, device };
  }

  async #needNobody(hub: DeviceHub, device: DeviceSummary, waitMs: number): Promise<void> {
    const { state, info } = device;
    if (state === "choose-file-transfer") return await this.ensureTrust(hub, device, waitMs);
    const unanswered = questions[state]?.(printable(info.name));
    if (!unanswered) return;
    try {
      await hub.trust(info, { signal: this.context.signal, timeoutMs: 0 });
    } catch (error) {
      const { code } = toAppError(error);
      throw code === "trust-timeout" || code === "device-locked" || code === unanswered.code ? unanswered : error;
    }
  }

  async #openUnlocked(hub: DeviceHub, device: DeviceSummary, waitMs: number): Promise<MediaSource> {
    const { clock, signal } = this.context;
    const until = clock.now() + waitMs;
    for (let isTold = false; ; isTold = true) {
      try {
        return await hub.open(device.info, this.context);
      } catch (error) {
        if (toAppError(error).code !== "device-locked" || clock.now() >= until) throw error;
      }
      if (!isTold)
        this.voice.complain(
          `${printable(device.info.name)} is locked. Waiting ${formatDuration(waitMs / 1000)} for it to be unlocked.`,
        );
      await clock.sleep(Math.min(lookAgainMs, until - clock.now()), { signal });
    }
  }

  /** Where a phone's library is copied to on this computer. */
  libraryOf(source: MediaSource): LibraryOptions {
    return libraryOptions(this.context, this.paths, source);
  }

  /** Whether somebody can be asked. */
  get interactive(): boolean {
    return this.voice.ask !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trace?.close();
  }
}
