/** The phone that is looked at: found, opened, read, away and there again. */
import { backupFindings } from "../../app/backup-findings.ts";
import { jpegInForce } from "../../app/copy-forms.ts";
import { defaultSettings, type ExportSettings, rememberedChoices } from "../../app/export-choices.ts";
import type { Session } from "../../app/session.ts";
import type { DeviceHub, DeviceSummary } from "../../device/index.ts";
import type { MediaSource } from "../../device/media-source.ts";
import { buildCameraRoll } from "../../library/index.ts";
import { reportLibrary } from "../../library/library-report.ts";
import { type CameraRoll, type RollItem, whyNotShown } from "../../library/roll.ts";
import { phonePage } from "../../present/phone-page.ts";
import { whyNotInCloud } from "../../present/upload-findings.ts";
import { toAppError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import type { OpenedPhone } from "../actions.ts";
import { groupsOf } from "../groups.ts";
import { fromFiles, toUiItems, type UiItem } from "../items.ts";
import { defaultDestination } from "../places.ts";
import { type Room, throttle } from "./room.ts";

export class Phone implements AsyncDisposable {
  readonly #room: Room;
  #hub: DeviceHub;
  #watching = new AbortController();
  #opening: AbortController | undefined;
  #reconnecting: AbortController | undefined;
  #source: MediaSource | undefined;
  #photos: readonly RollItem[] = [];
  #roll: CameraRoll | undefined;

  constructor(room: Room) {
    this.#room = room;
    this.#hub = room.session().hub();
  }

  get source(): MediaSource | undefined {
    return this.#source;
  }

  /** All that was found on it; undefined until it is read to its end. */
  get roll(): CameraRoll | undefined {
    return this.#roll;
  }

  /** What Photos shows; the same array until another phone is opened. */
  get photos(): readonly RollItem[] {
    return this.#photos;
  }

  /** Tells the phones that are there, from now on; from elsewhere after the demo phone was plugged in. */
  async watch(): Promise<void> {
    const { dispatch, signal: ended } = this.#room;
    const problem = this.#room.settingsProblem();
    if (problem !== undefined) dispatch({ type: "notice", text: problem });
    while (!ended.aborted) {
      const signal = AbortSignal.any([ended, this.#watching.signal]);
      try {
        for await (const change of this.#hub.watch({ signal })) {
          if (change.type === "devices") dispatch(change);
          else dispatch({ type: "problem", message: change.error.message, remedy: change.error.remedy });
        }
      } catch (error) {
        // Asked to begin anew, or to end; anything else is a bug that must not go round for ever.
        if (toAppError(error).code !== "cancelled") throw error;
      }
    }
  }

  #watchAgain(): void {
    const before = this.#watching;
    this.#watching = new AbortController();
    before.abort();
  }

  async plugInDemo(): Promise<void> {
    try {
      await this.#room.startDemo();
      this.#hub = this.#room.session().hub();
      this.#watchAgain();
    } catch (error) {
      this.#failed(error);
    }
  }

  async open(device: DeviceSummary): Promise<void> {
    this.#opening = new AbortController();
    const signal = AbortSignal.any([this.#room.signal, this.#opening.signal]);
    const { dispatch, pictures } = this.#room;
    try {
      await this.#closeSource();
      if (device.state !== "ready")
        await this.#hub.trust(device.info, { signal, onState: (state) => dispatch({ type: "trust", state }) });
      const source = await this.#hub.open(device.info, { signal });
      this.#source = source;
      pictures.use(source);
      await this.#read(source, signal);
    } catch (error) {
      if (toAppError(error).code === "cancelled") return;
      this.#failed(error);
      this.#watchAgain();
    }
  }

  async #read(source: MediaSource, signal: AbortSignal): Promise<void> {
    const { host, dispatch } = this.#room;
    const session = this.#room.session();
    const known = await this.#known(source, session);
    const tell = async (items: readonly UiItem[], partial: boolean): Promise<void> => {
      const opened: OpenedPhone = { ...known, items, groups: await groupsOf(items), partial };
      if (!signal.aborted) dispatch({ type: "opened", opened });
    };
    const roll = await buildCameraRoll(source, {
      now: host.clock.now(),
      library: session.libraryOf(source),
      signal,
      labels: true,
      onFirstFiles: (files) => void tell(fromFiles(files), true),
      onProgress: throttle(host, ({ read, toRead }) => dispatch({ type: "reading", read, toRead })),
    });
    this.#roll = roll;
    this.#photos = roll.items.filter((photo) => whyNotShown(photo) === undefined);
    await tell(await toUiItems(this.#photos), false);
    const to = this.#room.autosave?.look(source.device.id).copyingTo;
    if (to !== undefined && !signal.aborted)
      dispatch({
        type: "notice",
        text: `Auto-save copies it to ${printable(to)} now. An export there can take it over.`,
      });
  }

  /** Its storage, its cloud and its backup, for one page. */
  async describe(): Promise<void> {
    const { host, dispatch, signal } = this.#room;
    const [source, roll] = [this.#source, this.#roll];
    if (!source || !roll)
      return dispatch({ type: "described", lines: ["It is still being read: come back in a moment."] });
    try {
      const now = host.clock.now();
      const { device, capabilities } = source;
      const condition = await source.condition?.({ signal });
      const report = reportLibrary(roll, now);
      const look = { device, capabilities, roll, iCloud: report.iCloud, condition, at: host.clock.now() };
      const ours = await backupFindings(this.#room.session(), [{ info: device, roll }]);
      dispatch({ type: "described", lines: phonePage(look, report, [...whyNotInCloud(look), ...ours]) });
    } catch (error) {
      const { message, remedy, code } = toAppError(error);
      if (code !== "cancelled")
        dispatch({ type: "described", lines: [`✗ ${printable(message)}`, `    ${printable(remedy)}`] });
    }
  }

  /** What is known before the first file is listed. */
  async #known(source: MediaSource, session: Session): Promise<Omit<OpenedPhone, "items" | "groups" | "partial">> {
    const { noun, id, name } = source.device;
    return {
      device: id,
      phone: printable(name),
      noun,
      folder: source.device.folder,
      parts: source.capabilities.parts,
      settings: await this.#settingsFor(source, session),
      usualJpeg: jpegInForce(session.setting("jpeg")),
      usualTemplate: session.setting("template") ?? defaultSettings.template,
      // Only a phone whose photos stand in such a library makes backups that hold them.
      hasData: source.capabilities.library === "photos-sqlite" && noun !== "folder",
      view: this.#room.pictures.enabled ? "grid" : "list",
    };
  }

  /** What was asked for last time, for this phone. */
  async #settingsFor(source: MediaSource, session: Session): Promise<ExportSettings> {
    const destination = await defaultDestination(this.#room.host.home);
    const usual = { destination, template: session.setting("template"), jpeg: session.setting("jpeg") };
    return rememberedChoices(session.config, source.device.id, usual);
  }

  /** The phone that was unplugged is there again: it can be read when it is unlocked. */
  async reconnect(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#reconnecting?.abort();
    this.#reconnecting = new AbortController();
    const signal = AbortSignal.any([this.#room.signal, this.#reconnecting.signal]);
    try {
      await source.reconnect({ signal });
      if (source !== this.#source) return;
      this.#room.dispatch({ type: "reconnected" });
      this.#room.pictures.again();
    } catch (error) {
      if (toAppError(error).code === "cancelled" || source !== this.#source) return;
      this.#failed(error);
      this.#watchAgain();
    }
  }

  close(): void {
    this.#opening?.abort();
    void this.#closeSource();
    // What the watch told meanwhile went unheard: it begins anew.
    this.#watchAgain();
  }

  #failed(error: unknown): void {
    const { message, remedy } = toAppError(error);
    this.#room.dispatch({ type: "openFailed", message, remedy });
  }

  async #closeSource(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    this.#reconnecting?.abort();
    this.#photos = [];
    this.#roll = undefined;
    this.#room.pictures.use(undefined);
    await source?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeSource();
  }
}
