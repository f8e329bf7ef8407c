/** Contacts into files. */
import { createHash } from "node:crypto";
import { contactName } from "../contacts/contact-name.ts";
import { contactsCsv } from "../contacts/contacts-csv.ts";
import { addressBook, addressBookImages, ContactPhotos, readContacts } from "../contacts/read-contacts.ts";
import { vcard } from "../contacts/vcard.ts";
import type { Contact, Photo } from "../contract.ts";
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
  for (const { contact, rows, photoRows } of await readContacts(db, { unify: choice.isRaw !== true })) {
    if (!isAmong(choice, "contacts", contact.id) || !isChosen(contact, choice.contact)) {
      tally.leave("not-chosen", "they were not asked for", undefined, rows.length);
      continue;
    }
    const pictures = (await photos?.read(photoRows)) ?? [];
    const [photo] = pictures;
    const files: Photo[] = [];
    for (const picture of pictures) files.push(await photoOf(context, root, { contact, picture, n: files.length }));
    const [first, ...otherPhotos] = files;
    const written = {
      ...contact,
      ...(first && { photo: first }),
      ...(otherPhotos.length > 0 && { otherPhotos }),
    };
    tally.written += rows.length;
    if (files.length > 0) tally.beside("photos", files.length);
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

/** @param n how many the contact has already */
async function photoOf(
  { out }: ExportContext,
  root: string,
  { contact, picture, n }: { contact: Contact; picture: Uint8Array; n: number },
): Promise<Photo> {
  const file = await out.write(
    {
      owner: `contact photo ${contact.id}${n === 0 ? "" : ` ${n + 1}`}`,
      folder: out.folder("contact photos", root, "photos"),
      stem: contactName(contact),
      ext: pictureExtension(picture),
    },
    picture,
  );
  return {
    bytes: picture.length,
    sha256: createHash("sha256").update(picture).digest("hex"),
    file: file.path.slice(root.length + 1),
  };
}

/** By how it begins: the database has no name of it. */
function pictureExtension(picture: Uint8Array): string {
  if (picture[0] === 0x89) return ".png";
  if (picture[0] === 0x47) return ".gif";
  return Buffer.from(picture.subarray(4, 8)).toString("latin1") === "ftyp" ? ".heic" : ".jpg";
}
