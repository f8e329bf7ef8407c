/** What all conversations say, for the page that searches them: put aside as it comes, so that memory does not grow with it. */
import { createHash, randomBytes } from "node:crypto";
import type { PrivateFolder } from "../../shared/private-folder.ts";
import type { Message } from "../contract.ts";
import { localTime } from "../formats/local-time.ts";
import { jsonText, type SearchedMessage, searchHtml } from "../messages/html-search.ts";
import { plainText } from "../messages/text-messages.ts";
import { PageBytes } from "./page-bytes.ts";

/** A browser opens a page of so much within a second; some 150,000 messages. */
const mostBytes = 16 * 1024 * 1024;
const chunkBytes = 512 * 1024;
/** Of one message. */
const mostLetters = 2_000;

/** Raised whenever the page is made otherwise. */
export const searchVersion = 1;

/** What there is to write. */
export interface SearchPage {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly content: () => AsyncIterable<Uint8Array>;
}

export class MessageSearch {
  readonly #privately: PrivateFolder;
  readonly #limit: number;
  readonly #pages: { title: string; path: string }[] = [];
  readonly #chunks: string[] = [];
  #chunk: string[] = [];
  #chunkLength = 0;
  #bytes = 0;
  #hasAny = false;
  #left = 0;
  readonly #leftIn = new Set<string>();

  /** @param limit bytes of the page */
  constructor(privately: PrivateFolder, limit = mostBytes) {
    this.#privately = privately;
    this.#limit = limit;
  }

  /** The messages that follow are on this page. */
  begin(title: string): void {
    this.#pages.push({ title: plainText(title), path: "" });
  }

  /** The page that was begun is there. */
  at(path: string): void {
    const page = this.#pages.at(-1);
    if (page) page.path = path;
  }

  async add({ id, at, fromMe, sender, senderName, subject, text, app, announcement }: Message): Promise<void> {
    const words = [subject, text, app?.title, app?.caption, app?.url].filter(Boolean).join(" ");
    if (announcement || words === "") return;
    const said = plainText(words.slice(0, mostLetters).toWellFormed()).replaceAll(/\s+/g, " ");
    const when = at === undefined ? "" : localTime(new Date(at)).slice(0, 16);
    const who = plainText(fromMe ? "Me" : (senderName ?? sender ?? "Unknown"));
    const entry: SearchedMessage = [this.#pages.length - 1, id, when, who, said];
    const json = `${this.#hasAny ? ",\n" : ""}${jsonText(entry)}`;
    const bytes = Buffer.byteLength(json);
    if (this.#bytes + bytes > this.#limit) {
      this.#left += 1;
      this.#leftIn.add(this.#pages.at(-1)?.title ?? "");
      return;
    }
    this.#hasAny = true;
    this.#bytes += bytes;
    this.#chunkLength += bytes;
    this.#chunk.push(json);
    if (this.#chunkLength >= chunkBytes) await this.#putAside();
  }

  async #putAside(): Promise<void> {
    const bytes = Buffer.from(this.#chunk.join(""));
    [this.#chunk, this.#chunkLength] = [[], 0];
    const name = `search-${randomBytes(6).toString("hex")}`;
    await this.#privately.write(
      name,
      (async function* () {
        yield bytes;
      })(),
    );
    this.#chunks.push(name);
  }

  async page(): Promise<SearchPage> {
    const pages = this.#pages.map(({ path, title }) => [path, title] as const);
    const { start, end } = searchHtml(pages, this.#leftWords());
    const rest = new PageBytes();
    rest.add(this.#chunk.join(""));
    const [first, last] = [Buffer.from(start), rest.between("", end)];
    const [chunks, privately] = [this.#chunks, this.#privately];
    const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield first;
      for (const name of chunks) yield await privately.read(name);
      yield* last.content();
    };
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const part of content()) {
      hash.update(part);
      sizeBytes += part.length;
    }
    return { sizeBytes, sha256: hash.digest("hex"), content };
  }

  /** Nothing is left out without a word. */
  #leftWords(): string {
    if (this.#left === 0) return "";
    const names = [...this.#leftIn];
    const some = names.slice(0, 10).join(", ");
    const count = this.#left === 1 ? "1 message" : `${this.#left} messages`;
    return `There was no room here for ${count} of ${some}${names.length > 10 ? ` and ${names.length - 10} more conversations` : ""}: their own pages have a search. offroll data ls messages --text looks through all of them.`;
  }
}
