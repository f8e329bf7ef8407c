/** What can be done with selected photos: a bar above the page while there are any. */
import type { AlbumTools } from "./album-tools.ts";
import { api, Refused } from "./api.ts";
import { element, iconButton } from "./dom.ts";
import type { Message } from "./message.ts";
import { printSheet } from "./print.ts";
import type { Selection } from "./selection.ts";
import { save, takeAlong } from "./take-along.ts";
import { bytes, count } from "./words.ts";

/** Shown while something is selected. */
export class SelectionBar {
  readonly element: HTMLElement;
  readonly #selection: Selection;
  readonly #message: Message;
  readonly #albums: AlbumTools;
  readonly #count = element("strong", { attributes: { role: "status" } });
  readonly #add: HTMLButtonElement;

  constructor(selection: Selection, albums: AlbumTools, message: Message) {
    this.#selection = selection;
    this.#message = message;
    this.#albums = albums;
    this.#add = tool("Add to album", () => void albums.addSelection());
    this.element = element(
      "div",
      { class: "selection-bar", attributes: { role: "toolbar", "aria-label": "Selected photos", hidden: true } },
      iconButton("close", "End the selection", () => selection.clear()),
      this.#count,
      element("span", { class: "grow" }),
      this.#add,
      tool("Download", () => void this.#download("shown")),
      tool("All files", () => void this.#download("all")),
      tool("JPEGs", () => void this.#download("jpeg")),
      tool("Static album", () => void takeAlong(selection.ids, message)),
      tool("Print", () => void printSheet(selection.ids, message)),
    );
    selection.onChange(() => this.#renew());
  }

  #renew(): void {
    const n = this.#selection.size;
    this.element.hidden = n === 0;
    document.body.classList.toggle("has-selection", n > 0);
    this.#count.textContent = `${count(n, "photo")} selected`;
    const { cannotKeep } = this.#albums;
    this.#add.disabled = cannotKeep !== null;
    this.#add.title = cannotKeep === null ? "" : `Albums cannot be kept: ${cannotKeep}`;
  }

  async #download(what: "shown" | "all" | "jpeg"): Promise<void> {
    try {
      const { url, files, sizeBytes, missing } = await api.basket(this.#selection.ids, what);
      const gone = missing > 0 ? ` ${count(missing, "photo is", "photos are")} no longer there.` : "";
      const coming =
        sizeBytes === null
          ? `${count(files, "JPEG")}, made while the ZIP is downloaded.`
          : `${count(files, "file")}, ${bytes(sizeBytes)}.`;
      this.#message.say(`${coming}${gone}`);
      save(url);
    } catch (error) {
      this.#message.say(error instanceof Refused ? error.message : "offroll does not answer.");
    }
  }
}

function tool(text: string, onClick: () => void): HTMLButtonElement {
  return element("button", { class: "text-button", text, attributes: { type: "button" }, on: { click: onClick } });
}
