/** Contacts as one looks through them: by the names that are shown, cards of one person as one. */
import type { Contact } from "../contract.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { type Found, rowsOf, type TableContext, TableList } from "../table-list.ts";
import { addressBook, readContacts } from "./read-contacts.ts";

const table = "ABPerson";

/** By name. @returns undefined where there is no table of them */
export async function contactList(context: TableContext): Promise<TableList<Contact> | undefined> {
  return await TableList.open(context, addressBook, async (db) => {
    if (!db.has(table)) return undefined;
    return {
      ...{ table, idColumn: "guid", order: "by name" },
      from: `SELECT id, ${folded("n")} AS k FROM (SELECT p.rowid AS id, ${shownName(db)} AS n FROM ${table} p${reached(db)} WHERE p.rowid IN (${leaders(db)}))`,
      read: async (rows) => await contactsAt(db, rows),
    };
  });
}

/** With the cards that are joined to these; in the order of these. */
async function contactsAt(db: PhoneDatabase, rows: readonly number[]): Promise<Found<Contact>[]> {
  const list = rows.join(",");
  const linked = db.has(table, "PersonLink")
    ? await rowsOf(
        db,
        `SELECT rowid FROM ${table} WHERE PersonLink > 0 AND PersonLink IN (SELECT PersonLink FROM ${table} WHERE rowid IN (${list}))`,
      )
    : [];
  const found = await readContacts(db, { only: [...new Set([...rows, ...linked])] });
  const places = new Map(rows.map((row, i) => [row, i]));
  const placeOf = (own: readonly number[]): number => Math.min(...own.map((row) => places.get(row) ?? rows.length));
  return found
    .sort((a, b) => placeOf(a.rows) - placeOf(b.rows))
    .map(({ contact }) => ({ id: contact.id, value: contact }));
}

/** Of cards that are one person's the one whose name is shown: the phone's choice, else the first. */
function leaders(db: PhoneDatabase): string {
  if (!db.has(table, "PersonLink")) return `SELECT rowid FROM ${table}`;
  const group = "CASE WHEN x.PersonLink > 0 THEN x.PersonLink ELSE -x.rowid END";
  if (!db.has("ABPersonLink", "PreferredNamePersonID")) return `SELECT min(x.rowid) FROM ${table} x GROUP BY ${group}`;
  const preferred = "max(CASE WHEN x.rowid = l.PreferredNamePersonID THEN x.rowid END)";
  return `SELECT coalesce(${preferred}, min(x.rowid)) FROM ${table} x LEFT JOIN ABPersonLink l ON l.rowid = x.PersonLink GROUP BY ${group}`;
}

/** What stands for a name where there is none: the first mail address, else the first number. */
function reached(db: PhoneDatabase): string {
  if (!["record_id", "property", "identifier", "value"].every((column) => db.has("ABMultiValue", column))) return "";
  return ` LEFT JOIN (SELECT record_id, value, max(property * 1000000 - identifier) FROM ABMultiValue WHERE property IN (3, 4) AND value <> '' GROUP BY record_id) v ON v.record_id = p.rowid`;
}

/** As `contactName` puts it together. */
function shownName(db: PhoneDatabase): string {
  const column = (name: string): string => (db.has(table, name) ? `p.${name}` : "NULL");
  const words = ["Prefix", "First", "Middle", "Last", "Suffix"].map((c) => `coalesce(${column(c)} || ' ', '')`);
  const own = (sql: string): string => `nullif(trim(${sql}), '')`;
  const organization = own(column("Organization"));
  const last = reached(db) === "" ? "" : ", v.value";
  return `CAST(coalesce(CASE WHEN ${column("Kind")} = 1 THEN ${organization} END, ${own(words.join(" || "))}, ${own(column("Nickname"))}, ${organization}${last}, 'No name') AS TEXT)`;
}

/** Without accents and in small letters, so that "Émile" stands beside "Emil". Most names have none, and are asked for none. */
function folded(name: string): string {
  const plain = accents().reduce((sql, [accent, letter]) => `replace(${sql}, '${accent}', '${letter}')`, name);
  return `CASE WHEN ${name} GLOB '*[^ -~]*' THEN lower(${plain}) ELSE lower(${name}) END`;
}

/** Letters of European names. */
function accents(): (readonly [string, string])[] {
  // Letters of their own, which Unicode does not take apart.
  const found: (readonly [string, string])[] = [..."łlŁløoØođdĐdıi".matchAll(/(.)(.)/gu)].map(([, a = "", b = ""]) => [
    a,
    b,
  ]);
  for (let code = 0xc0; code <= 0x17f; code += 1) {
    const accent = String.fromCharCode(code);
    const [letter = ""] = accent.normalize("NFD");
    if (/^[a-z]$/i.test(letter)) found.push([accent, letter.toLowerCase()]);
  }
  return found;
}
