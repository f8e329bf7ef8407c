/** The page: a menu, a search field, the grid, and what stands in its place or above it. An address names each view. */
import type { FirstAnswer, GroupAnswer, StartAnswer } from "../wire.ts";
import { AlbumTools } from "./album-tools.ts";
import { api, onGone, Refused } from "./api.ts";
import { element, icon, iconButton } from "./dom.ts";
import type { FirstPictures } from "./first.ts";
import { albumSections, cardsPage } from "./groups.ts";
import { highlightsPage } from "./highlights.ts";
import { showKeys } from "./keys.ts";
import { Menu } from "./menu.ts";
import { Message } from "./message.ts";
import { placesPage } from "./places.ts";
import { Scrubber } from "./scrubber.ts";
import { Selection } from "./selection.ts";
import { SelectionBar } from "./selection-bar.ts";
import { Timeline } from "./timeline.ts";
import { afterDrawing, nextTurn } from "./turns.ts";
import { Viewer } from "./viewer.ts";
import { watchIndex } from "./watch-index.ts";
import { count, monthWords, spanWords } from "./words.ts";

/** What the address says: a page, a view, and a photo that is open in it. */
interface Address {
  readonly page: string;
  readonly view: string;
  readonly title: string;
  readonly photo: number | undefined;
}

const searchRestMs = 180;

class Page {
  readonly #selection = new Selection();
  readonly #message = new Message();
  readonly #timeline: Timeline;
  readonly #viewer: Viewer;
  readonly #scrubber: Scrubber;
  readonly #menu: Menu;
  readonly #albums: AlbumTools;
  readonly #heading = element("h1", { class: "heading" });
  readonly #found = element("p", { class: "found", attributes: { role: "status", "aria-live": "polite" } });
  /** How far the index is that comes next. */
  readonly #renewing = element("p", { class: "renewing", attributes: { role: "status", "aria-live": "polite" } });
  readonly #tools = element("div", { class: "view-tools" });
  readonly #search: HTMLInputElement;
  readonly #content = document.querySelector<HTMLElement>(".content") ?? element("div", { class: "content" });
  readonly #grid: HTMLElement;
  #start: StartAnswer | undefined;
  /** What came with the page, until it was shown. */
  #first: FirstAnswer | undefined;
  #address: Address = { page: "photos", view: "", title: "", photo: undefined };
  #asking = new AbortController();
  #searching: number | undefined;

  constructor() {
    this.#timeline = new Timeline(this.#selection, {
      onOpen: (index) => void this.#viewer.open(index),
      onMonth: (month) => this.#tellMonth(month),
      onLaidOut: () => this.#scrubber.renew(),
      onScroll: () => {
        this.#grid.classList.toggle("scrolled", this.#timeline.element.scrollTop > 120);
        this.#scrubber.follow();
      },
    });
    this.#scrubber = new Scrubber(this.#timeline);
    this.#viewer = new Viewer(this.#timeline, {
      onShow: (item) => this.#onShow(item?.id),
      onView: (view, title) => this.#leaveViewer(view, title),
      onSay: (text) => this.#message.say(text),
      onSelect: (id, index) => {
        this.#selection.toggle(id, index);
        this.#message.say(this.#selection.has(id) ? "Selected" : "No longer selected");
      },
    });
    this.#menu = new Menu((page, view, title) => this.#go(page, view, title));
    this.#albums = new AlbumTools(this.#message, this.#selection, () => this.#renew());
    this.#search = element("input", {
      attributes: {
        type: "search",
        placeholder: "Search",
        "aria-label": "Search photos",
        autocomplete: "off",
        spellcheck: "false",
        enterkeyhint: "search",
      },
      on: { input: () => this.#onSearch(), keydown: (event: KeyboardEvent) => this.#onSearchKey(event) },
    });
    this.#grid =
      document.querySelector<HTMLElement>(".grid") ?? element("div", { class: "grid" }, this.#timeline.element);
    this.#grid.append(this.#scrubber.element);
    this.#build();
    document.addEventListener("keydown", (event) => this.#onKey(event));
    window.addEventListener("popstate", () => void this.#follow());
    onGone(() =>
      this.#message.stay("offroll has ended. Start `offroll gallery` again, and open the address that it prints."),
    );
  }

  #build(): void {
    const bar = new SelectionBar(this.#selection, this.#albums, this.#message);
    const search = element("div", { class: "search" }, icon("search"), this.#search);
    const top = element(
      "header",
      { class: "top" },
      iconButton("menu", "Menu", () => this.#menu.toggle(), "menu-button"),
      search,
      iconButton("keys", "Keyboard", () => showKeys(), "wide-only"),
    );
    const title = element(
      "div",
      { class: "title" },
      element("div", {}, this.#heading, this.#found, this.#renewing),
      this.#tools,
    );
    // Around the grid, which is there already, and stays.
    const main = document.querySelector("main") ?? element("main", {}, this.#content);
    for (const other of [...main.children]) if (other !== this.#content) other.remove();
    main.prepend(top, title);
    for (const other of [...document.body.children]) if (other !== main) other.remove();
    document.body.prepend(this.#menu.element);
    document.body.append(bar.element, this.#viewer.element, this.#message.element);
  }

  /** The window's name waits for the first pictures, too. */
  #isNamed = false;

  async begin(): Promise<void> {
    const address = addressOf(location.hash);
    this.#address = address;
    const first = offrollFirst?.answer;
    try {
      this.#start = first?.start ?? (await api.start());
    } catch (error) {
      if (error instanceof Refused) this.#message.stay(error.message);
      return;
    }
    this.#albums.cannotKeep = this.#start.cannotKeep;
    this.#first = first;
    await nextTurn();
    await this.#open(address);
    // What stands around the pictures comes after them, in a turn of its own.
    const around = this.#start;
    await afterDrawing();
    this.#isNamed = true;
    this.#nameWindow();
    await nextTurn();
    this.#menu.fill(around);
    watchIndex(around, {
      onRenewed: () => this.#renewed(),
      onProgress: (text) => {
        this.#renewing.textContent = text;
      },
    });
  }

  /** There are other photos now. Who is looking at something is asked first; photos have other numbers then. */
  #renewed(): void {
    const load = (): void => {
      history.replaceState(null, "", hereAt(hashOf({ ...this.#address, photo: undefined })));
      location.reload();
    };
    if (this.#isUntouched) return load();
    this.#message.offer("There are new photos.", "Show them", load);
  }

  /** Nobody has gone anywhere or chosen anything yet. */
  get #isUntouched(): boolean {
    const { page, view } = this.#address;
    return (
      page === "photos" &&
      view === "" &&
      !this.#viewer.isOpen &&
      !this.#selection.isOn &&
      this.#search.value === "" &&
      this.#timeline.element.scrollTop < 8 &&
      document.querySelector("dialog[open]") === null
    );
  }

  /** To another view, which is a step that the browser's back button undoes. */
  #go(page: string, view: string, title: string): void {
    this.#menu.close();
    const to: Address = { page, view, title, photo: undefined };
    history.pushState(null, "", hereAt(hashOf(to)));
    if (page !== "search") this.#search.value = "";
    void this.#open(to);
  }

  async #follow(): Promise<void> {
    const to = addressOf(location.hash);
    if (to.photo === undefined && this.#viewer.isOpen) this.#viewer.close();
    const isSame = keyOf(to) === keyOf(this.#address);
    this.#address = to;
    if (!isSame) await this.#open(to);
  }

  async #open(address: Address): Promise<void> {
    this.#address = address;
    this.#menu.mark(address.page, address.view);
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const make = Object.hasOwn(this.#pages, address.page) ? this.#pages[address.page] : undefined;
    if (!make) return await this.#openView(address, signal);
    this.#tell();
    this.#found.textContent = "";
    const content = await make().catch((error: unknown) => this.#failed(error));
    if (!signal.aborted && content) this.#content.replaceChildren(content);
  }

  async #openView(address: Address, signal: AbortSignal): Promise<void> {
    const view = viewOf(address);
    const first = view === "" ? this.#first : undefined;
    this.#first = undefined;
    const answer = first?.view ?? (await api.view(view, signal).catch((error: unknown) => this.#failed(error)));
    if (!answer || signal.aborted) return;
    // Only what is in the page has a size.
    const shown = answer.count === 0 ? this.#nothing(address) : this.#grid;
    if (this.#content.firstElementChild !== shown || this.#content.childElementCount > 1)
      this.#content.replaceChildren(shown);
    if (first && offrollFirst) this.#timeline.adopt(offrollFirst.tiles);
    this.#timeline.show(view, answer, first?.items);
    const understood = answer.understood ? ` · ${answer.understood.join(", ")}` : "";
    this.#found.textContent = `${count(answer.of ?? answer.count, "photo")}${understood}`;
    this.#tell();
    if (address.photo !== undefined) await this.#openPhoto(address.photo);
  }

  /** A photo that the address names: where it stands in the view is found by going through it. */
  async #openPhoto(id: number): Promise<void> {
    await this.#timeline.whole();
    for (let i = 0; i < this.#timeline.count; i += 1) {
      const item = await this.#timeline.item(i);
      if (item?.id === id) return await this.#viewer.open(i);
      if (i > 5_000) return;
    }
  }

  #failed(error: unknown): undefined {
    if (error instanceof Refused) this.#message.stay(error.message);
    return undefined;
  }

  readonly #pages: Readonly<Record<string, () => Promise<HTMLElement>>> = {
    albums: async () => {
      const [own, phone] = await Promise.all([api.groups("own"), api.groups("album")]);
      const empty = this.#start?.cannotKeep ?? "None yet. Select photos, then Add to album.";
      return cardsPage(
        [
          { title: "Made here", groups: own, empty },
          ...albumSections("From the phone", phone, "The phone's library told of no albums."),
        ],
        { onOpen: (g) => this.#openGroup(g) },
      );
    },
    people: async () =>
      cardsPage([{ title: "", groups: await api.groups("person"), empty: "Nobody is named on the phone." }], {
        isRound: true,
        onOpen: (g) => this.#openGroup(g),
      }),
    places: async () => await placesPage((view, title) => this.#go("photos", view, title)),
    highlights: async () =>
      await highlightsPage(this.#address.view, {
        onOpen: (group) => this.#openGroup(group),
        onSpan: (view) => this.#go("highlights", view, ""),
      }),
    trips: async () => {
      const trips = (await api.trips()).map((trip) => ({ ...trip, note: spanWords(trip.note) }));
      return cardsPage(
        [
          {
            title: "",
            groups: trips,
            empty: "No days away from home were found. They are found by where and when photos were taken.",
          },
        ],
        { onOpen: (g) => this.#openGroup(g) },
      );
    },
    day: async () =>
      cardsPage([{ title: "", groups: await api.day(), empty: "Nothing was taken on this day of other years." }], {
        onOpen: (g) => this.#openGroup(g),
      }),
    hidden: async () => this.#question(),
  };

  #openGroup({ view, title, note }: GroupAnswer): void {
    const isSpan = view.startsWith("days=");
    this.#go("photos", view, isSpan && title !== "" ? `${title}, ${note}` : title);
  }

  /** Hidden photos are shown to who says so, each time: somebody may be looking over a shoulder. */
  #question(): HTMLElement {
    const n = this.#start?.hidden ?? 0;
    if (n === 0) return this.#nothing({ ...this.#address, view: "" });
    const yes = element("button", {
      class: "primary",
      text: "Show them",
      attributes: { type: "button" },
      on: { click: () => this.#showHidden() },
    });
    return element(
      "div",
      { class: "nothing" },
      element("h2", { text: `Show ${count(n, "hidden photo")}?` }),
      element("p", { text: "They were hidden on the phone. Anybody who sees this screen will see them." }),
      yes,
    );
  }

  #showHidden(): void {
    history.replaceState(null, "", hereAt(hashOf({ page: "hidden", view: "", title: "", photo: undefined })));
    void this.#openView({ page: "photos", view: "hidden=1", title: "Hidden", photo: undefined }, this.#asking.signal);
  }

  #nothing({ page, view }: Address): HTMLElement {
    const isSearch = page === "search";
    return element(
      "div",
      { class: "nothing" },
      element("h2", { text: isSearch ? `Nothing found for “${view}”` : "No photos here" }),
      element("p", {
        text: isSearch
          ? "Search for a place, a person, an album, a camera, a file name, or a date such as “june 2023”."
          : "",
      }),
    );
  }

  /** By what it shows: so it stands in the browser's history, and a screen reader says where one has come. */
  #nameWindow(): void {
    const { page, view, title } = this.#address;
    const shown = page === "photos" && view === "" ? [] : [titleOf(page, view, title)];
    document.title = [...shown, this.#start?.title, "offroll"].filter(Boolean).join(" – ");
  }

  #tell(): void {
    const { page, view, title } = this.#address;
    this.#heading.textContent = titleOf(page, view, title);
    if (this.#isNamed) this.#nameWindow();
    this.#tools.replaceChildren(...this.#albums.toolsFor(view, title, () => this.#go("albums", "", "")));
  }

  #tellMonth(month: number): void {
    this.#grid.dataset["month"] = monthWords(month);
  }

  /** Albums changed: what is shown of them is asked for anew. */
  #renew(): void {
    void this.#open(this.#address);
  }

  #onShow(id: number | undefined): void {
    const to = { ...this.#address, photo: id };
    const hash = hashOf(to);
    if (location.hash === hash) return;
    // One step for the dialog, whatever is looked at in it.
    if (id !== undefined && this.#address.photo === undefined) history.pushState({ viewer: true }, "", hereAt(hash));
    else if (id === undefined && (history.state as { viewer?: boolean } | null)?.viewer) {
      this.#address = to;
      return history.back();
    } else history.replaceState(history.state, "", hereAt(hash));
    this.#address = to;
  }

  #leaveViewer(view: string, title: string): void {
    this.#viewer.close();
    // Its step in the history is taken back first.
    setTimeout(() => this.#go("photos", view, title), 30);
  }

  #onSearch(): void {
    clearTimeout(this.#searching);
    this.#searching = window.setTimeout(() => void this.#searchNow(), searchRestMs);
  }

  async #searchNow(): Promise<void> {
    clearTimeout(this.#searching);
    const q = this.#search.value.trim();
    const isSearch = this.#address.page === "search";
    if (q === "" && !isSearch) return;
    const to: Address =
      q === ""
        ? { page: "photos", view: "", title: "", photo: undefined }
        : { page: "search", view: q, title: "", photo: undefined };
    if (keyOf(to) === keyOf(this.#address)) return;
    if (isSearch) history.replaceState(null, "", hereAt(hashOf(to)));
    else history.pushState(null, "", hereAt(hashOf(to)));
    await this.#open(to);
  }

  #onSearchKey(event: KeyboardEvent): void {
    if (event.key === "Enter") {
      // Or the same key would open the photo that it leads to.
      event.preventDefault();
      // Who types fast presses it before anything was found.
      void this.#searchNow().then(() => {
        if (this.#address.page !== "search" || this.#timeline.count === 0) return;
        if (document.activeElement === this.#search) this.#timeline.focus(0);
      });
    } else if (event.key === "Escape" && this.#search.value === "") this.#search.blur();
    else if (event.key === "ArrowDown" && this.#timeline.count > 0) {
      event.preventDefault();
      this.#timeline.focus(0);
    }
  }

  #onKey(event: KeyboardEvent): void {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      if (this.#viewer.isOpen) this.#viewer.close();
      this.#search.focus();
      this.#search.select();
    } else if (event.key === "?" && !isTyping) showKeys();
    else if (event.key === "Escape" && !this.#viewer.isOpen && !isTyping) {
      if (this.#menu.isOpen) this.#menu.close();
      else this.#selection.clear();
    } else if (
      event.target === document.body &&
      /^(?:Arrow|Home|End|Page)/.test(event.key) &&
      this.#timeline.count > 0
    ) {
      event.preventDefault();
      this.#timeline.focus(event.key === "End" ? this.#timeline.count - 1 : this.#timeline.focused);
    }
  }

  /** For tests: what the grid did so far. */
  get counts(): object {
    return this.#timeline.counts;
  }
}

const viewOf = ({ page, view }: Address): string =>
  page === "search" ? new URLSearchParams({ q: view }).toString() : view;
const keyOf = ({ page, view }: Address): string => `${page}/${view}`;

/** `#/photos/album=Lisbon/Lisbon!123`, each part encoded. */
function hashOf({ page, view, title, photo }: Address): string {
  const parts = [page, view, title].map((part) => encodeURIComponent(part).replaceAll("!", "%21"));
  while (parts.at(-1) === "") parts.pop();
  return `#/${parts.join("/")}${photo === undefined ? "" : `!${photo}`}`;
}

/** The page's other addresses begin at its index, which a hash alone would, too. */
const hereAt = (hash: string): string => location.pathname + location.search + hash;

function addressOf(hash: string): Address {
  const [, path = "", photo] = /^#?\/?(.*?)(?:!(\d+))?$/.exec(hash) ?? [];
  const [page = "", view = "", title = ""] = path.split("/").map(decoded);
  const number = photo === undefined ? undefined : Number(photo);
  // However its address was come by, hidden ones are shown after the question alone.
  if (page !== "search" && new URLSearchParams(view).has("hidden"))
    return { page: "hidden", view: "", title: "", photo: undefined };
  return { page: page || "photos", view, title, photo: number };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

const titles: Readonly<Record<string, string>> = {
  photos: "Photos",
  albums: "Albums",
  people: "People",
  places: "Places",
  highlights: "Highlights",
  trips: "Trips",
  day: "On this day",
  hidden: "Hidden",
};

function titleOf(page: string, view: string, title: string): string {
  if (page === "search") return `“${view}”`;
  return title || titles[page] || "Photos";
}

const { offrollFirst } = window as { offrollFirst?: FirstPictures };
const page = new Page();
Object.assign(window, { offroll: page });
void page.begin();
