/** One folder of this computer in the place of phones at a cable: the one that was named. */
import { type AbortOptions, unlessAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { changesOf } from "../changes-of.ts";
import type { ConsentOptions, DeviceSummary, PhoneRoute, RouteChange } from "../device-route.ts";
import type { MediaSource } from "../media-source.ts";
import type { Trace } from "../trace.ts";
import { folderGone } from "./folder-errors.ts";
import { FolderSource } from "./folder-source.ts";
import { type FoundFolder, openFolder } from "./found-folder.ts";

/** Which folder, and the time. */
export interface FolderRouteOptions {
  /** Without links or with them; from the root of this computer on. */
  readonly folder: string;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
}

/** Has one phone, or none where the folder is away. Nothing is asked of an owner. */
export class FolderRoute implements PhoneRoute {
  readonly name = "folder";
  readonly #options: FolderRouteOptions;

  constructor(options: FolderRouteOptions) {
    this.#options = options;
  }

  /** @throws {DeviceError} where there is no such folder, or it may not be read */
  async devices(options: AbortOptions = {}): Promise<DeviceSummary[]> {
    const { info } = await this.#open(options);
    return [{ info, state: "ready", route: this.name }];
  }

  changes(options: AbortOptions = {}): AsyncGenerator<RouteChange, void, undefined> {
    return changesOf(() => this.#seen(), this.#options.clock, options);
  }

  /** Who is there now, as a word to compare. */
  async #seen(): Promise<string> {
    try {
      return (await openFolder(this.#options.folder)).info.id;
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
  }

  /** Nobody has to be asked. */
  async trust(_id: string, _options: ConsentOptions = {}): Promise<void> {}

  async open(id: string, options: AbortOptions = {}): Promise<MediaSource> {
    const found = await this.#open(options);
    if (found.info.id !== id) throw folderGone(this.#options.folder);
    return new FolderSource(found, this.#options);
  }

  async #open({ signal }: AbortOptions): Promise<FoundFolder> {
    return await unlessAborted(openFolder(this.#options.folder), signal);
  }
}
