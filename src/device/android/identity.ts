/**
 * Who a phone is. Its serial number tells, unless its maker never gave it one: boards of a few makers all say "0123456789ABCDEF"
 * (14 of 590 logs of MTP devices). Such phones are told apart by what else they say of themselves.
 */
import { createHash } from "node:crypto";

/** As the phone says it, by whichever way; text that a person cannot tell apart counts as the same. */
export interface Likeness {
  readonly maker: string | undefined;
  readonly model: string | undefined;
  /** What its owner calls it. */
  readonly name: string | undefined;
}

/** What tells one phone from another, from run to run. */
export interface Identity {
  readonly id: string;
  /** False: another phone of the same maker, model and name has the same id. */
  readonly hasSerial: boolean;
}

const placeholders = new Set([
  "unknown",
  "null",
  "none",
  "n/a",
  "default",
  "serial",
  "serialnumber",
  "(noserialnumber)",
  "noserialnumber",
]);

/** Whether this is the serial number of no phone in particular: nothing, one character only, digits in their order, a word for none. */
export function isPlaceholderSerial(serial: string | undefined): boolean {
  const plain = (serial ?? "").replaceAll(/[\s\0_-]/g, "").toLowerCase();
  if (/^(.?)\1*$/u.test(plain) || placeholders.has(plain)) return true;
  const digits = plain.replace(/^0+(?=[01])/, "");
  return digits.length >= 6 && ["123456789abcdef0", "1234567890abcdef"].some((all) => all.startsWith(digits));
}

/** @param serials as they are told, the more trusted first */
export function identify(serials: readonly (string | undefined)[], likeness: Likeness): Identity {
  const serial = serials.find((s) => !isPlaceholderSerial(s));
  if (serial !== undefined) return { id: serial, hasSerial: true };
  const said = serials.find((s) => s?.trim())?.trim() ?? "noserial";
  return { id: `${said.replaceAll(/[^\w-]/g, "_")}-${fingerprint(likeness)}`, hasSerial: false };
}

function fingerprint({ maker, model, name }: Likeness): string {
  const said = [maker, model, name].map((text) =>
    (text ?? "").normalize("NFC").toLowerCase().replaceAll(/\s+/g, " ").trim(),
  );
  return createHash("sha256").update(said.join("\0")).digest("hex").slice(0, 8);
}
