/** The place that photos may go to, while it is being chosen: what it has, its room, others that may be meant. */
import { forEachYielding } from "../../shared/async.ts";
import { type CopiedPart, inspectInThread } from "../../transfer/check/index.ts";
import { findPlaces, freeBytes } from "../places.ts";
import type { BrowseState } from "../state.ts";
import type { Phone } from "./phone.ts";
import type { Room } from "./room.ts";

export class DestinationInspector {
  readonly #room: Room;
  readonly #phone: Phone;
  #looking: AbortController | undefined;
  #placesAsked = 0;

  constructor(room: Room, phone: Phone) {
    this.#room = room;
    this.#phone = phone;
  }

  /** Which of the photos the destination has already, and how much room it has. Only the newest question is answered. */
  async look(destination: string): Promise<void> {
    this.#looking?.abort();
    this.#looking = new AbortController();
    const signal = AbortSignal.any([this.#room.signal, this.#looking.signal]);
    const path = this.#room.full(destination);
    const { photos } = this.#phone;
    const [uuids, paths] = [new Set<string>(), new Set<string>()];
    const onCopied = (part: CopiedPart): void => {
      for (const uuid of part.uuids) uuids.add(uuid);
      for (const copied of part.paths) paths.add(copied);
    };
    let free: number | undefined;
    let kept: BrowseState["kept"];
    try {
      const request = { path, cwd: this.#room.host.cwd, device: this.#phone.source?.device.id, copied: true };
      const { freeBytes: there, keptTemplate: template } = await inspectInThread(request, { signal, onCopied });
      free = there;
      if (template !== undefined) kept = { destination, template };
    } catch {
      // No folder yet, or none that can be read: nothing is there.
      free = await freeBytes(path);
    }
    const exported = new Set<string>();
    await forEachYielding(photos, (photo) => {
      if (uuids.has(photo.library?.uuid ?? "") || paths.has(photo.parts[0].item.path)) exported.add(photo.id);
    });
    if (!signal.aborted && photos === this.#phone.photos)
      this.#room.dispatch({ type: "destination", exported, freeBytes: free, kept });
  }

  /** A share may answer later than the next letter is typed: then nobody wants to know any more. */
  async findPlaces(destination: string): Promise<void> {
    const question = ++this.#placesAsked;
    const { home, cwd, platform } = this.#room.host;
    const { exports = {}, dataExports = {} } = this.#room.session().config;
    const recent = [...Object.values(exports), ...Object.values(dataExports)].map((e) => e.to);
    const [places, free] = await Promise.all([
      findPlaces(destination, { home, cwd, platform, recent }),
      freeBytes(this.#room.full(destination)),
    ]);
    if (question === this.#placesAsked) this.#room.dispatch({ type: "places", places, freeBytes: free });
  }
}
