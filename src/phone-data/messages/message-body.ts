/** What a message says: its parts in order, its edits, and what an app put into it. */
import { decodePlistDict, isDict, plistField } from "../../device/wire/plist.ts";
import type { Message } from "../contract.ts";
import { numberOf, readAttributedBody, textOf } from "../formats/attributed-body.ts";
import { KeyedArchive } from "../formats/keyed-archive.ts";
import { appleEpoch, dateOf, iso, present } from "../values.ts";
import { type Body, BodyPatterns } from "./body-pattern.ts";

const attribute = {
  part: "__kIMMessagePartAttributeName",
  transfer: "__kIMFileTransferGUIDAttributeName",
  mention: "__kIMMentionConfirmedMention",
  transcription: "IMAudioTranscription",
} as const;

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
  let part = 0;
  for (const { text, attributes } of readAttributedBody(bytes)) {
    part = numberOf(attributes.get(attribute.part)) ?? part;
    const guid = textOf(attributes.get(attribute.transfer));
    if (guid !== undefined) {
      const transcription = textOf(attributes.get(attribute.transcription));
      attachments.push({ guid, part, ...(transcription !== undefined && { transcription }) });
    }
    if (attributes.has(attribute.mention)) mentions.push(text);
    texts.set(part, (texts.get(part) ?? "") + text);
  }
  const cleaned = [...texts].map(([part, text]) => ({ part, text: joined([text]) })).filter(({ text }) => text !== "");
  return { text: cleaned.map(({ text }) => text).join("\n"), attachments, mentions, texts: cleaned };
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

/** What an app shows in a message: its name, a title, an address. */
export function appOf(balloon: string, payload: Uint8Array | undefined): NonNullable<Message["app"]> {
  const bundle = balloon.slice(balloon.lastIndexOf(":") + 1) || balloon;
  if (!payload) return { bundle };
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
    const link = archive.field(root, "richLinkMetadata");
    const shown = archive.field(root, "userInfo");
    return present<NonNullable<Message["app"]>>({
      bundle,
      title: text(link, "title") ?? text(shown, "image-title", "caption") ?? text(root, "title", "ldtext", "an"),
      url: text(link, "URL", "originalURL") ?? text(root, "URL", "url"),
      caption:
        text(link, "summary", "siteName") ?? text(shown, "subcaption", "image-subtitle") ?? text(root, "caption"),
    });
  } catch {
    return { bundle };
  }
}

const effectName = /^com\.apple\.(?:MobileSMS\.expressivesend\.|messages\.effect\.CK)(\w+?)(?:Effect)?$/;

/** "invisibleink", "shooting-star". */
export function effectOf(style: string): string {
  const name = effectName.exec(style)?.[1] ?? style;
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
