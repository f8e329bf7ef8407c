/**
 * The address book: every person with all fields, cards of several accounts joined as the phone shows them.
 * Source: the schemas of AddressBook.sqlitedb from iOS 6 on; the constants of ABPerson.h (public).
 */
import type { ForeignValue } from "../../shared/foreign-rows.ts";
import type { Account, Address, Contact, ContactName, Labelled } from "../contract.ts";
import type { PhoneDatabase, PhoneRow } from "../phone-database.ts";
import { appleDate, bytesIn, iso, numberIn, present, textIn } from "../values.ts";
import { type Card, type JoinedCard, joinLinked, type Preferred } from "./linked-cards.ts";

/** Where it lies. */
export const addressBook = { domain: "HomeDomain", path: "Library/AddressBook/AddressBook.sqlitedb" } as const;
export const addressBookImages = {
  domain: "HomeDomain",
  path: "Library/AddressBook/AddressBookImages.sqlitedb",
} as const;

/** Properties of `ABMultiValue`. Source: ABPerson.h, in the order in which the database numbers them. */
const property = { phone: 3, email: 4, address: 5, date: 12, im: 13, url: 22, relation: 23, profile: 46 } as const;

const personColumns = [
  ...["Prefix", "First", "Middle", "Last", "Suffix", "Nickname", "FirstPhonetic", "LastPhonetic"],
  ...["Organization", "Department", "JobTitle", "Note", "Kind", "Birthday", "CreationDate", "ModificationDate"],
  ...["StoreID", "PersonLink", "guid", "MiddlePhonetic", "OrganizationPhonetic", "PreviousFamilyName"],
  "AlternateBirthday",
] as const;
type Person = PhoneRow<(typeof personColumns)[number] | "rowid">;

interface Value {
  readonly property: number;
  readonly order: number;
  readonly label: string | undefined;
  readonly value: string | undefined;
  readonly entries: ReadonlyMap<string, string>;
}

/** What `readContacts` is asked for. */
export interface ReadContactsOptions {
  /** Whether cards of one person are joined; they are by default. */
  readonly unify?: boolean;
  /** Numbers of rows of `ABPerson`; all by default. */
  readonly only?: readonly number[];
}

/** Contacts, and which rows of the database each comes from: pictures lie under those. */
export async function readContacts(
  db: PhoneDatabase,
  { unify = true, only }: ReadContactsOptions = {},
): Promise<JoinedCard[]> {
  const [values, groups, stores] = [
    await valuesOf(db, only),
    await groupsOf(db, only),
    await namesOf(db, "ABStore", "Name"),
  ];
  const cards: Card[] = [];
  for await (const person of db.rowsOf("ABPerson", personColumns, only && { column: "rowid", values: only })) {
    const row = numberIn(person.rowid) ?? 0;
    const link = numberIn(person.PersonLink);
    const contact = contactOf(person, values.get(row) ?? [], {
      groups: groups.get(row) ?? [],
      account: stores.get(numberIn(person.StoreID) ?? Number.NaN),
    });
    cards.push({ contact, row, link: link !== undefined && link > 0 ? link : undefined });
  }
  if (!unify) return cards.map(({ contact, row }) => ({ contact, rows: [row], photoRows: [row] }));
  const preferred = new Map<number, Preferred>();
  for await (const row of db.rows("ABPersonLink", ["PreferredNamePersonID", "PreferredImagePersonID"]))
    if (typeof row.rowid === "number")
      preferred.set(row.rowid, {
        name: numberIn(row.PreferredNamePersonID),
        photo: numberIn(row.PreferredImagePersonID),
      });
  return joinLinked(cards, preferred);
}

function contactOf(
  person: Person,
  values: readonly Value[],
  { groups, account }: { groups: readonly string[]; account: string | undefined },
): Contact {
  const id = textIn(person.guid) ?? `row-${person.rowid}`;
  const plain = (which: number): Labelled[] =>
    values.filter((v) => v.property === which && v.value !== undefined).map(labelled);
  const dates = plain(property.date).flatMap(({ label, value }) => {
    const day = dayOf(value);
    return day === undefined ? [] : [present<Labelled>({ label, value: day })];
  });
  return present<Contact>({
    id,
    kind: numberIn(person.Kind) === 1 ? "org" : "person",
    name: nameOf(person),
    organization: textIn(person.Organization),
    phoneticOrganization: textIn(person.OrganizationPhonetic),
    department: textIn(person.Department),
    jobTitle: textIn(person.JobTitle),
    note: textIn(person.Note),
    birthday: dayOf(person.Birthday),
    alternateBirthday: textIn(person.AlternateBirthday),
    phones: plain(property.phone),
    emails: plain(property.email),
    urls: plain(property.url),
    relations: plain(property.relation),
    dates,
    addresses: values.filter((v) => v.property === property.address).map(addressOf),
    ims: values.filter((v) => v.property === property.im).map(accountOf),
    profiles: values.filter((v) => v.property === property.profile).map(accountOf),
    groups,
    account,
    photo: undefined,
    otherPhotos: undefined,
    createdAt: iso(appleDate(person.CreationDate)),
    modifiedAt: iso(appleDate(person.ModificationDate)),
    sources: [id],
    others: undefined,
  });
}

function nameOf(person: Person): ContactName {
  return present<ContactName>({
    prefix: textIn(person.Prefix),
    given: textIn(person.First),
    middle: textIn(person.Middle),
    family: textIn(person.Last),
    suffix: textIn(person.Suffix),
    nickname: textIn(person.Nickname),
    previousFamily: textIn(person.PreviousFamilyName),
    phoneticGiven: textIn(person.FirstPhonetic),
    phoneticMiddle: textIn(person.MiddlePhonetic),
    phoneticFamily: textIn(person.LastPhonetic),
  });
}

function labelled({ label, value }: Value): Labelled {
  return present<Labelled>({ label, value });
}

function addressOf({ label, entries }: Value): Address {
  const entry = (name: string): string | undefined => entries.get(name.toLowerCase());
  return present<Address>({
    label,
    street: entry("Street"),
    city: entry("City"),
    state: entry("State"),
    postalCode: entry("ZIP"),
    country: entry("Country"),
    countryCode: entry("CountryCode"),
  });
}

function accountOf({ label, value, entries }: Value): Account {
  const user = entries.get("username") ?? entries.get("userid") ?? value;
  return present<Account>({ label, service: entries.get("service"), user, url: entries.get("url") });
}

/** Days are texts: seconds since 2001 at noon, in the year 1604 where they have none. */
function dayOf(value: ForeignValue | undefined): string | undefined {
  const day = appleDate(value)?.toISOString().slice(0, 10);
  return day?.startsWith("1604-") ? `-${day.slice(4)}` : day;
}

/** Apple's own labels stand as `_$!<Mobile>!$_`; those of people as they wrote them. */
function labelOf(label: string | undefined): string | undefined {
  return label === undefined ? undefined : (/^_\$!<(.*)>!\$_$/s.exec(label)?.[1] ?? label);
}

const valueColumns = ["UID", "record_id", "property", "identifier", "label", "value"] as const;

async function valuesOf(db: PhoneDatabase, only: readonly number[] | undefined): Promise<Map<number, Value[]>> {
  const labels = await namesOf(db, "ABMultiValueLabel", "value");
  const rows: PhoneRow<(typeof valueColumns)[number]>[] = [];
  for await (const row of db.rowsOf("ABMultiValue", valueColumns, only && { column: "record_id", values: only }))
    rows.push(row);
  const uids = rows.map((row) => numberIn(row.UID)).filter((uid) => uid !== undefined);
  const entries = await entriesOf(db, only && uids.filter(Number.isSafeInteger));
  const values = new Map<number, Value[]>();
  for (const row of rows) {
    const owner = numberIn(row.record_id) ?? -1;
    const list = values.get(owner) ?? [];
    const value = {
      property: numberIn(row.property) ?? -1,
      order: numberIn(row.identifier) ?? 0,
      label: labelOf(labels.get(numberIn(row.label) ?? Number.NaN)),
      value: textIn(row.value),
      entries: entries.get(numberIn(row.UID) ?? Number.NaN) ?? new Map<string, string>(),
    };
    if (list.length === 0) values.set(owner, list);
    list.push(value);
  }
  for (const list of values.values()) list.sort((a, b) => a.property - b.property || a.order - b.order);
  return values;
}

const entryColumns = ["parent_id", "key", "value"] as const;

async function entriesOf(
  db: PhoneDatabase,
  only: readonly number[] | undefined,
): Promise<Map<number, Map<string, string>>> {
  const keys = await namesOf(db, "ABMultiValueEntryKey", "value");
  const entries = new Map<number, Map<string, string>>();
  for await (const row of db.rowsOf("ABMultiValueEntry", entryColumns, only && { column: "parent_id", values: only })) {
    const [parent, key] = [numberIn(row.parent_id) ?? -1, keys.get(numberIn(row.key) ?? Number.NaN)];
    const value = textIn(row.value);
    if (key === undefined || value === undefined) continue;
    const own = entries.get(parent) ?? new Map<string, string>();
    entries.set(parent, own.set(key.toLowerCase(), value));
  }
  return entries;
}

async function namesOf(db: PhoneDatabase, table: string, column: string): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  for await (const row of db.rows(table, [column])) {
    const name = textIn(row[column]);
    if (typeof row.rowid === "number" && name !== undefined) names.set(row.rowid, name);
  }
  return names;
}

async function groupsOf(db: PhoneDatabase, only: readonly number[] | undefined): Promise<Map<number, string[]>> {
  const names = await namesOf(db, "ABGroup", "Name");
  const groups = new Map<number, string[]>();
  for await (const row of db.rowsOf(
    "ABGroupMembers",
    ["group_id", "member_id", "member_type"],
    only && { column: "member_id", values: only },
  )) {
    // A group may have groups in it, which are numbered as people are.
    if ((numberIn(row.member_type) ?? 0) !== 0) continue;
    const name = names.get(numberIn(row.group_id) ?? Number.NaN);
    const member = numberIn(row.member_id);
    if (name === undefined || member === undefined) continue;
    const list = groups.get(member);
    if (list) list.push(name);
    else groups.set(member, [name]);
  }
  return groups;
}

/** Where each picture stands, by the row of its card: the whole one, else the largest small one. */
export class ContactPhotos {
  readonly #db: PhoneDatabase;
  readonly #places = new Map<number, { readonly table: string; readonly row: number; readonly bytes: number }>();

  private constructor(db: PhoneDatabase) {
    this.#db = db;
  }

  static async open(db: PhoneDatabase): Promise<ContactPhotos> {
    const photos = new ContactPhotos(db);
    for (const table of ["ABThumbnailImage", "ABFullSizeImage"])
      for await (const row of db.rows(table, ["record_id", { as: "bytes", of: "data", sql: "length(?)" }])) {
        const [owner, bytes] = [numberIn(row.record_id), numberIn(row.bytes) ?? 0];
        if (owner === undefined || typeof row.rowid !== "number" || bytes === 0) continue;
        const known = photos.#places.get(owner);
        if (table === "ABThumbnailImage" && known && known.bytes >= bytes) continue;
        photos.#places.set(owner, { table, row: row.rowid, bytes });
      }
    return photos;
  }

  /** The bytes as they are, of each of these cards that has any: the same picture once. */
  async read(rows: readonly number[]): Promise<readonly Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (const row of rows) {
      const place = this.#places.get(row);
      const [read] = place ? await this.#db.rowsAt(place.table, ["data"], [place.row]) : [];
      const bytes = bytesIn(read?.data);
      if (bytes && !found.some((known) => Buffer.compare(known, bytes) === 0)) found.push(bytes);
    }
    return found;
  }
}
