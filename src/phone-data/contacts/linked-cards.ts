/** Cards that the phone shows as one: a person who is in several accounts. Values are joined, equal ones stand once. */
import type { Contact, OtherCard } from "../contract.ts";

/** A card with what joins it to others. */
export interface Card {
  readonly contact: Contact;
  /** Cards of one person in several accounts have the same; undefined where it stands alone. */
  readonly link: number | undefined;
  readonly row: number;
}

/** Of cards that are one person's: the row whose name the phone shows, and the one whose photo. */
export interface Preferred {
  readonly name: number | undefined;
  readonly photo: number | undefined;
}

/** Cards that are one, and their rows: those a photo is looked for in, the phone's choice first, have an order of their own. */
export interface JoinedCard {
  readonly contact: Contact;
  readonly rows: readonly number[];
  readonly photoRows: readonly number[];
}

/** @param preferred by the link */
export function joinLinked(cards: readonly Card[], preferred: ReadonlyMap<number, Preferred>): JoinedCard[] {
  const groups = new Map<string, Card[]>();
  for (const card of cards) {
    const key = card.link === undefined ? `row ${card.row}` : `link ${card.link}`;
    const group = groups.get(key);
    if (group) group.push(card);
    else groups.set(key, [card]);
  }
  return [...groups.values()].map((group) => {
    const first = preferred.get(group[0]?.link ?? -1);
    const sorted = group.toSorted(
      (a, b) => Number(b.row === first?.name) - Number(a.row === first?.name) || a.row - b.row,
    );
    const rows = sorted.map((card) => card.row);
    const photoRows = rows.toSorted((a, b) => Number(b === first?.photo) - Number(a === first?.photo));
    return { contact: joined(sorted.map((card) => card.contact)), rows, photoRows };
  });
}

const lists = ["phones", "emails", "urls", "relations", "dates", "addresses", "ims", "profiles", "groups"] as const;
const works = ["organization", "phoneticOrganization", "department", "jobTitle"] as const;
/** What a card has once. */
const single = ["name", "organization", "department", "jobTitle", "birthday"] as const;

function joined(contacts: readonly Contact[]): Contact {
  const [first] = contacts as [Contact];
  if (contacts.length === 1) return first;
  const merged: Record<string, unknown> = Object.assign({}, ...contacts.toReversed());
  merged["name"] =
    Object.keys(first.name).length > 0
      ? first.name
      : (contacts.find((c) => Object.keys(c.name).length > 0)?.name ?? {});
  for (const list of lists) merged[list] = once(contacts.flatMap((contact): readonly unknown[] => contact[list]));
  // A title belongs to its company: of two cards none is put together that neither has.
  const work = contacts.find((contact) => works.some((key) => contact[key] !== undefined));
  for (const key of works) merged[key] = work?.[key];
  merged["id"] = first.id;
  merged["kind"] = first.kind;
  const notes = new Set(contacts.flatMap(({ note }) => note ?? []));
  if (notes.size > 0) merged["note"] = [...notes].join("\n\n");
  merged["createdAt"] = contacts
    .map((c) => c.createdAt)
    .filter((at) => at !== undefined)
    .sort()[0];
  merged["modifiedAt"] = contacts
    .map((c) => c.modifiedAt)
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  merged["sources"] = contacts.flatMap((contact) => contact.sources);
  for (const key in merged) if (merged[key] === undefined) delete merged[key];
  const others = contacts.slice(1).flatMap((contact) => otherwise(contact, merged) ?? []);
  if (others.length > 0) merged["others"] = others;
  return merged as unknown as Contact;
}

/** What of a card did not come into the joined one; undefined where all did. */
function otherwise(contact: Contact, merged: Readonly<Record<string, unknown>>): OtherCard | undefined {
  const isOtherWork = works.some((key) => contact[key] !== undefined && contact[key] !== merged[key]);
  const own = single.flatMap((key) => {
    const value = contact[key];
    const isWork = key !== "name" && key !== "birthday";
    const isSame = isWork ? !isOtherWork : JSON.stringify(value) === JSON.stringify(merged[key]);
    return value === undefined || isSame || Object.keys(value).length === 0 ? [] : [[key, value] as const];
  });
  if (own.length === 0) return undefined;
  const { id, account } = contact;
  return { id, ...(account !== undefined && { account }), ...Object.fromEntries(own) };
}

/** Numbers that are the same but for spaces and labels stand once: the first of them. */
function once(values: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = keyOf(value);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if ("value" in value)
    return String(value.value)
      .replaceAll(/[\s()-]/g, "")
      .toLowerCase();
  const { label: _, ...rest } = value as Record<string, unknown>;
  return JSON.stringify(rest);
}
