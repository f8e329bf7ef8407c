/**
 * Contacts as vCards. 3.0 is what most programs take, Android's among them; 4.0 is for archives.
 * Sources: RFC 2426, RFC 6350; Apple's own X- fields as its Contacts exports them.
 */
import type { Contact, Labelled, OtherCard } from "../contract.ts";
import { contactName } from "./contact-name.ts";

export type VcardVersion = "3.0" | "4.0";

/** Longest line without its end. Source: RFC 6350, 3.2. */
const maxLineBytes = 75;

/** One card, with its line ends. @param photo bytes of a picture of any kind that people have */
export function vcard(contact: Contact, version: VcardVersion, photo?: Uint8Array): string {
  const card = new CardLines(version);
  card.add("BEGIN", "VCARD", { isRaw: true });
  card.add("VERSION", version, { isRaw: true });
  names(card, contact);
  for (const phone of contact.phones) card.labelled("TEL", phone, phoneTypes);
  for (const mail of contact.emails) card.labelled("EMAIL", mail, version === "3.0" ? mailTypes : plainTypes);
  for (const url of contact.urls) card.labelled("URL", url, plainTypes);
  addresses(card, contact);
  accounts(card, contact);
  days(card, contact);
  for (const relation of contact.relations) card.withLabel("X-ABRELATEDNAMES", relation);
  if (contact.groups.length > 0) card.add("CATEGORIES", contact.groups.map(escaped).join(","), { isRaw: true });
  if (contact.note) card.add("NOTE", contact.note);
  if (photo) picture(card, photo);
  card.add("UID", contact.id);
  if (contact.modifiedAt) card.add("REV", contact.modifiedAt, { isRaw: true });
  card.add("END", "VCARD", { isRaw: true });
  return card.text;
}

function names(card: CardLines, contact: Contact): void {
  const { name, kind, organization, department, jobTitle } = contact;
  const isOrg = kind === "org";
  card.add("FN", contactName(contact));
  const parts = [name.family, name.given, name.middle, name.prefix, name.suffix];
  card.add("N", parts.map((part) => escaped(part ?? "")).join(";"), { isRaw: true });
  if (isOrg && card.version === "4.0") card.add("KIND", "org", { isRaw: true });
  if (isOrg && card.version === "3.0") card.add("X-ABShowAs", "COMPANY", { isRaw: true });
  if (name.nickname) card.add("NICKNAME", name.nickname);
  if (name.phoneticGiven) card.add("X-PHONETIC-FIRST-NAME", name.phoneticGiven);
  if (name.phoneticMiddle) card.add("X-PHONETIC-MIDDLE-NAME", name.phoneticMiddle);
  if (name.phoneticFamily) card.add("X-PHONETIC-LAST-NAME", name.phoneticFamily);
  if (name.previousFamily) card.add("X-MAIDENNAME", name.previousFamily);
  work(card, { organization, department, jobTitle });
  if (contact.phoneticOrganization) card.add("X-PHONETIC-ORG", contact.phoneticOrganization);
  // Of joined cards each company with its title: a card may have several.
  for (const other of contact.others ?? []) work(card, other, card.group());
}

/** @param group with its dot: what belongs together */
function work(
  card: CardLines,
  { organization, department, jobTitle }: Pick<OtherCard, "organization" | "department" | "jobTitle">,
  group = "",
): void {
  const parts = [organization, department].map((part) => escaped(part ?? ""));
  if (organization || department) card.add(`${group}ORG`, parts.join(";").replace(/;$/, ""), { isRaw: true });
  if (jobTitle) card.add(`${group}TITLE`, jobTitle);
}

function addresses(card: CardLines, { addresses: all }: Contact): void {
  for (const { label, street, city, state, postalCode, country, countryCode } of all) {
    const parts = ["", "", street, city, state, postalCode, country].map((part) => escaped(part ?? ""));
    const group = card.labelled("ADR", { ...(label !== undefined && { label }), value: parts.join(";") }, plainTypes, {
      isRaw: true,
      isGrouped: countryCode !== undefined,
    });
    if (countryCode) card.add(`${group}X-ABADR`, countryCode);
  }
}

function accounts(card: CardLines, { ims, profiles }: Contact): void {
  for (const { label, service, user, url } of ims)
    card.labelled(
      "IMPP",
      { ...(label !== undefined && { label }), value: url ?? `${schemeOf(service)}:${user ?? ""}` },
      plainTypes,
      {
        parameters: service === undefined ? "" : `;X-SERVICE-TYPE=${parameter(service)}`,
      },
    );
  for (const { label, service, user, url } of profiles) {
    const parameters = [
      ["type", service],
      ["x-user", user],
    ].flatMap(([key, value]) => (value ? [`;${key}=${parameter(value)}`] : []));
    const profile = { ...(label !== undefined && { label }), value: url ?? user ?? "" };
    card.labelled("X-SOCIALPROFILE", profile, () => undefined, { parameters: parameters.join("") });
  }
}

function schemeOf(service: string | undefined): string {
  return service === undefined ? "x-apple" : service.toLowerCase().replaceAll(/[^a-z0-9]/g, "") || "x-apple";
}

function days(card: CardLines, contact: Contact): void {
  const { birthday } = contact;
  if (birthday) {
    const isYearless = birthday.startsWith("--");
    if (card.version === "4.0")
      card.add("BDAY", isYearless ? `--${birthday.slice(2).replace("-", "")}` : birthday.replaceAll("-", ""), {
        isRaw: true,
      });
    else if (isYearless)
      card.add("BDAY", `1604-${birthday.slice(2)}`, { isRaw: true, parameters: ";X-APPLE-OMIT-YEAR=1604" });
    else card.add("BDAY", birthday, { isRaw: true });
  }
  const birthdays = (contact.others ?? []).flatMap((other) => other.birthday ?? []);
  const more = [...new Set(birthdays)].map((value) => ({ label: "birthday", value }));
  for (const { label, value } of [...contact.dates, ...more]) {
    const isYearless = value.startsWith("--");
    const parameters = isYearless ? ";X-APPLE-OMIT-YEAR=1604" : "";
    card.withLabel(
      "X-ABDATE",
      { ...(label !== undefined && { label }), value: isYearless ? `1604-${value.slice(2)}` : value },
      parameters,
    );
  }
}

function picture(card: CardLines, photo: Uint8Array): void {
  const type = photo[0] === 0x89 && photo[1] === 0x50 ? "PNG" : photo[0] === 0x47 ? "GIF" : "JPEG";
  const base64 = Buffer.from(photo).toString("base64");
  if (card.version === "4.0") card.add("PHOTO", `data:image/${type.toLowerCase()};base64,${base64}`, { isRaw: true });
  else card.add("PHOTO", base64, { isRaw: true, parameters: `;ENCODING=b;TYPE=${type}` });
}

type Types = (word: string) => readonly string[] | undefined;

const home: Readonly<Record<string, readonly string[]>> = { home: ["HOME"], work: ["WORK"], school: ["HOME"] };
const phones: Readonly<Record<string, readonly string[]>> = {
  ...home,
  mobile: ["CELL"],
  iphone: ["CELL"],
  main: ["VOICE", "PREF"],
  homefax: ["HOME", "FAX"],
  workfax: ["WORK", "FAX"],
  otherfax: ["FAX"],
  pager: ["PAGER"],
  other: ["VOICE"],
};

const plainTypes: Types = (word) => (word === "school" ? undefined : home[word]);
const mailTypes: Types = (word) => {
  const types = plainTypes(word);
  return types && ["INTERNET", ...types];
};
const phoneTypes: Types = (word) => (word === "school" ? undefined : phones[word.replaceAll(" ", "")]);

interface LineOptions {
  /** Escaped already. */
  readonly isRaw?: boolean;
  readonly parameters?: string;
  /** Something else follows in its group. */
  readonly isGrouped?: boolean;
}

/** The lines of one card, escaped and folded. */
class CardLines {
  readonly version: VcardVersion;
  text = "";
  #groups = 0;

  constructor(version: VcardVersion) {
    this.version = version;
  }

  add(name: string, value: string, { isRaw = false, parameters = "" }: LineOptions = {}): void {
    const text = isRaw ? value.replaceAll(/[\u0000-\u001f\u007f]/g, " ") : escaped(value);
    this.text += folded(`${name}${parameters}:${text}`);
  }

  /** With its label as a type where there is one for it, else beside it in a group. @returns the group with its dot, or nothing */
  labelled(name: string, { label, value }: Labelled, types: Types, options: LineOptions = {}): string {
    const found = label === undefined ? [] : types(label.toLowerCase());
    // Every iPhone is a mobile, and importers that know no label of its own take it for one; the word stays beside it.
    const isOwn = label !== undefined && (found === undefined || label.toLowerCase() === "iphone");
    const group = isOwn || options.isGrouped ? this.group() : "";
    const written = (found ?? []).map((type) => this.#typed(type)).join("");
    this.add(`${group}${name}`, value, { ...options, parameters: `${written}${options.parameters ?? ""}` });
    if (isOwn) this.add(`${group}X-ABLabel`, label);
    return group;
  }

  /** What was a type is a parameter of its own in 4.0. */
  #typed(type: string): string {
    if (this.version === "3.0") return `;TYPE=${type}`;
    return type === "PREF" ? ";PREF=1" : `;TYPE=${type.toLowerCase()}`;
  }

  withLabel(name: string, { label, value }: Labelled, parameters = ""): void {
    const group = this.group();
    this.add(`${group}${name}`, value, { parameters });
    this.add(`${group}X-ABLabel`, label ?? "other");
  }

  /** A new one, with its dot. */
  group(): string {
    this.#groups += 1;
    return `item${this.#groups}.`;
  }
}

/** Text in a value: nothing in it ends the line. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\\", "\\\\")
    .replaceAll(/\r\n|\r|\n|\u2028|\u2029/g, "\\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
    .replaceAll(";", "\\;")
    .replaceAll(",", "\\,");
}

/** A parameter has no escapes: what would end it is left out, and it is quoted. */
function parameter(text: string): string {
  const clean = text.toWellFormed().replaceAll(/[\u0000-\u001f\u007f"]/g, "");
  return /^[\w.-]+$/.test(clean) ? clean : `"${clean}"`;
}

/** In lines of 75 octets that cut no character in two. */
function folded(line: string): string {
  if (line.length * 3 <= maxLineBytes || Buffer.byteLength(line) <= maxLineBytes) return `${line}\r\n`;
  const bytes = Buffer.from(line);
  const parts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    let end = Math.min(at + (parts.length === 0 ? maxLineBytes : maxLineBytes - 1), bytes.length);
    while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
    parts.push(bytes.toString("utf8", at, end));
    at = end;
  }
  return `${parts.join("\r\n ")}\r\n`;
}
