/**
 * Conversations, as a person counts them: chats of one phone, those with one person joined, whatever address and service they went by.
 * Source: the tables of sms.db from iOS 6 on.
 */
import type { People } from "../contacts/people.ts";
import type { ConversationHead, Participant } from "../contract.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { numberIn, present, textIn } from "../values.ts";

/** Who a message can be from. */
export interface Handle {
  readonly address: string;
  /** The phone's own word for a person with several addresses. */
  readonly person: string | undefined;
}

/** A conversation, and the rows of its chats. */
export interface Conversation {
  /** What its messages are sorted under: the lowest of its rows. */
  readonly key: number;
  readonly rows: readonly number[];
  readonly head: ConversationHead;
  /** As it is called; never empty. */
  readonly title: string;
}

/** Of messages that no chat has. */
export const looseKey = -1;
const loose: Conversation = {
  key: looseKey,
  rows: [],
  head: { id: "loose", name: "Not in any conversation", group: false, participants: [] },
  title: "Not in any conversation",
};

const groupStyle = 43;

export async function readHandles(db: PhoneDatabase): Promise<Map<number, Handle>> {
  const handles = new Map<number, Handle>();
  for await (const row of db.rows("handle", ["id", "person_centric_id"])) {
    const address = textIn(row.id);
    if (typeof row.rowid === "number" && address !== undefined)
      handles.set(row.rowid, { address, person: textIn(row.person_centric_id) });
  }
  return handles;
}

interface Chat {
  readonly row: number;
  readonly guid: string;
  readonly service: string | undefined;
  readonly identifier: string | undefined;
  readonly name: string | undefined;
  readonly isGroup: boolean;
  readonly members: readonly Handle[];
}

/** By their keys; with the one for messages that are in none. */
export async function readConversations(
  db: PhoneDatabase,
  handles: ReadonlyMap<number, Handle>,
  people: People,
): Promise<Map<number, Conversation>> {
  const conversations = new Map<number, Conversation>([[looseKey, loose]]);
  for (const chats of joinedChats(await readChats(db, handles), people)) {
    const conversation = conversationOf(chats, people);
    conversations.set(conversation.key, conversation);
  }
  return conversations;
}

async function readChats(db: PhoneDatabase, handles: ReadonlyMap<number, Handle>): Promise<Chat[]> {
  const members = new Map<number, Handle[]>();
  for await (const row of db.rows("chat_handle_join", ["chat_id", "handle_id"])) {
    const [chat, handle] = [numberIn(row.chat_id), handles.get(numberIn(row.handle_id) ?? -1)];
    if (chat === undefined || !handle) continue;
    const list = members.get(chat);
    if (list) list.push(handle);
    else members.set(chat, [handle]);
  }
  const chats: Chat[] = [];
  const columns = ["guid", "style", "chat_identifier", "service_name", "display_name", "room_name"] as const;
  for await (const row of db.rows("chat", columns)) {
    if (typeof row.rowid !== "number") continue;
    const own = members.get(row.rowid) ?? [];
    const guid = textIn(row.guid) ?? `chat-${row.rowid}`;
    chats.push({
      row: row.rowid,
      guid,
      service: textIn(row.service_name),
      identifier: textIn(row.chat_identifier),
      name: textIn(row.display_name),
      isGroup: numberIn(row.style) === groupStyle || own.length > 1 || guid.includes(";+;"),
      members: own,
    });
  }
  return chats.sort((a, b) => a.row - b.row);
}

/** Chats with one and the same person belong together; groups stay what they are. */
function joinedChats(chats: readonly Chat[], people: People): Chat[][] {
  const groups = new Map<string, Chat[]>();
  for (const chat of chats) {
    const key = personOf(chat, people) ?? `chat ${chat.row}`;
    const group = groups.get(key);
    if (group) group.push(chat);
    else groups.set(key, [chat]);
  }
  return [...groups.values()];
}

function personOf({ isGroup, members, identifier }: Chat, people: People): string | undefined {
  if (isGroup) return undefined;
  const [member] = members;
  const contact = people.find(member?.address ?? identifier);
  if (contact) return `contact ${contact.id}`;
  if (member?.person !== undefined) return `person ${member.person}`;
  return member ? `address ${member.address.toLowerCase()}` : undefined;
}

function conversationOf(chats: readonly Chat[], people: People): Conversation {
  const [first] = chats as [Chat];
  const addresses = new Set(chats.flatMap((chat) => chat.members.map((member) => member.address)));
  if (addresses.size === 0 && !first.isGroup && first.identifier !== undefined) addresses.add(first.identifier);
  const participants = [...addresses].map((address) =>
    present<Participant>({ address, name: people.find(address)?.name }),
  );
  const members = [...new Set(participants.map(({ name, address }) => name ?? address))];
  const named = chats.find((chat) => chat.name !== undefined)?.name;
  const name = named ?? (first.isGroup ? undefined : participants[0]?.name);
  return {
    key: first.row,
    rows: chats.map((chat) => chat.row),
    head: present<ConversationHead>({
      id: first.guid,
      service: first.service,
      name,
      group: first.isGroup,
      participants,
      chats: chats.length > 1 ? chats.map((chat) => chat.guid) : undefined,
    }),
    title: name ?? (members.length > 0 ? members.join(", ") : (first.identifier ?? "Unknown")),
  };
}
