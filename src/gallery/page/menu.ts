/** The menu: what there is to see, with how many of each. On small screens it slides in. */
import type { StartAnswer } from "../wire.ts";
import { element, type Icon, icon, iconButton } from "./dom.ts";
import { count, kindTitle, number } from "./words.ts";

type Go = (page: string, view: string, title: string) => void;

/** Beside the page, or above it. */
export class Menu {
  readonly element: HTMLElement;
  readonly #go: Go;
  readonly #list = element("div", { class: "menu-list" });
  readonly #foot = element("p", { class: "menu-foot" });
  readonly #entries: { readonly page: string; readonly view: string; readonly button: HTMLElement }[] = [];
  #marked = "photos/";

  constructor(go: Go) {
    this.#go = go;
    this.element = element(
      "nav",
      { class: "menu", attributes: { "aria-label": "Views" } },
      element(
        "div",
        { class: "menu-head" },
        element("strong", { text: "offroll" }),
        iconButton("close", "Close the menu", () => this.close(), "menu-close"),
      ),
      this.#list,
      this.#foot,
    );
    this.#add("photos", "Photos", "photos", "");
  }

  get isOpen(): boolean {
    return this.element.classList.contains("open");
  }

  toggle(): void {
    this.element.classList.toggle("open");
    if (this.isOpen) this.element.querySelector<HTMLElement>("[aria-current]")?.focus();
  }

  close(): void {
    this.element.classList.remove("open");
  }

  /** When it is known what there is. */
  fill(start: StartAnswer): void {
    this.#entries.length = 0;
    this.#list.replaceChildren();
    this.#add("photos", "Photos", "photos", "", start.count);
    if (start.favourites > 0) this.#add("heart", "Favourites", "photos", "kind=favourite", start.favourites);
    this.#add("light", "Highlights", "highlights", "");
    this.#add("day", "On this day", "day", "");
    this.#add("trip", "Trips", "trips", "");
    this.#heading("Find");
    this.#add("album", "Albums", "albums", "");
    if (start.people > 0) this.#add("people", "People", "people", "", start.people);
    this.#add("map", "Places", "places", "", start.places);
    if (start.kinds.length > 0) this.#heading("Kinds");
    for (const { kind, count: n } of start.kinds)
      this.#add(
        kind === "video" ? "video" : kind === "live photo" ? "live" : "kinds",
        kindTitle(kind),
        "photos",
        new URLSearchParams({ kind }).toString(),
        n,
      );
    this.#heading("Tidy");
    if (start.kinds.some(({ kind }) => kind === "video"))
      this.#add("large", "Largest videos", "photos", "kind=video&sort=size");
    this.#add("copies", "Duplicates", "photos", "same=1", start.duplicates);
    if (start.hidden > 0) this.#add("hidden", "Hidden", "hidden", "", start.hidden);
    if (start.trashed > 0) this.#add("trash", "Recently deleted", "photos", "trashed=1", start.trashed);
    if (start.phones.length > 1) {
      this.#heading("Phones");
      for (const { n, name, count: of } of start.phones) this.#add("phone", name, "photos", `phone=${n}`, of);
    }
    this.#foot.textContent = `${count(start.count, "photo")} in ${start.destinations.join(", ")}. Nothing leaves this computer.`;
    this.#mark();
  }

  /** Where the person is. */
  mark(page: string, view: string): void {
    this.#marked = `${page}/${view}`;
    this.#mark();
  }

  #mark(): void {
    for (const { page, view, button } of this.#entries)
      if (`${page}/${view}` === this.#marked) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
  }

  #heading(text: string): void {
    this.#list.append(element("h2", { text }));
  }

  #add(drawing: Icon, label: string, page: string, view: string, n?: number): void {
    const title = view === "" ? "" : label;
    const button = element(
      "button",
      { class: "menu-entry", attributes: { type: "button" }, on: { click: () => this.#go(page, view, title) } },
      icon(drawing),
      element("span", { text: label }),
      n === undefined ? undefined : element("span", { class: "menu-count", text: number(n) }),
    );
    this.#entries.push({ page, view, button });
    this.#list.append(button);
    this.#mark();
  }
}
