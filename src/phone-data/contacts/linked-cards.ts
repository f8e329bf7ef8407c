/** Cards that the phone shows as one: a person who is in several accounts. Values are joined, equal ones stand once. */
import type { Contact } from "../contract.ts";

/** A card with what joins it to others. */
export interface Card {
  readonly contact: Contact;
  /** Cards of one person in several accounts have the same; undefined where it stands alone. */
  readonly link: number | undefined;
  readonly row: number;
}

/** @param preferred by the link: the row of the card whose name is shown */
export function joinLinked(
  cards: readonly Card[],
  preferred: ReadonlyMap<number, number>,
): { readonly contact: Contact; readonly rows: readonly number[] }[] {
  const groups = new Map<string, Card[]>();
  for (const card of cards) {
    const key = card.link === undefined ? `row ${card.row}` : `link ${card.link}`;
    const group = groups.get(key);
    if (group) group.push(card);
    else groups.set(key, [card]);
  }
  return [...groups.values()].map((group) => {
    const first = preferred.get(group[0]?.link ?? -1);
    const sorted = group.toSorted((a, b) => Number(b.row === first) - Number(a.row === first) || a.row - b.row);
    return { contact: joined(sorted.map((card) => card.contact)), rows: sorted.map((card) => card.row) };
  });
}

const lists = ["phones", "emails", "urls", "relations", "dates", "addresses", "ims", "profiles", "groups"] as const;

function joined(contacts: readonly Contact[]): Contact {
  const [first] = contacts as [Contact];
  if (contacts.length === 1) return first;
  const merged: Record<string, unknown> = Object.assign({}, ...contacts.toReversed());
  merged["name"] =
    Object.keys(first.name).length > 0
      ? first.name
      : (contacts.find((c) => Object.keys(c.name).length > 0)?.name ?? {});
  for (const list of lists) merged[list] = once(contacts.flatMap((contact): readonly unknown[] => contact[list]));
  merged["id"] = first.id;
  merged["kind"] = first.kind;
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
  for (const key of ["createdAt", "modifiedAt"]) if (merged[key] === undefined) delete merged[key];
  return merged as unknown as Contact;
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
