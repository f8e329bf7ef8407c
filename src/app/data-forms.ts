/** Which forms a person is offered: those alone that something has of what is exported, in words of their own. */
import { type DataFormat, type DataKind, dataFormats, kindFormats, usualFormats } from "../phone-data/index.ts";

/** What is usual for each kind, all that each has, or one. */
const formChoices = ["usual", "all", "html", "txt", "md", "csv", "json"] as const;
export type FormChoice = (typeof formChoices)[number];

/** As `--format` takes it; undefined for what is usual. */
export function formatList(form: FormChoice): string | undefined {
  if (form === "usual") return undefined;
  return form === "all" ? dataFormats.join(",") : form;
}

export function offeredForms(kinds: readonly DataKind[]): readonly FormChoice[] {
  const has = formatsOf(kinds, kindFormats);
  const usual = formatsOf(kinds, usualFormats);
  return formChoices.filter((form) => {
    if (form === "usual") return true;
    if (form === "json") return has.length > 0;
    if (form === "all") return has.length > usual.length;
    return has.includes(form) && (usual.length > 1 || usual[0] !== form);
  });
}

/** The one that was chosen, or the usual where that is none of what is exported now. */
export function offeredForm(form: FormChoice, kinds: readonly DataKind[]): FormChoice {
  return offeredForms(kinds).includes(form) ? form : "usual";
}

const words: Readonly<Record<DataFormat, string>> = {
  html: "HTML pages",
  vcard: "vCards",
  csv: "CSV tables",
  txt: "plain text",
  md: "Markdown",
};
/** They are written with every form, as they are. */
const recordings = "recordings (M4A)";

export function formWords(form: FormChoice, kinds: readonly DataKind[]): string {
  const also = kinds.includes("voice-memos") ? [recordings] : [];
  const ofTable = (table: typeof kindFormats): string =>
    [...formatsOf(kinds, table).map((format) => words[format]), ...also].join(", ");
  if (form === "json") return "JSON alone";
  if (form === "all") return `all: ${ofTable(kindFormats)}`;
  if (form !== "usual") return words[form];
  return offeredForms(kinds).length === 1 ? ofTable(usualFormats) : `usual: ${ofTable(usualFormats)}`;
}

function formatsOf(
  kinds: readonly DataKind[],
  table: Readonly<Record<DataKind, readonly DataFormat[]>>,
): readonly DataFormat[] {
  const has = new Set(kinds.flatMap((kind) => table[kind]));
  return (Object.keys(words) as DataFormat[]).filter((format) => has.has(format));
}
