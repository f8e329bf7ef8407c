/** What all effects work with: the host, the way back to the reducer, and sessions with the settings as they are at that moment. */
import type { AutosaveDesk } from "../../app/autosave-desk.ts";
import { type DemoPhone, startDemoPhone } from "../../app/demo-phone.ts";
import { expandHome } from "../../app/export-choices.ts";
import type { Host } from "../../app/host.ts";
import { type PhoneWishes, Session } from "../../app/session.ts";
import { type Config, pathsFor, readConfig } from "../../app/settings/index.ts";
import type { Voice } from "../../app/voice.ts";
import { toAppError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import type { Action } from "../actions.ts";
import type { PictureStore } from "../pictures/picture-store.ts";

export class Room implements AsyncDisposable {
  readonly host: Host;
  readonly pictures: PictureStore;
  readonly #desk: AutosaveDesk | undefined;
  readonly dispatch: (action: Action) => void;
  /** Fires when the program stops, or the UI is left. */
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  #demo: DemoPhone | undefined;

  constructor(host: Host, dispatch: (action: Action) => void, pictures: PictureStore, desk?: AutosaveDesk) {
    this.host = host;
    this.#desk = desk;
    this.dispatch = dispatch;
    this.pictures = pictures;
    this.signal = AbortSignal.any([host.signal, this.#stop.signal]);
  }

  /** Whether photos are looked for on the demo phone: its choices and its copies are nobody's. */
  get isDemo(): boolean {
    return this.#demo !== undefined;
  }

  /** None for the demo phone, which nobody wants backed up by itself. */
  get autosave(): AutosaveDesk | undefined {
    return this.isDemo ? undefined : this.#desk;
  }

  async startDemo(): Promise<void> {
    this.#demo ??= await startDemoPhone(this.host, ["--trust", "pending:2"]);
  }

  /** With the settings as they are now; with none where they cannot be read, which costs no photo. @param more of its voice */
  session(signal: AbortSignal = this.signal, more: Partial<Voice> = {}): Session {
    const notice = (text: string): void => this.dispatch({ type: "notice", text });
    const voice: Voice = { say: notice, complain: notice, isAttended: true, ...more };
    const wishes: PhoneWishes = this.#demo ? { usbmux: this.#demo.address, via: "usbmux" } : {};
    return new Session({ ...this.host, signal }, wishes, voice, this.#config());
  }

  /** Why the settings are not used; undefined where they are. */
  settingsProblem(): string | undefined {
    try {
      readConfig(pathsFor(this.host).configFile);
      return undefined;
    } catch (error) {
      const { message, remedy } = toAppError(error);
      return `Your settings are not used: ${printable(message).replace(/\.?$/, ".")} ${remedy}`;
    }
  }

  #config(): Config {
    try {
      return readConfig(pathsFor(this.host).configFile);
    } catch {
      return {};
    }
  }

  /** A path as it was written, with the home folder in full. */
  full(path: string): string {
    return expandHome(path, this.host.home);
  }

  /** Every wait ends. */
  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#demo?.[Symbol.asyncDispose]();
  }
}

/** A few calls a second are enough for eyes. */
export function throttle<T>({ clock }: Host, call: (value: T) => void): (value: T) => void {
  let last = 0;
  return (value) => {
    const now = clock.now();
    if (now - last < 100) return;
    last = now;
    call(value);
  };
}
