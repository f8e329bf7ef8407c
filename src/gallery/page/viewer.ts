/** The single view: one photo as large as the window, with what is known of it. */
import { flag, type PhotoAnswer } from "../wire.ts";
import { api, Refused, whyNot } from "./api.ts";
import { smallPicture } from "./api-words.ts";
import { element, iconButton } from "./dom.ts";
import { infoPanel } from "./info.ts";
import { isTooLargeToPlay, Live } from "./live.ts";
import { noPicture } from "./no-picture.ts";
import type { Item, Timeline } from "./timeline.ts";
import { takenWords } from "./words.ts";
import { Zoom } from "./zoom.ts";

/** What the rest of the page does for it. */
export interface ViewerEvents {
  /** Another photo is shown; undefined: none, it was closed. */
  readonly onShow: (photo: Item | undefined) => void;
  /** A person, an album or a place of the photo was chosen. */
  readonly onView: (view: string, title: string) => void;
  readonly onSay: (text: string) => void;
  readonly onSelect: (id: number, index: number) => void;
}

const slideMs = 4_000;
const swipePixels = 60;

/** A dialog above the grid, which goes through the grid's view. */
export class Viewer {
  readonly element: HTMLElement;
  readonly #timeline: Timeline;
  readonly #events: ViewerEvents;
  readonly #stage = element("div", { class: "stage" });
  readonly #title = element("div", { class: "viewer-title" });
  readonly #panel = element("aside", { class: "panel", attributes: { "aria-label": "Information", hidden: true } });
  readonly #tools = element("div", { class: "viewer-tools" });
  readonly #zoom: Zoom;
  readonly #live: Live;
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  #index = 0;
  #photo: PhotoAnswer | undefined;
  #picture: HTMLImageElement | undefined;
  /** What is asked for one photo alone ends with it. */
  #leaving = new AbortController();
  #isOriginal = false;
  #sliding: number | undefined;
  #swipe: { x: number; y: number } | undefined;

  constructor(timeline: Timeline, events: ViewerEvents) {
    this.#timeline = timeline;
    this.#events = events;
    this.#live = new Live(this.#stage, events.onSay);
    this.#zoom = new Zoom(this.#stage, (scale) => this.#onZoom(scale));
    this.#previous = iconButton("back", "Previous photo", () => void this.go(-1), "step previous");
    this.#next = iconButton("next", "Next photo", () => void this.go(1), "step following");
    const bar = element(
      "header",
      { class: "viewer-bar" },
      iconButton("back", "Close", () => this.close(), "close"),
      this.#title,
      this.#tools,
    );
    this.element = element(
      "div",
      {
        class: "viewer",
        attributes: { role: "dialog", "aria-modal": "true", "aria-label": "Photo", tabindex: -1, hidden: true },
      },
      element("div", { class: "viewer-main" }, bar, this.#stage, this.#previous, this.#next),
      this.#panel,
    );
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.#watchSwipe();
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** @param index place in the grid's view */
  async open(index: number): Promise<void> {
    const wasOpen = this.isOpen;
    this.element.hidden = false;
    document.body.classList.add("viewing");
    if (!wasOpen) this.element.focus();
    await this.#show(index);
  }

  close(): void {
    if (!this.isOpen) return;
    this.#stopSlides();
    this.#empty();
    this.element.hidden = true;
    document.body.classList.remove("viewing");
    this.#timeline.focus(this.#index);
    this.#events.onShow(undefined);
  }

  /** @param by 1: the next one */
  async go(by: number): Promise<void> {
    const to = this.#index + by;
    if (to >= 0 && to < this.#timeline.count) await this.#show(to);
    else this.#stopSlides();
  }

  async #show(index: number): Promise<void> {
    this.#index = index;
    const { activeElement } = document;
    this.#previous.disabled = index === 0;
    this.#next.disabled = index >= this.#timeline.count - 1;
    // A control that can be used no more lets go of the keyboard.
    if (activeElement instanceof HTMLButtonElement && activeElement.disabled && this.element.contains(activeElement))
      this.element.focus();
    const item = await this.#timeline.item(index);
    if (!item || this.#index !== index) return;
    this.#isOriginal = false;
    this.element.setAttribute("aria-label", item.name);
    this.#title.replaceChildren(element("strong", { text: item.name }));
    this.#empty();
    // The small picture at once, until the large one is there.
    const small = element("img", {
      class: "picture small",
      attributes: { src: smallPicture(item.id, item.v), alt: "" },
    });
    this.#stage.replaceChildren(small);
    this.#events.onShow(item);
    const photo = await api.photo(item.id).catch((error: unknown) => {
      this.#events.onSay(error instanceof Refused ? error.message : "offroll does not answer.");
      return undefined;
    });
    if (!photo || this.#index !== index) return;
    this.#photo = photo;
    this.#describe(photo);
    if (photo.movie) this.#showMovie(photo, photo.movie);
    else this.#showPicture(photo, photo.picture);
    this.#prepareNext(index);
  }

  #describe(photo: PhotoAnswer): void {
    const { date } = takenWords(photo.taken);
    this.#title.replaceChildren(element("strong", { text: photo.name }), element("span", { text: date }));
    this.#renewTools(photo);
    const isInPanel = this.#panel.contains(document.activeElement);
    this.#panel.replaceChildren(
      ...infoPanel(photo, {
        onView: (view, title) => this.#events.onView(view, title),
        onReveal: (n) => void this.#outside("reveal", photo.id, n),
      }),
    );
    if (isInPanel) this.element.focus();
  }

  /** What has the keyboard keeps it: the same control by its name, or, where that changed with it, by its place. It never leaves the dialog. */
  #renewTools(photo: PhotoAnswer): void {
    const before = [...this.#tools.querySelectorAll("button")];
    const focused = before.indexOf(document.activeElement as HTMLButtonElement);
    this.#tools.replaceChildren(...this.#buttons(photo));
    if (focused < 0) return;
    const name = before[focused]?.getAttribute("aria-label");
    const now = [...this.#tools.querySelectorAll("button")];
    const same = now.find((b) => b.getAttribute("aria-label") === name);
    const inPlace = now.length === before.length ? now[focused] : undefined;
    (same ?? inPlace ?? this.element).focus();
  }

  #buttons(photo: PhotoAnswer): HTMLElement[] {
    const buttons: HTMLElement[] = [];
    if (photo.liveMovie) buttons.push(this.#live.button(photo));
    if (photo.originalPicture !== null)
      buttons.push(
        iconButton("edit", this.#isOriginal ? "Show the edited photo" : "Show the original", () =>
          this.#toggleOriginal(),
        ),
      );
    if (photo.movie)
      buttons.push(
        iconButton("video", "Open in player", () => void this.#outside("play", photo.id, partOf(photo.movie?.url))),
      );
    buttons.push(
      iconButton(
        this.#sliding === undefined ? "play" : "pause",
        this.#sliding === undefined ? "Slideshow" : "Stop the slideshow",
        () => this.#toggleSlides(),
      ),
    );
    const part = Number(photo.download.split("/").at(-1));
    buttons.push(
      iconButton("check", "Select", () => this.#events.onSelect(photo.id, this.#index)),
      iconButton("folder", "Show in folder", () => void this.#outside("reveal", photo.id, part), "wide-only"),
      iconButton("download", "Download", () => save(photo.download)),
      iconButton("info", "Information", () => this.#toggleInfo(), "toggle-info"),
    );
    return buttons;
  }

  #showPicture(photo: PhotoAnswer, url: string): void {
    const picture = element("img", { class: "picture", attributes: { alt: photo.name, draggable: "false" } });
    this.#picture = picture;
    picture.src = url;
    const index = this.#index;
    picture.decode().then(
      () => {
        if (this.#index !== index || this.#picture !== picture) return;
        this.#stage.replaceChildren(picture);
        this.#zoom.use(picture);
      },
      () => {
        void whyNot(url).then((why) => {
          if (this.#index === index && this.#picture === picture) this.#noPicture(photo, why, url);
        });
      },
    );
    this.#live.playHeld(picture, photo);
  }

  #showMovie(photo: PhotoAnswer, movie: NonNullable<PhotoAnswer["movie"]>): void {
    const video = element("video", {
      class: "picture",
      attributes: {
        controls: true,
        playsinline: true,
        preload: "metadata",
        poster: photo.picture,
        "aria-label": photo.name,
      },
    });
    video.src = movie.url;
    let isTried = false;
    video.addEventListener("error", () => {
      const { proxy } = movie;
      if (proxy === null || isTried) return void this.#noMovie(photo, movie);
      isTried = true;
      this.#noPicture(photo, { why: "making-copy" }, movie.url);
      void this.#proxied(photo, movie.url).then((isReady) => {
        if (this.#photo?.id !== photo.id) return;
        if (!isReady) return void this.#noMovie(photo, movie);
        video.src = proxy;
        this.#stage.replaceChildren(video);
        void video.play().catch(() => {});
      });
    });
    video.addEventListener("loadedmetadata", () => {
      if (!isTooLargeToPlay(video)) return;
      video.removeAttribute("src");
      video.load();
      this.#noPicture(photo, { why: "large-movie" }, movie.url);
    });
    this.#stage.replaceChildren(video);
    this.#zoom.use(undefined);
    void video.play().catch(() => {});
  }

  /** Waits for a copy that every browser plays. @returns false where none can be made, or nobody waits any more */
  async #proxied({ id }: PhotoAnswer, url: string): Promise<boolean> {
    const { signal } = this.#leaving;
    while (this.#photo?.id === id) {
      const answer = await api.proxy(id, partOf(url), signal).catch(() => undefined);
      if (answer?.state !== "making") return answer?.state === "ready";
    }
    return false;
  }

  async #noMovie(photo: PhotoAnswer, { url, proxy }: NonNullable<PhotoAnswer["movie"]>): Promise<void> {
    const found = await whyNot(url);
    if (this.#photo?.id !== photo.id) return;
    const isItself = found.why === "browser";
    this.#noPicture(photo, isItself ? { why: proxy === null ? "no-ffmpeg-copy" : "no-copy" } : found, url);
  }

  #noPicture(photo: PhotoAnswer, why: Parameters<typeof noPicture>[1], url: string): void {
    const index = this.#index;
    this.#zoom.use(undefined);
    this.#stage.replaceChildren(
      noPicture(photo.name, why, {
        onAgain: () => void this.#show(index),
        onDownload: () => save(photo.download),
        onFolder: () => void this.#outside("reveal", photo.id, partOf(url)),
        onPlayer: () => void this.#outside("play", photo.id, partOf(url)),
      }),
    );
  }

  #empty(): void {
    for (const video of this.#stage.querySelectorAll("video")) {
      video.removeAttribute("src");
      video.load();
    }
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#picture = undefined;
    this.#photo = undefined;
    this.#zoom.use(undefined);
    this.#stage.replaceChildren();
  }

  /** The large picture of the one that comes next is there before it is asked for. */
  #prepareNext(index: number): void {
    void this.#timeline.item(index + 1).then(async (next) => {
      if (!next || this.#index !== index || next.flags & flag.video) return;
      const photo = await api.photo(next.id).catch(() => undefined);
      if (photo && this.#index === index) new Image().src = photo.picture;
    });
  }

  #onZoom(scale: number): void {
    const { full } = this.#photo ?? {};
    if (scale < 1.6 || !full || this.#isOriginal || !this.#picture || this.#picture.src.endsWith(full)) return;
    const picture = this.#picture;
    const better = new Image();
    better.src = full;
    better.decode().then(
      () => {
        if (this.#picture === picture) picture.src = full;
      },
      () => {},
    );
  }

  #toggleOriginal(): void {
    const photo = this.#photo;
    if (!photo?.originalPicture) return;
    this.#isOriginal = !this.#isOriginal;
    this.#showPicture(photo, this.#isOriginal ? photo.originalPicture : photo.picture);
    this.#renewTools(photo);
    this.#events.onSay(this.#isOriginal ? "The original, as it was taken" : "As it was edited");
  }

  #toggleInfo(): void {
    this.#panel.hidden = !this.#panel.hidden;
    this.element.classList.toggle("with-info", !this.#panel.hidden);
  }

  #toggleSlides(): void {
    if (this.#sliding === undefined) {
      this.#sliding = window.setInterval(() => this.#isSeen() && void this.go(1), slideMs);
      const hasKeys = matchMedia("(hover: hover)").matches;
      this.#events.onSay(hasKeys ? "Slideshow. Space stops it." : "Slideshow. The button above stops it.");
      if (this.#photo) this.#renewTools(this.#photo);
    } else this.#stopSlides();
  }

  #stopSlides(): void {
    if (this.#sliding === undefined) return;
    clearInterval(this.#sliding);
    this.#sliding = undefined;
    if (this.#photo) this.#renewTools(this.#photo);
  }

  /** A movie is seen to its end, and what has not come yet was not seen at all. */
  #isSeen(): boolean {
    const movie = this.#stage.querySelector("video");
    return movie ? movie.paused || movie.ended : !this.#stage.querySelector(".small");
  }

  async #outside(how: "reveal" | "play", id: number, n: number): Promise<void> {
    try {
      await api.outside(how, id, n);
    } catch (error) {
      this.#events.onSay(error instanceof Refused ? error.message : "offroll does not answer.");
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isInMovie = event.target instanceof HTMLVideoElement;
    const actions: Readonly<Record<string, () => void>> = {
      Escape: () => (this.#zoom.isOn ? this.#zoom.by(1 / 100) : this.close()),
      ArrowRight: () => void this.go(1),
      ArrowLeft: () => void this.go(-1),
      Home: () => void this.#show(0),
      End: () => void this.#show(this.#timeline.count - 1),
      i: () => this.#toggleInfo(),
      o: () => this.#toggleOriginal(),
      l: () => this.#photo && this.#live.play(this.#photo),
      d: () => this.#photo && save(this.#photo.download),
      x: () => this.#photo && this.#events.onSelect(this.#photo.id, this.#index),
      s: () => this.#toggleSlides(),
      "+": () => this.#zoom.by(1.5),
      "=": () => this.#zoom.by(1.5),
      "-": () => this.#zoom.by(1 / 1.5),
      "0": () => this.#zoom.by(1 / 100),
    };
    if (event.key === "Tab") return this.#keepFocus(event);
    if (event.key === " " && !isInMovie && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      return this.#space();
    }
    const action = actions[event.key];
    if (!action || (isInMovie && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  #space(): void {
    const movie = this.#stage.querySelector<HTMLVideoElement>("video:not(.live)");
    if (!movie || this.#sliding !== undefined) this.#toggleSlides();
    else if (movie.paused) void movie.play().catch(() => {});
    else movie.pause();
  }

  /** The keyboard stays in the dialog. */
  #keepFocus(event: KeyboardEvent): void {
    const all = [
      ...this.element.querySelectorAll<HTMLElement>("button:not(:disabled), video[controls], a[href], summary"),
    ].filter((e) => e.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }));
    const [first, last] = [all[0], all.at(-1)];
    const { activeElement } = document;
    if (event.shiftKey && (activeElement === first || activeElement === this.element)) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && activeElement === last) {
      event.preventDefault();
      first?.focus();
    }
  }

  #watchSwipe(): void {
    this.#stage.addEventListener("pointerdown", (event) => {
      this.#swipe =
        event.pointerType === "touch" && event.isPrimary && !this.#zoom.isOn
          ? { x: event.clientX, y: event.clientY }
          : undefined;
    });
    this.#stage.addEventListener("pointerup", (event) => {
      const from = this.#swipe;
      this.#swipe = undefined;
      if (!from || this.#zoom.isOn) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (Math.abs(dx) > swipePixels && Math.abs(dx) > Math.abs(dy) * 1.5) void this.go(dx < 0 ? 1 : -1);
      else if (dy > swipePixels * 1.5) this.close();
    });
  }
}

/** Which file of its photo an address is of: `f/12/3/…`. */
function partOf(url: string | undefined): number {
  return Number(url?.split("/").at(-2) ?? 0);
}

/** As a click on a link that saves. */
function save(url: string): void {
  const link = element("a", { attributes: { href: url, download: "" } });
  document.body.append(link);
  link.click();
  link.remove();
}
