/** Does the work that the reducer asked for, and turns what happens back into actions. One subject a file beside this one. */
import { spawn } from "node:child_process";
import type { AutosaveDesk } from "../../app/autosave-desk.ts";
import type { Host } from "../../app/host.ts";
import { findProgram } from "../../shared/program.ts";
import type { Action, Effect } from "../actions.ts";
import type { PictureStore } from "../pictures/picture-store.ts";
import { findChoosing } from "../same-command.ts";
import type { BrowseState } from "../state.ts";
import { DataReader } from "./data.ts";
import { DestinationInspector } from "./destination.ts";
import { Export } from "./export.ts";
import { Phone } from "./phone.ts";
import { Room } from "./room.ts";

export class Effects implements AsyncDisposable {
  readonly #room: Room;
  readonly #phone: Phone;
  readonly #looks: DestinationInspector;
  readonly #export: Export;
  readonly #data: DataReader;
  readonly #onQuit: () => void;
  /** What is waited for before the phone is closed. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    host: Host,
    dispatch: (action: Action) => void,
    onQuit: () => void,
    around: { readonly pictures: PictureStore; readonly desk?: AutosaveDesk | undefined },
  ) {
    this.#onQuit = onQuit;
    this.#room = new Room(host, dispatch, around.pictures, around.desk);
    this.#phone = new Phone(this.#room);
    this.#looks = new DestinationInspector(this.#room, this.#phone);
    this.#data = new DataReader(this.#room);
    this.#export = new Export(this.#room, this.#phone);
  }

  /** Tells the phones that are there, until the UI is left. */
  async watch(): Promise<void> {
    await this.#phone.watch();
  }

  run(effect: Effect): void {
    switch (effect.type) {
      case "open":
        this.#work = this.#phone.open(effect.device);
        return;
      case "demo":
        this.#work = this.#phone.plugInDemo();
        return;
      case "inspectDestination":
        void this.#looks.look(effect.destination);
        return;
      case "findPlaces":
        void this.#looks.findPlaces(effect.destination);
        return;
      case "findCommand":
        void this.#findCommand(effect.browse);
        return;
      case "startExport":
        this.#work = this.#export.start(effect.settings, effect.ids, effect.answers ?? {});
        return;
      case "pauseExport":
        return this.#export.pause(effect.paused);
      case "cancelExport":
        return this.#export.cancel();
      case "describePhone":
        void this.#phone.describe();
        return;
      case "readData":
        return this.#data.ask(effect.ask);
      case "unlockData":
        return this.#data.unlock(effect.password);
      case "unlockNote":
        return this.#data.unlockNote(effect.ask, effect.password);
      case "exportData":
        return this.#data.export(effect);
      case "cancelDataExport":
        return this.#data.cancelExport();
      case "turnOnAutosave":
        void this.#turnOnAutosave(effect.phone, effect.to);
        return;
      case "openFolder":
        return this.#openFolder(this.#room.full(effect.path));
      case "reconnect":
        void this.#phone.reconnect();
        return;
      case "close":
        return this.#phone.close();
      case "quit":
        this.#onQuit();
    }
  }

  async #turnOnAutosave(phone: string, to: string): Promise<void> {
    const { autosave, dispatch } = this.#room;
    dispatch({ type: "autosaved", lines: (await autosave?.turnOn(phone, to)) ?? [] });
  }

  async #findCommand(browse: BrowseState): Promise<void> {
    this.#room.dispatch({ type: "choosing", of: browse, choosing: await findChoosing(browse) });
  }

  #openFolder(path: string): void {
    const opener = { darwin: "open", win32: "explorer" }[this.#room.host.platform as string] ?? "xdg-open";
    const program = findProgram(opener);
    if (!program) return; // no desktop here; the path is on the screen
    const child = spawn(program, [path], { stdio: "ignore", detached: true });
    child.on("error", () => {});
    child.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#room.stop();
    await this.#work.catch(() => {});
    await this.#data[Symbol.asyncDispose]();
    await this.#phone[Symbol.asyncDispose]();
    await this.#room[Symbol.asyncDispose]();
  }
}
