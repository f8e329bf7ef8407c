/** Contacts as a table, with the columns that Google Contacts imports. */
import type { Contact } from "../contract.ts";
import { csvLine, csvStart } from "../formats/csv.ts";
import { contactName } from "./contact-name.ts";

/** Numbered columns, at least one of each, at most as many as somebody has, and no more than this. */
const mostColumns = 20;

/** @returns the file's lines */
export function* contactsCsv(contacts: readonly Contact[]): Generator<string, void, undefined> {
  const most = (of: (contact: Contact) => readonly unknown[]): number =>
    Math.min(
      mostColumns,
      contacts.reduce((most, contact) => Math.max(most, of(contact).length), 1),
    );
  const [phones, emails, urls, addresses] = [
    most((c) => c.phones),
    most((c) => c.emails),
    most((c) => c.urls),
    most((c) => c.addresses),
  ];
  yield csvStart;
  yield csvLine([
    ...["Name", "Name Prefix", "First Name", "Middle Name", "Last Name", "Name Suffix", "Nickname"],
    ...[
      "Phonetic First Name",
      "Phonetic Last Name",
      "Organization Name",
      "Organization Department",
      "Organization Title",
    ],
    ...["Birthday", "Notes", "Labels"],
    ...numbered(emails, (n) => [`E-mail ${n} - Label`, `E-mail ${n} - Value`]),
    ...numbered(phones, (n) => [`Phone ${n} - Label`, `Phone ${n} - Value`]),
    ...numbered(addresses, (n) =>
      ["Label", "Street", "City", "Region", "Postal Code", "Country"].map((part) => `Address ${n} - ${part}`),
    ),
    ...numbered(urls, (n) => [`Website ${n} - Label`, `Website ${n} - Value`]),
  ]);
  for (const contact of contacts) {
    const { name } = contact;
    yield csvLine([
      ...[contactName(contact), name.prefix, name.given, name.middle, name.family, name.suffix, name.nickname],
      ...[name.phoneticGiven, name.phoneticFamily, contact.organization, contact.department, contact.jobTitle],
      ...[contact.birthday, contact.note, contact.groups.join(" ::: ")],
      ...numbered(emails, (n) => [contact.emails[n - 1]?.label, contact.emails[n - 1]?.value]),
      ...numbered(phones, (n) => [contact.phones[n - 1]?.label, contact.phones[n - 1]?.value]),
      ...numbered(addresses, (n) => {
        const { label, street, city, state, postalCode, country } = contact.addresses[n - 1] ?? {};
        return [label, street, city, state, postalCode, country];
      }),
      ...numbered(urls, (n) => [contact.urls[n - 1]?.label, contact.urls[n - 1]?.value]),
    ]);
  }
}

function numbered<T>(count: number, of: (n: number) => readonly T[]): T[] {
  return Array.from({ length: count }, (_, i) => of(i + 1)).flat();
}
