/** The page while there is no index yet: how far it is, and then the gallery by itself. */
import { type Asked, type PackedPage, packedPage, pageText, sendPage } from "./assets.ts";

/** Of a size of nothing: it is there before anything was read. */
export class WaitingPage {
  readonly #folder: string;
  #page: Promise<PackedPage> | undefined;

  /** @param folder of the built page */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async page(exchange: Asked): Promise<void> {
    this.#page ??= this.#made();
    sendPage(exchange, await this.#page);
  }

  async #made(): Promise<PackedPage> {
    const [html = "", style = "", script = ""] = ["waiting.html", "waiting.css", "waiting.js"].map((name) =>
      pageText(this.#folder, name),
    );
    const text = html
      .replace("<!--style-->", () => `<style>${style}</style>`)
      .replace("<!--script-->", () => `<script>${script}</script>`);
    return await packedPage(text, { style, script });
  }
}
