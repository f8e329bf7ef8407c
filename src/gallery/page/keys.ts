/** What the keyboard does, on one card. */
import { element } from "./dom.ts";

const keys: readonly (readonly [keys: string, what: string])[] = [
  ["/", "Search"],
  ["← → ↑ ↓", "Go from photo to photo"],
  ["Home  End", "First and last photo"],
  ["Page Up  Page Down", "A screen at a time"],
  ["Enter", "Open the photo"],
  ["x", "Select it; with Shift, all up to it"],
  ["Esc", "Close, or end the selection"],
  ["i", "Information"],
  ["o", "Original or edited"],
  ["l", "Play a Live Photo"],
  ["+  −  0", "Zoom in, out, whole"],
  ["s  Space", "Slideshow; play and pause a video"],
  ["d", "Download"],
  ["?", "This card"],
];

/** Shows it above everything. */
export function showKeys(): void {
  const close = element("button", { class: "primary", text: "Close", attributes: { type: "button" } });
  const dialog = element(
    "dialog",
    { class: "card-dialog", attributes: { "aria-label": "Keyboard" } },
    element("h2", { text: "Keyboard" }),
    element(
      "dl",
      { class: "keys" },
      ...keys.flatMap(([k, what]) => [element("dt", { text: k }), element("dd", { text: what })]),
    ),
    close,
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
