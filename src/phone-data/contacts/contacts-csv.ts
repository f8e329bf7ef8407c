/** Contacts as a table, with the columns that Google Contacts imports. */
import type { Contact, Labelled } from "../contract.ts";
import { csvLine, csvStart } from "../formats/csv.ts";
import { contactName } from "./contact-name.ts";

/** Numbered columns, at least one of each, at most as many as somebody has, and no more than this: the last has the rest. */
const mostColumns = 20;
/** Between several values in one cell. */
const between = " ::: ";

/** A list of a contact, as columns that are numbered. */
interface List {
  readonly names: (n: number) => readonly string[];
  /** The cells of each value. */
  readonly of: (contact: Contact) => readonly (readonly (string | undefined)[])[];
}

const pairs = (what: string, of: (contact: Contact) => readonly Labelled[]): List => ({
  names: (n) => [`${what} ${n} - Label`, `${what} ${n} - Value`],
  of: (contact) => of(contact).map(({ label, value }) => [label, value]),
});
const addressParts = ["Label", "Street", "City", "Region", "Postal Code", "Country"];

const lists: readonly List[] = [
  pairs("E-mail", ({ emails }) => emails),
  pairs("Phone", ({ phones }) => phones),
  {
    names: (n) => addressParts.map((part) => `Address ${n} - ${part}`),
    of: ({ addresses }) =>
      addresses.map((each) => [each.label, each.street, each.city, each.state, each.postalCode, each.country]),
  },
  pairs("Website", ({ urls }) => urls),
  pairs("Relation", ({ relations }) => relations),
  pairs("Event", ({ dates }) => dates),
  pairs("Custom Field", ({ ims, profiles }) =>
    [...ims, ...profiles].map(({ label, service, user, url }) => ({
      label: service ?? label ?? "",
      value: [user, url].filter(Boolean).join(" "),
    })),
  ),
];

/** @returns the file's lines */
export function* contactsCsv(contacts: readonly Contact[]): Generator<string, void, undefined> {
  const counted = lists.map((list) => ({
    ...list,
    count: Math.min(
      mostColumns,
      contacts.reduce((most, contact) => Math.max(most, list.of(contact).length), 1),
    ),
  }));
  yield csvStart;
  yield csvLine([
    ...["Name", "Name Prefix", "First Name", "Middle Name", "Last Name", "Name Suffix", "Nickname"],
    ...["Phonetic First Name", "Phonetic Middle Name", "Phonetic Last Name"],
    ...["Organization Name", "Organization Department", "Organization Title"],
    ...["Birthday", "Notes", "Labels"],
    ...counted.flatMap(({ names, count }) => Array.from({ length: count }, (_, i) => names(i + 1)).flat()),
  ]);
  for (const contact of contacts) {
    const { name } = contact;
    yield csvLine([
      ...[contactName(contact), name.prefix, name.given, name.middle, name.family, name.suffix, name.nickname],
      ...[name.phoneticGiven, name.phoneticMiddle, name.phoneticFamily],
      ...[contact.organization, contact.department, contact.jobTitle],
      ...[contact.birthday, contact.note, contact.groups.join(between)],
      ...counted.flatMap(({ names, of, count }) => cellsOf(of(contact), { count, width: names(1).length })),
    ]);
  }
}

function cellsOf(
  values: readonly (readonly (string | undefined)[])[],
  { count, width }: { count: number; width: number },
): (string | undefined)[] {
  return Array.from({ length: count }, (_, i) => {
    const here = i === count - 1 ? values.slice(i) : values.slice(i, i + 1);
    return Array.from({ length: width }, (_, cell) => here.map((value) => value[cell] ?? "").join(between));
  }).flat();
}
