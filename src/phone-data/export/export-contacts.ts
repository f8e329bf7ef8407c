/** Contacts into files. */
import { createHash } from "node:crypto";
import { contactName } from "../contacts/contact-name.ts";
import { contactsCsv } from "../contacts/contacts-csv.ts";
import { addressBook, addressBookImages, ContactPhotos, readContacts } from "../contacts/read-contacts.ts";
import { vcard } from "../contacts/vcard.ts";
import type { Contact } from "../contract.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { type ExportContext, holds, isAmong, jsonLines, lossWords, wants } from "./context.ts";
import { type KindReport, Tally } from "./tally.ts";

const folder = "contacts";

export async function exportContacts(context: ExportContext): Promise<KindReport> {
  const { files, out, choice } = context;
  const tally = new Tally("contacts");
  const options = {
    ...context,
    onLoss: (loss: Parameters<typeof lossWords>[0]) =>
      tally.leave("damaged", "the address book is damaged", lossWords(loss), loss.rows),
  };
  await using db = await PhoneDatabase.open(files, addressBook, options);
  if (!db) return tally.report("there is no address book on this phone");
  await using images = await PhoneDatabase.open(files, addressBookImages, options).catch((error: unknown) => {
    tally.leave("photos-unreadable", "photos of contacts cannot be read", (error as Error).message);
    return undefined;
  });
  tally.found = (await db.count("ABPerson")) ?? 0;
  const photos = images && (await ContactPhotos.open(images));
  const root = out.folder(folder, "", folder);
  const contacts: Contact[] = [];
  const cards: string[] = [];
  for (const { contact, rows } of await readContacts(db, { unify: choice.isRaw !== true })) {
    if (!isAmong(choice, "contacts", contact.id) || !isChosen(contact, choice.contact)) {
      tally.leave("not-chosen", "they were not asked for", undefined, rows.length);
      continue;
    }
    const photo = await photos?.read(rows);
    const written = photo ? { ...contact, photo: await photoOf(context, root, { contact, photo }) } : contact;
    tally.written += rows.length;
    if (photo) tally.beside("photos");
    contacts.push(written);
    if (!wants(context, "contacts", "vcard")) continue;
    const card = vcard(contact, choice.vcard, photo);
    cards.push(card);
    if (choice.isEach)
      await out.write(
        {
          owner: `contact ${contact.id}`,
          folder: out.folder("contact cards", root, "cards"),
          stem: contactName(contact),
          ext: ".vcf",
        },
        card,
      );
  }
  tally.beside("people", contacts.length);
  await out.write({ owner: "contacts.json", folder: root, stem: "contacts", ext: ".json" }, jsonLines(contacts));
  if (wants(context, "contacts", "vcard"))
    await out.write({ owner: "contacts.vcf", folder: root, stem: "contacts", ext: ".vcf" }, cards.join(""));
  if (wants(context, "contacts", "csv"))
    await out.write(
      { owner: "contacts.csv", folder: root, stem: "contacts", ext: ".csv" },
      [...contactsCsv(contacts)].join(""),
    );
  return tally.report();
}

function isChosen(contact: Contact, wanted: string | undefined): boolean {
  const words = [
    contactName(contact),
    contact.organization ?? "",
    ...[...contact.phones, ...contact.emails].map(({ value }) => value),
  ];
  return wanted === undefined || words.some((word) => holds(word, wanted));
}

async function photoOf(
  { out }: ExportContext,
  root: string,
  { contact, photo }: { contact: Contact; photo: Uint8Array },
): Promise<NonNullable<Contact["photo"]>> {
  const ext = photo[0] === 0x89 ? ".png" : ".jpg";
  const file = await out.write(
    {
      owner: `contact photo ${contact.id}`,
      folder: out.folder("contact photos", root, "photos"),
      stem: contactName(contact),
      ext,
    },
    photo,
  );
  return {
    bytes: photo.length,
    sha256: createHash("sha256").update(photo).digest("hex"),
    file: file.path.slice(root.length + 1),
  };
}
