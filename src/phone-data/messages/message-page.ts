/** A page of one conversation: what every form of it is made from, a message at a time, so that none is kept for it. */
import type { ConversationHead, Message } from "../contract.ts";

/** What stands around the messages of a page. */
export interface MessagePageInfo {
  readonly head: ConversationHead;
  readonly title: string;
  /** "2024", "2024-2". */
  readonly name: string;
  readonly count: number;
  /** The page before, by its name. */
  readonly previous: string | undefined;
  readonly next: string | undefined;
}

/** A message that another replies to. */
export interface Quote {
  /** Where it stands; undefined where no page is known to have it. */
  readonly href: string | undefined;
  /** How it begins. */
  readonly text: string;
}

/** Texts and attachments of a message as they follow one another; without the stickers on it. */
export function partsInOrder({ parts, attachments, text, reactions }: Message): NonNullable<Message["parts"]> {
  if (parts) return parts;
  const laid = new Set(reactions.map(({ attachment }) => attachment));
  const own = attachments.flatMap((_, attachment) => (laid.has(attachment) ? [] : [{ part: 0, attachment }]));
  return [...own, ...(text === "" ? [] : [{ part: 0, text }])];
}

/** One page in one form. */
export interface MessagePageForm {
  readonly ext: string;
  /** What comes before the messages; asked for when they are all known. */
  start(info: MessagePageInfo): string;
  /** In their order. */
  message(message: Message, quote: Quote | undefined): string;
  end(): string;
}

/** A message a line, so that two exports can be compared. */
export class MessagesJson implements MessagePageForm {
  readonly ext = ".json";
  #isFirst = true;

  start({ head }: MessagePageInfo): string {
    return `${JSON.stringify(head).slice(0, -1)},"messages":[\n`;
  }

  message(message: Message): string {
    const line = JSON.stringify(message);
    if (!this.#isFirst) return `,\n${line}`;
    this.#isFirst = false;
    return line;
  }

  end(): string {
    return "\n]}\n";
  }
}
