/** A Live Photo's movie: it plays above the picture while that is held, as on the phone. */
import type { PhotoAnswer } from "../wire.ts";
import { element, iconButton } from "./dom.ts";

/** A button that is pressed for longer than this is held. */
const holdMs = 180;
/** A finger that rests moves by some pixels all the time. */
const restPixels = 12;

/** As many as 8K has. */
const mostMoviePixels = 2 ** 25;

/** Known before its first frame is decoded: a few kilobytes can hold frames that take gigabytes. */
export function isTooLargeToPlay({ videoWidth, videoHeight }: HTMLVideoElement): boolean {
  return videoWidth * videoHeight > mostMoviePixels;
}

/** Plays in the viewer's stage. */
export class Live {
  readonly #stage: HTMLElement;
  readonly #onSay: (text: string) => void;

  constructor(stage: HTMLElement, onSay: (text: string) => void) {
    this.#stage = stage;
    this.#onSay = onSay;
    stage.addEventListener("pointerup", () => this.#stop());
  }

  /** Plays while it is held; a short press, or a key, plays it once. */
  button(photo: PhotoAnswer): HTMLElement {
    const button = iconButton("live", "Play the Live Photo", () => {});
    let held = 0;
    button.addEventListener("pointerdown", (event) => {
      held = event.timeStamp;
      this.play(photo);
    });
    button.addEventListener("pointerup", (event) => event.timeStamp - held > holdMs && this.#stop());
    button.addEventListener("click", (event) => event.detail === 0 && this.play(photo));
    return button;
  }

  /** Nothing for what is no Live Photo. */
  playHeld(picture: HTMLElement, photo: PhotoAnswer): void {
    if (!photo.liveMovie) return;
    let holding: number | undefined;
    let from = { x: 0, y: 0 };
    const letGo = (): void => clearTimeout(holding);
    picture.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY };
      holding = window.setTimeout(() => this.play(photo), holdMs * 2);
    });
    picture.addEventListener("pointermove", (event) => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > restPixels) letGo();
    });
    for (const name of ["pointerup", "pointercancel"]) picture.addEventListener(name, letGo);
    // Phones offer to save a picture that is held.
    picture.addEventListener("contextmenu", (event) => {
      if (matchMedia("(hover: none)").matches) event.preventDefault();
    });
  }

  play(photo: PhotoAnswer): void {
    if (!photo.liveMovie || this.#stage.querySelector("video")) return;
    const movie = element("video", {
      class: "picture live",
      attributes: { src: photo.liveMovie.url, playsinline: true, "aria-label": `${photo.name}, moving` },
    });
    movie.addEventListener("ended", () => this.#stop());
    movie.addEventListener("error", () => {
      this.#stop();
      this.#onSay("This browser cannot play the movie of this Live Photo. Download it, or open it in a player.");
    });
    movie.addEventListener("loadedmetadata", () => isTooLargeToPlay(movie) && this.#stop());
    this.#stage.append(movie);
    void movie.play().catch(() => {});
  }

  #stop(): void {
    for (const movie of this.#stage.querySelectorAll("video.live")) movie.remove();
  }
}
