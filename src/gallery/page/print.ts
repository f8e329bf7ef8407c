/** A contact sheet: selected photos with their names, on paper. */
import { api } from "./api.ts";
import { element } from "./dom.ts";
import type { Message } from "./message.ts";

/** A few sheets; more is a book. */
const mostPrinted = 240;

/** Opens the browser's own print dialog, once every picture is there. */
export async function printSheet(ids: readonly number[], message: Message): Promise<void> {
  message.say("The sheet is being made …");
  const sheet = element("div", { class: "sheet" });
  for (const id of ids.slice(0, mostPrinted)) {
    const photo = await api.photo(id).catch(() => undefined);
    if (!photo) continue;
    // Made ones: originals of a whole selection would be gigabytes of pixels.
    const picture = element("img", { attributes: { src: photo.made, alt: "" } });
    await picture.decode().catch(() => {});
    sheet.append(element("figure", {}, picture, element("figcaption", { text: photo.name })));
  }
  document.body.append(sheet);
  window.addEventListener("afterprint", () => sheet.remove(), { once: true });
  window.print();
}
