/** What a contact is called. */
import type { Contact } from "../contract.ts";

/** As the phone would show it; never empty. */
export function contactName({ name, kind, organization, emails, phones }: Contact): string {
  if (kind === "org" && organization) return organization;
  const words = [name.prefix, name.given, name.middle, name.family, name.suffix].filter(Boolean).join(" ");
  return words || name.nickname || organization || emails[0]?.value || phones[0]?.value || "No name";
}
