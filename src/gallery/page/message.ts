/** A line at the foot of the window that says what happened. */
import { element } from "./dom.ts";

const shownMs = 4_500;

/** One line at a time. */
export class Message {
  readonly element = element("div", { class: "message", attributes: { role: "status", "aria-live": "polite" } });
  #hiding: number | undefined;
  #stays = false;

  /** @param text "" takes back what was said */
  say(text: string): void {
    if (this.#stays) return;
    this.element.textContent = text;
    this.element.classList.toggle("on", text !== "");
    clearTimeout(this.#hiding);
    this.#hiding = window.setTimeout(() => this.element.classList.remove("on"), shownMs);
  }

  /** With something to do about it, until that is done. */
  offer(text: string, label: string, onTaken: () => void): void {
    if (this.#stays) return;
    clearTimeout(this.#hiding);
    this.#stays = true;
    const button = element("button", { text: label, attributes: { type: "button" }, on: { click: onTaken } });
    this.element.replaceChildren(text, " ", button);
    this.element.classList.add("on");
  }

  /** Until the page is loaded anew. */
  stay(text: string): void {
    clearTimeout(this.#hiding);
    this.#stays = true;
    this.element.textContent = text;
    this.element.classList.add("on");
  }
}
