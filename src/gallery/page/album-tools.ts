/** Albums of the gallery itself: photos are put in and taken out, albums are named and removed. The phone's own are left as they are. */
import { api, Refused } from "./api.ts";
import { askOne, askText, askYes } from "./ask.ts";
import { element } from "./dom.ts";
import type { Message } from "./message.ts";
import type { Selection } from "./selection.ts";
import { count } from "./words.ts";

/** What a person does with albums. */
export class AlbumTools {
  /** Why none can be kept; null where they can. */
  cannotKeep: string | null = null;
  readonly #message: Message;
  readonly #selection: Selection;
  readonly #onChanged: () => void;

  constructor(message: Message, selection: Selection, onChanged: () => void) {
    this.#message = message;
    this.#selection = selection;
    this.#onChanged = onChanged;
  }

  /** Asks which album, and puts the selection into it. */
  async addSelection(): Promise<void> {
    const photos = this.#selection.ids;
    const albums = await api.groups("own");
    const chosen = await askOne(
      `Add ${count(photos.length, "photo")} to`,
      albums.map((a) => [a.own ?? "", `${a.title} (${a.count})`]),
      "New album …",
    );
    if (chosen === undefined) return;
    const title = chosen === "" ? await askText("New album", "Name") : albums.find((a) => a.own === chosen)?.title;
    if (title === undefined) return;
    const change = chosen === "" ? { do: "make", title, photos } : { do: "add", album: chosen, photos };
    if (await this.#change(change, `Added to ${title}`)) this.#selection.clear();
  }

  /** What can be done in a view that is an album of the gallery. @param onGone the album was removed */
  toolsFor(view: string, title: string, onGone: () => void): HTMLElement[] {
    const album = new URLSearchParams(view).get("own");
    if (album === null) return [];
    const tool = (text: string, onClick: () => Promise<void>): HTMLElement =>
      element("button", {
        class: "text-button",
        text,
        attributes: { type: "button" },
        on: { click: () => void onClick() },
      });
    return [
      tool("Take out selected", async () => {
        const photos = this.#selection.ids;
        if (photos.length === 0) return this.#message.say("Select photos first.");
        if (await this.#change({ do: "take-out", album, photos }, "Taken out")) this.#selection.clear();
      }),
      tool("Rename", async () => {
        const name = await askText("Rename the album", "Name", title);
        if (name !== undefined && (await this.#change({ do: "rename", album, title: name }, "Renamed"))) onGone();
      }),
      tool("Remove album", async () => {
        const isSure = await askYes(
          `Remove “${title}”?`,
          "Only the album goes. Its photos stay where they are.",
          "Remove",
        );
        if (isSure && (await this.#change({ do: "remove", album }, "Removed"))) onGone();
      }),
    ];
  }

  async #change(change: object, said: string): Promise<boolean> {
    try {
      await api.albums(change);
    } catch (error) {
      this.#message.say(error instanceof Refused ? error.message : "offroll does not answer.");
      return false;
    }
    this.#message.say(said);
    this.#onChanged();
    return true;
  }
}
