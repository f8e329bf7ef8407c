/** What people read of messages that are not words themselves. */
import type { Message, Reaction } from "../contract.ts";
import { safeUrl } from "../formats/html.ts";

/** Of reactions that are no emoji by themselves. */
export const reactionSigns: Readonly<Record<string, string>> = {
  loved: "❤️",
  liked: "👍",
  disliked: "👎",
  laughed: "😂",
  emphasized: "‼️",
  questioned: "❓",
  sticker: "🏷️",
};

/** "Ann added Bob". */
export function announcementWords({ announcement, fromMe, sender, senderName }: Message): string {
  if (!announcement) return "";
  const by = fromMe ? "You" : (senderName ?? sender ?? "Somebody");
  const who = announcement.who ?? "somebody";
  const name = announcement.name ?? "";
  const words: Readonly<Record<string, string>> = {
    added: `${by} added ${who}`,
    removed: `${by} removed ${who}`,
    renamed: name === "" ? `${by} removed the group's name` : `${by} named the group “${name}”`,
    "number-changed": `${by} changed their phone number`,
    "background-changed": `${by} changed the background`,
    "background-removed": `${by} removed the background`,
    left: `${by} left`,
    "photo-changed": `${by} changed the group's photo`,
    "photo-removed": `${by} removed the group's photo`,
    "location-started": `${by} shared a location`,
    "location-stopped": `${by} no longer shares a location`,
    "audio-kept": `${by} kept an audio message`,
    shareplay: `${by} used SharePlay`,
    reaction: `${by} reacted ${reactionSigns[name] ?? name} to a message that is gone`,
    "reaction-removed": `${by} took back a reaction to a message that is gone`,
  };
  return words[announcement.kind] ?? `${by}: ${announcement.kind}`;
}

/** Who reacted: as the address book has it, else by the address. */
export function reactedBy({ fromMe, senderName, sender }: Reaction): string {
  return fromMe ? "Me" : (senderName ?? sender ?? "Somebody");
}

/** How often a message was changed: the first text of each part is no change. */
export function changesOf({ edits }: Pick<Message, "edits">): number {
  return edits.length - new Set(edits.map(({ part }) => part)).size;
}

/** By what a message went: "SMS", "RCS", "iMessage", "Satellite". */
export function serviceName(service: string): string {
  if (service === "iMessageLite") return "Satellite";
  return /^rcs$/i.test(service) ? "RCS" : service;
}

/** "by satellite". Source: the phone's own name of that service. */
export function serviceWords({ service }: Pick<Message, "service">): string | undefined {
  return service === "iMessageLite" ? "by satellite" : undefined;
}

/** What an app shows, in one line: its name, what it says, where it leads to; its own data, which has the form of an address, is none. */
export function appWords({ name, bundle, title, caption, url }: NonNullable<Message["app"]>): string {
  return [name ?? bundle, title, caption, url !== undefined && safeUrl(url)].filter(Boolean).join(" · ");
}

/** "invisible ink". */
export function effectWords(effect: string): string {
  return effect === "invisibleink" ? "invisible ink" : effect.replaceAll("-", " ");
}
