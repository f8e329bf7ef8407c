/** Which messages stand on which page: a page for each year of a conversation, or for each 2,000 messages of one. */
import type { OrderEntry } from "../messages/message-entries.ts";
import type { ChosenRows } from "../messages/read-messages.ts";

/** A page that has more opens nowhere. */
const pageMessages = 2_000;

/** A page, before any of its messages is read. */
export interface PlannedPage extends ChosenRows {
  /** "2024", "2024-2". */
  readonly name: string;
  /** Its neighbours in the conversation. */
  readonly previous: string | undefined;
  readonly next: string | undefined;
  readonly first: OrderEntry;
}

interface OpenPage {
  readonly key: number;
  readonly year: string;
  readonly name: string;
  readonly previous: string | undefined;
  readonly first: OrderEntry;
  readonly ids: number[];
  readonly deleted: Set<number>;
}

/** Takes rows in their order; a page is whole when the next begins, so that it can lead there. */
export class PagePlanner {
  #page: OpenPage | undefined;
  /** The year of the row before, by this computer's clock, and where it begins and ends. */
  #span = { from: Number.NaN, to: Number.NaN, year: "" };

  add(entry: OrderEntry): PlannedPage | undefined {
    const year = this.#yearOf(entry.at);
    const page = this.#page;
    if (page?.key === entry.key && page.year === year && page.ids.length < pageMessages) {
      put(page, entry);
      return undefined;
    }
    const isSameYear = page?.key === entry.key && page.year === year;
    const n = isSameYear ? Number(page.name.slice(year.length + 1) || 1) + 1 : 1;
    const name = n === 1 ? year : `${year}-${n}`;
    const previous = page?.key === entry.key ? page.name : undefined;
    const { key } = entry;
    this.#page = { key, year, name, previous, first: entry, ids: [], deleted: new Set() };
    put(this.#page, entry);
    return page && { ...page, next: page.key === key ? name : undefined };
  }

  /** The last page. */
  end(): PlannedPage | undefined {
    const page = this.#page;
    this.#page = undefined;
    return page && { ...page, next: undefined };
  }

  #yearOf(at: Date | undefined): string {
    if (!at) return "undated";
    const ms = at.getTime();
    if (!(ms >= this.#span.from && ms < this.#span.to)) {
      const year = at.getFullYear();
      const from = new Date(2000, 0, 1).setFullYear(year);
      const to = new Date(2000, 0, 1).setFullYear(year + 1);
      this.#span = { from, to, year: String(year).padStart(4, "0") };
    }
    return this.#span.year;
  }
}

function put(page: OpenPage, { id, isDeleted }: OrderEntry): void {
  page.ids.push(id);
  if (isDeleted) page.deleted.add(id);
}
