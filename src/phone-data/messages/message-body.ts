/** What a message says: its parts in order, its edits, and what an app put into it. */
import { decodePlistDict, isDict, plistField } from "../../device/wire/plist.ts";
import type { Message, TextRun } from "../contract.ts";
import { type BodyRun, numberOf, readAttributedBody, textOf, urlOf } from "../formats/attributed-body.ts";
import { KeyedArchive } from "../formats/keyed-archive.ts";
import { appleEpoch, dateOf, iso, present } from "../values.ts";
import { type Body, BodyPatterns } from "./body-pattern.ts";

const attribute = {
  part: "__kIMMessagePartAttributeName",
  transfer: "__kIMFileTransferGUIDAttributeName",
  mention: "__kIMMentionConfirmedMention",
  transcription: "IMAudioTranscription",
  link: "__kIMLinkAttributeName",
  effect: "__kIMTextEffectAttributeName",
} as const;

const styles = [
  ["__kIMTextBoldAttributeName", "bold"],
  ["__kIMTextItalicAttributeName", "italic"],
  ["__kIMTextUnderlineAttributeName", "underline"],
  ["__kIMTextStrikethroughAttributeName", "strikethrough"],
] as const;
/** Of iOS 18, by their numbers. */
const effects: Readonly<Record<number, string>> = {
  ...{ 4: "ripple", 5: "big", 6: "bloom", 8: "nod", 9: "shake", 10: "jitter", 11: "small", 12: "explode" },
};

/** Where an attachment, or what an app shows, stands in the text. */
const placeholders = /[\ufffc\ufffd]/;

const patterns = new BodyPatterns();

/** @throws {TypedstreamError} */
export function bodyOf(body: Uint8Array): Body {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const known = patterns.read(bytes);
  if (known) return known;
  const read = readBody(bytes);
  patterns.learn(bytes, read);
  return read;
}

function readBody(bytes: Uint8Array): Body {
  const texts = new Map<number, string>();
  const attachments: { guid: string; part: number; transcription?: string }[] = [];
  const mentions: string[] = [];
  const runs: TextRun[] = [];
  let part = 0;
  for (const run of readAttributedBody(bytes)) {
    const { text, attributes } = run;
    part = numberOf(attributes.get(attribute.part)) ?? part;
    const guid = textOf(attributes.get(attribute.transfer));
    if (guid !== undefined) {
      const transcription = textOf(attributes.get(attribute.transcription));
      attachments.push({ guid, part, ...(transcription !== undefined && { transcription }) });
    }
    if (attributes.has(attribute.mention)) mentions.push(text);
    texts.set(part, (texts.get(part) ?? "") + text);
    if (!placeholders.test(text)) runs.push(textRun(run, part));
  }
  const cleaned = [...texts].map(([part, text]) => ({ part, text: joined([text]) })).filter(({ text }) => text !== "");
  const body = { text: cleaned.map(({ text }) => text).join("\n"), attachments, mentions, texts: cleaned };
  return runs.some(({ styles, link, mention }) => styles ?? link ?? mention) ? { ...body, runs } : body;
}

function textRun({ text, attributes }: BodyRun, part: number): TextRun {
  const set = styles.flatMap(([name, style]) =>
    attributes.has(name) && numberOf(attributes.get(name)) !== 0 ? [style] : [],
  );
  const effect = attributes.has(attribute.effect) ? numberOf(attributes.get(attribute.effect)) : undefined;
  const all = [...set, ...(effect === undefined ? [] : [effects[effect] ?? `effect-${effect}`])];
  const link = urlOf(attributes.get(attribute.link));
  return present<TextRun>({
    part,
    text: text.toWellFormed(),
    styles: all.length > 0 ? all : undefined,
    link: link === text ? undefined : link,
    mention: textOf(attributes.get(attribute.mention)),
  });
}

/** Of a text alone: a placeholder ends a part. */
export function plainBody(text: string): Body {
  return { text: joined([text]), attachments: [], mentions: [], texts: [] };
}

/** Parts by a line break, without the placeholders. */
function joined(parts: readonly string[]): string {
  if (parts.length === 1 && !placeholders.test(parts[0] as string)) return (parts[0] as string).toWellFormed();
  return parts
    .flatMap((part) => part.split(placeholders))
    .filter((text) => text !== "")
    .join("\n")
    .toWellFormed();
}

/** Its history: every text that a part had, from the first on; and the parts that were taken back. */
export function editsOf(summary: Uint8Array): Pick<Message, "edits" | "unsent"> {
  const plist = decodePlistDict(Buffer.from(summary.buffer, summary.byteOffset, summary.byteLength));
  const history = plistField.dict(plist, "ec") ?? {};
  const edits = Object.entries(history).flatMap(([part, versions]) => {
    if (!Array.isArray(versions)) return [];
    return versions.filter(isDict).map((version) => {
      const seconds = plistField.number(version, "d");
      const bytes = plistField.data(version, "t");
      const at = seconds === undefined ? undefined : iso(dateOf((seconds + appleEpoch) * 1000));
      return present<Message["edits"][number]>({ part: Number(part), at, text: bytes ? textFrom(bytes) : "" });
    });
  });
  const taken = plist["rp"];
  const unsent = Array.isArray(taken) ? taken.filter((part) => typeof part === "number") : [];
  return { edits: edits.filter(({ part }) => Number.isInteger(part)), unsent };
}

function textFrom(bytes: Uint8Array): string {
  try {
    return bodyOf(bytes).text;
  } catch {
    return "";
  }
}

/** What is not called by its bundle. Others tell their names themselves. */
const appNames: Readonly<Record<string, string>> = {
  "com.apple.messages.URLBalloonProvider": "Link",
  "com.apple.Handwriting.HandwritingProvider": "Handwriting",
  "com.apple.DigitalTouchBalloonProvider": "Digital Touch",
  "com.apple.messages.Polls": "Poll",
  "com.apple.SafetyMonitorApp.SafetyMonitorMessages": "Check In",
  "com.apple.findmy.FindMyMessagesApp": "Find My",
  "com.apple.PassbookUIService.PeerPaymentMessagesExtension": "Apple Pay",
};

/** What an app shows in a message: its name, a title, an address. */
export function appOf(balloon: string, payload: Uint8Array | undefined): NonNullable<Message["app"]> {
  const bundle = balloon.slice(balloon.lastIndexOf(":") + 1) || balloon;
  const known = appNames[bundle];
  const named = { bundle, ...(known !== undefined && { name: known }) };
  if (!payload) return named;
  try {
    const archive = new KeyedArchive(payload);
    const { root } = archive;
    const text = (object: Parameters<typeof archive.field>[0], ...names: string[]): string | undefined => {
      for (const name of names) {
        const value = archive.text(archive.field(object, name));
        if (value !== undefined && value !== "") return value;
      }
      return undefined;
    };
    const link = archive.field(root, "richLinkMetadata") ?? archive.field(root, "metadata");
    // Of a song or an app, which have no title; and of what is worked on together.
    const special = archive.field(link, "specialization") ?? archive.field(link, "collaborationMetadata");
    const shown = archive.field(root, "userInfo");
    return present<NonNullable<Message["app"]>>({
      bundle,
      name: known ?? text(root, "an"),
      title:
        text(link, "title") ??
        text(special, "name", "title") ??
        text(shown, "image-title", "caption") ??
        text(root, "title", "ldtext"),
      url: text(link, "URL", "originalURL") ?? text(root, "URL", "url"),
      caption:
        text(link, "summary", "siteName") ??
        ([text(special, "artist"), text(special, "album", "subtitle")].filter(Boolean).join(" · ") || undefined) ??
        text(shown, "subcaption", "image-subtitle") ??
        text(root, "caption"),
    });
  } catch {
    return named;
  }
}

const effectName = /^com\.apple\.(?:MobileSMS\.expressivesend\.|messages\.effect\.CK)(\w+?)(?:Effect)?$/;

/** "invisibleink", "shooting-star". */
export function effectOf(style: string): string {
  const name = effectName.exec(style)?.[1] ?? style;
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
