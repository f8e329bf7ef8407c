/** From the flags of a command to an opened phone: settings, device choice, trust. */
import { type ConsentState, DeviceHub, type DeviceSummary, instruction, type MediaSource } from "../device/index.ts";
import type { LibraryOptions } from "../library/index.ts";
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import {
  adbStartedWords,
  type Config,
  type ConfigKey,
  hubOptions,
  libraryOptions,
  type Paths,
  pathsFor,
  readConfig,
  resolveSetting,
} from "./config.ts";
import type { CliContext } from "./context.ts";
import { DebugTrace } from "./debug-trace.ts";
import { Output } from "./output.ts";
import { ask } from "./prompt.ts";

/** Flags that every command about a phone has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly device?: string;
  readonly usbmux?: string;
  readonly usbip?: string;
  readonly adb?: string;
  readonly via?: string;
  readonly debug?: string;
}

/** The flag that overrides a setting, where it was given. */
export function flagOf(flags: CommonFlags, key: ConfigKey): string | undefined {
  return key === "usbmux" || key === "usbip" || key === "adb" || key === "via" || key === "device"
    ? flags[key]
    : undefined;
}

export class Session implements AsyncDisposable {
  readonly context: CliContext;
  readonly output: Output;
  readonly paths: Paths;
  readonly #flags: CommonFlags;
  #config: Config | undefined;
  #trace: DebugTrace | undefined;

  constructor(context: CliContext, flags: CommonFlags) {
    this.context = context;
    this.#flags = flags;
    this.output = new Output(context, flags);
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
    if (this.#flags.debug !== undefined) this.#trace ??= new DebugTrace(this.#flags.debug, context);
    const setting = (key: ConfigKey): string | undefined => this.setting(key, flagOf(this.#flags, key));
    const onAdbStarted = (): void => this.output.say(adbStartedWords);
    return new DeviceHub({ ...hubOptions(context, paths, setting), trace: this.#trace?.record, onAdbStarted });
  }

  /** The phone that is meant; on a terminal several are asked about. */
  async choose(hub: DeviceHub): Promise<DeviceSummary> {
    const wanted = this.setting("device", this.#flags.device);
    try {
      return await hub.find(wanted, this.context);
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== "device-ambiguous" || !this.interactive) throw error;
    }
    const devices = (await hub.devices(this.context)).filter((d) => d.state !== "network-only");
    for (const [i, d] of devices.entries())
      this.output.complain(`  ${i + 1}  ${printable(d.info.name)}  ${d.info.model}`);
    const answer = Number(await ask(this.context, `Which phone? [1-${devices.length}] `));
    const device = devices[answer - 1];
    if (!device) throw new UsageError("usage", "No phone was chosen.");
    return device;
  }

  /** Asks its owner to trust this computer where needed, saying what to do on the phone. */
  async ensureTrust(hub: DeviceHub, device: DeviceSummary): Promise<void> {
    if (device.state === "ready") return;
    const name = printable(device.info.name);
    const say = (state: ConsentState): void => this.output.say(instruction(state, name));
    await hub.trust(device.info, { signal: this.context.signal, onState: say });
  }

  /** Chooses, trusts and opens. The caller disposes the source. */
  async openPhone(): Promise<{ hub: DeviceHub; device: DeviceSummary; source: MediaSource }> {
    const hub = this.hub();
    const device = await this.choose(hub);
    await this.ensureTrust(hub, device);
    return { hub, device, source: await hub.open(device.info, this.context) };
  }

  /** Where a phone's library is copied to on this computer. */
  libraryOf(source: MediaSource): LibraryOptions {
    return libraryOptions(this.context, this.paths, source);
  }

  /** Whether somebody can be asked. */
  get interactive(): boolean {
    const { stdin, stderr } = this.context;
    return stdin.isTTY === true && stderr.isTTY === true && !this.output.json;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trace?.close();
  }
}
