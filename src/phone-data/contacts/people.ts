/**
 * Who an address belongs to. A number is compared by its digits, and its country counts where both tell it: two people are never
 * taken for one, and where a number fits several people it fits nobody.
 */
import type { Contact } from "../contract.ts";
import { contactName } from "./contact-name.ts";

/** A person as an address leads to them. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** Numbers with fewer digits are codes of services: those must be the same. */
const shortest = 7;

export class People {
  readonly #byMail = new Map<string, Set<Person>>();
  readonly #byEnd = new Map<string, { readonly number: PhoneNumber; readonly person: Person }[]>();
  readonly #found = new Map<string, Person | undefined>();

  constructor(contacts: Iterable<Contact> = []) {
    for (const contact of contacts) {
      const person = { id: contact.id, name: contactName(contact) };
      for (const { value } of contact.emails) this.#addMail(value, person);
      for (const { value } of contact.phones) this.#addPhone(value, person);
    }
  }

  /** @param address a number, a mail address, or either with a scheme */
  find(address: string | undefined): Person | undefined {
    if (address === undefined) return undefined;
    if (!this.#found.has(address)) this.#found.set(address, this.#look(address.replace(/^(tel|mailto|e|p):/i, "")));
    return this.#found.get(address);
  }

  #look(address: string): Person | undefined {
    if (address.includes("@")) return only(this.#byMail.get(address.trim().toLowerCase()) ?? new Set());
    const number = phoneNumber(address);
    if (!number) return undefined;
    const candidates = (this.#byEnd.get(endOf(number)) ?? []).filter((entry) => fits(entry.number, number));
    const same = candidates.filter((entry) => entry.number.digits === number.digits);
    return only(new Set((same.length > 0 ? same : candidates).map((entry) => entry.person)));
  }

  #addMail(value: string, person: Person): void {
    const key = value.trim().toLowerCase();
    this.#byMail.set(key, (this.#byMail.get(key) ?? new Set()).add(person));
  }

  #addPhone(value: string, person: Person): void {
    const number = phoneNumber(value);
    if (!number) return;
    const entries = this.#byEnd.get(endOf(number));
    if (entries) entries.push({ number, person });
    else this.#byEnd.set(endOf(number), [{ number, person }]);
  }
}

interface PhoneNumber {
  /** Without the zeros that stand before a number inside its country. */
  readonly digits: string;
  readonly hasCountry: boolean;
}

function phoneNumber(text: string): PhoneNumber | undefined {
  const bare = text.replaceAll(/[^\d+]/g, "").replace(/^00/, "+");
  const digits = bare.replaceAll("+", "");
  if (digits === "") return undefined;
  const hasCountry = bare.startsWith("+");
  return { digits: hasCountry ? digits : digits.replace(/^0+(?=\d{6})/, ""), hasCountry };
}

function endOf({ digits }: PhoneNumber): string {
  return digits.length < shortest ? digits : digits.slice(-shortest);
}

function fits(a: PhoneNumber, b: PhoneNumber): boolean {
  if (a.digits === b.digits) return true;
  if (a.digits.length < shortest || b.digits.length < shortest) return false;
  if (a.hasCountry && b.hasCountry) return false;
  const [longer, shorter] = a.digits.length > b.digits.length ? [a, b] : [b, a];
  return longer.digits.endsWith(shorter.digits);
}

function only(people: ReadonlySet<Person>): Person | undefined {
  const [first, ...others] = new Map([...people].map((person) => [person.id, person])).values();
  return others.length === 0 ? first : undefined;
}
