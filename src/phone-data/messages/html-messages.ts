/** A conversation as pages of HTML: bubbles, days, replies, edits; light and dark, printable, searchable where it lies. */

import { localClock, localDay, localMinute, localTime, localZone } from "../../shared/local-time.ts";
import type { Attachment, ConversationHead, Message, Reaction, TextRun } from "../contract.ts";
import { baseStyle, fileUrl, html, htmlEnd, htmlPage, htmlStart, linked, safeUrl } from "../formats/html.ts";
import { type MessagePageForm, type MessagePageInfo, partsInOrder, type Quote } from "./message-page.ts";
import {
  announcementWords,
  changesOf,
  effectWords,
  reactedBy,
  reactionSigns,
  serviceName,
  serviceWords,
} from "./message-words.ts";

const style = `${baseStyle}
.day{text-align:center;margin:1.4rem 0 .6rem;color:var(--dim);font-size:.85rem;font-weight:600}
.m{display:flex;flex-direction:column;align-items:flex-start;margin:.35rem 0;max-width:80%}
.m.me{align-items:flex-end;margin-left:auto}
.m:target>.b{outline:3px solid var(--mark)}
.who{font-size:.78rem;color:var(--dim);margin:.3rem .7rem 0}
.b{background:var(--them);padding:.45rem .8rem;border-radius:1.1rem;max-width:100%;white-space:pre-wrap}
.me>.b{background:var(--me);color:var(--me-fg)}.me.sms>.b{background:var(--sms)}
.me>.b a{color:inherit}
.b img,.b video{display:block;max-width:100%;max-height:26rem;border-radius:.7rem;margin:.15rem 0}
.b audio{max-width:100%;width:18rem;display:block}
.t{font-size:.72rem;color:var(--dim);margin:.1rem .7rem}
.r{font-size:.85rem;margin:-.3rem .6rem 0;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:0 .5rem}
.q{font-size:.82rem;border-left:3px solid var(--line);padding:.1rem .6rem;margin:.2rem .7rem 0;color:var(--dim);text-decoration:none;display:block}
.s{text-align:center;color:var(--dim);font-size:.85rem;margin:.8rem 0}
.app{border:1px solid currentColor;border-radius:.7rem;padding:.4rem .6rem;margin:.2rem 0}
.r img{height:3.2rem;vertical-align:middle}.r small{color:var(--dim)}
.x{font-style:italic;opacity:.85}
details{font-size:.8rem;margin:.1rem .7rem;color:var(--dim)}summary{cursor:pointer}
@media print{.m{break-inside:avoid}.b{border:1px solid #999;background:#fff!important;color:#000!important}}
`;

/** Hides what does not have the words; nothing of the data is code. */
const script = `(()=>{const q=document.getElementById("q"),n=document.getElementById("n"),all=[...document.querySelectorAll("[data-m]")],days=[...document.querySelectorAll(".day")];
const fold=(s)=>s.normalize("NFKD").replace(/[\\u0300-\\u036f]/g,"").toLowerCase();let texts;
const run=()=>{texts??=all.map((e)=>fold(e.textContent));const words=fold(q.value).split(/\\s+/).filter(Boolean);let found=0;
all.forEach((e,i)=>{const is=words.every((w)=>texts[i].includes(w));e.hidden=!is;if(is)found++});
days.forEach((d)=>{let e=d.nextElementSibling;while(e&&!e.classList.contains("day")&&e.hidden)e=e.nextElementSibling;d.hidden=!e||e.classList.contains("day")});
n.textContent=words.length?found+" of "+all.length:""};
q.addEventListener("input",run);if(location.hash.startsWith("#q=")){q.value=decodeURIComponent(location.hash.slice(3));run()}})();`;

/** A page of one conversation, message after message. */
export class MessagesHtml implements MessagePageForm {
  readonly ext = ".html";
  readonly #isGroup: boolean;
  #day = "";
  #service: string | undefined;

  constructor({ group }: ConversationHead) {
    this.#isGroup = group;
  }

  start({ head, title, name, count, previous, next }: MessagePageInfo): string {
    const members = head.participants
      .map((p) => (p.name === undefined ? p.address : `${p.name} (${p.address})`))
      .join(", ");
    const beside = (page: string | undefined, words: string): string =>
      page === undefined ? "" : `<a href="${fileUrl(`${page}.html`)}">${words}</a>`;
    return [
      htmlStart({ title: `${title} · ${name}`, style, script }),
      `<header><nav><a href="../index.html">All conversations</a>${beside(previous, "Earlier")}${beside(next, "Later")}</nav>\n`,
      `<h1>${html(title)}</h1><div class="dim">${html(members)}</div>\n`,
      `<div class="dim">${html(name)} · ${count} ${count === 1 ? "message" : "messages"} · times in ${html(localZone())}</div>\n`,
      `<input type="search" id="q" placeholder="Search this page" aria-label="Search this page"><span class="dim" id="n" role="status"></span></header>\n`,
      "<main>\n",
    ].join("");
  }

  message(message: Message, quote: Quote | undefined): string {
    const at = message.at === undefined ? undefined : new Date(message.at);
    const today = at === undefined ? "No date" : localDay(at);
    const { service = this.#service } = message;
    const heads = [
      ...(today === this.#day ? [] : [dayWords(today, at)]),
      // As the phone does it: where it changes.
      ...(service === this.#service || service === undefined ? [] : [serviceName(service)]),
    ];
    this.#day = today;
    this.#service = service;
    const text = messageHtml(message, { at, quote, isGroup: this.#isGroup });
    return heads.length > 0 ? `<div class="day">${html(heads.join(" · "))}</div>\n${text}\n` : `${text}\n`;
  }

  end(): string {
    return `</main>\n${htmlEnd({ script })}`;
  }
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** A conversation's days are those of the others. */
const days = new Map<string, string>();
const mostDays = 4_000;

function dayWords(day: string, at: Date | undefined): string {
  if (at === undefined) return "No date";
  const known = days.get(day);
  if (known !== undefined) return known;
  const words = dayFormat.format(at);
  if (days.size >= mostDays) days.clear();
  days.set(day, words);
  return words;
}

/** Names in the page that links lead to. */
export function anchorOf(id: string): string {
  return `m-${id}`;
}

function messageHtml(
  message: Message,
  { at, quote, isGroup }: { at: Date | undefined; quote: Quote | undefined; isGroup: boolean },
): string {
  const { announcement, fromMe } = message;
  const anchor = `id="${html(anchorOf(message.id))}" data-m`;
  if (announcement) {
    const laid = message.attachments.map(attachmentHtml).join("");
    return `<div class="s" ${anchor}>${html(announcementWords(message))}${at ? ` · ${localClock(at)}` : ""}${laid && `<div class="r">${laid}</div>`}</div>`;
  }
  const kind = /sms|mms|rcs/i.test(message.service ?? "") ? " sms" : "";
  const who =
    !fromMe && isGroup ? `<div class="who">${html(message.senderName ?? message.sender ?? "Unknown")}</div>` : "";
  const reply = message.replyTo ? replyHtml(quote) : "";
  const reactions =
    message.reactions.length > 0
      ? `<div class="r">${message.reactions.map((each) => reactionHtml(each, message, isGroup)).join(" ")}</div>`
      : "";
  const words = stateWords(message).map(html);
  if (at)
    words.unshift(
      `<time datetime="${html(message.at ?? "")}" title="${timeTitle(at, message)}">${localClock(at)}</time>`,
    );
  return `<div class="m${fromMe ? " me" : ""}${kind}" ${anchor}>${who}${reply}<div class="b">${contentHtml(message)}</div>${reactions}${editsHtml(message)}<div class="t">${words.join(" · ")}</div></div>`;
}

/** What is told of a message's time when one points at it. */
function timeTitle(at: Date, { service, deliveredAt, readAt }: Message): string {
  const time = (what: string, iso: string | undefined): string[] =>
    iso === undefined ? [] : [`${what} ${localTime(new Date(iso))}`];
  return html(
    [
      localTime(at),
      ...(service === undefined ? [] : [service]),
      ...time("delivered", deliveredAt),
      ...time("read", readAt),
    ].join(" · "),
  );
}

function stateWords(message: Message): string[] {
  const by = serviceWords(message);
  return [
    ...(by === undefined ? [] : [by]),
    ...(message.failed ? ["not delivered"] : []),
    ...(message.scheduled ? ["to be sent then: it was not sent yet"] : []),
    ...(message.deleted ? ["recently deleted"] : []),
    ...(changesOf(message) > 0 ? ["edited"] : []),
    ...(message.effect === undefined ? [] : [`sent with ${effectWords(message.effect)}`]),
    ...(message.fromMe && message.readAt !== undefined ? [`read ${localMinute(new Date(message.readAt))}`] : []),
  ];
}

function contentHtml(message: Message): string {
  const parts: string[] = [];
  if (message.subject) parts.push(`<b>${html(message.subject)}</b>\n`);
  const isPreview = ({ name }: Attachment): boolean => /\.pluginPayloadAttachment$/i.test(name ?? "");
  for (const part of partsInOrder(message)) {
    if ("text" in part) parts.push(`<div>${textHtml(part, message)}</div>`);
    const attachment = "attachment" in part ? message.attachments[part.attachment] : undefined;
    if (attachment && !isPreview(attachment)) parts.push(attachmentHtml(attachment));
  }
  if (message.app) parts.push(appHtml(message.app));
  if (message.unsent.length > 0)
    parts.push(
      `<span class="x">${message.text === "" ? "This message was unsent" : "A part of this message was unsent"}</span>`,
    );
  return parts.length === 0 ? '<span class="x">Empty message</span>' : parts.join("");
}

const styleTags: Readonly<Record<string, string>> = { bold: "b", italic: "i", underline: "u", strikethrough: "s" };

/** Of one part, or of all that are the message's text. */
function textHtml({ part, text }: { part: number; text: string }, { runs, parts }: Message): string {
  const own = (runs ?? []).filter((run) => !parts || run.part === part);
  const shown = own.map((run, i) => `${i > 0 && own[i - 1]?.part !== run.part ? "\n" : ""}${run.text}`).join("");
  if (shown !== text) return linked(text);
  return own.map((run, i) => `${i > 0 && own[i - 1]?.part !== run.part ? "\n" : ""}${runHtml(run)}`).join("");
}

function runHtml({ text, styles = [], link, mention }: TextRun): string {
  const url = link === undefined ? undefined : safeUrl(link);
  const words = url === undefined ? linked(text) : `<a href="${html(url)}" rel="noreferrer noopener">${html(text)}</a>`;
  const whole = mention === undefined ? words : `<b title="${html(mention)}">${words}</b>`;
  return styles.reduce((inner, style) => {
    const tag = styleTags[style];
    return tag === undefined
      ? `<span title="${html(effectWords(style))}">${inner}</span>`
      : `<${tag}>${inner}</${tag}>`;
  }, whole);
}

function appHtml({ bundle, name: own, title, url, caption }: NonNullable<Message["app"]>): string {
  const address = url === undefined ? undefined : safeUrl(url);
  const name = html(title ?? address ?? own ?? bundle);
  const head =
    address === undefined
      ? `<b>${name}</b>`
      : `<a href="${html(address)}" rel="noreferrer noopener"><b>${name}</b></a>`;
  return `<div class="app">${head}${caption === undefined ? "" : `<br>${html(caption)}`}<br><span class="x" title="${html(bundle)}">${html(own ?? bundle)}</span></div>`;
}

/** What every browser shows by itself. An SVG or a page of HTML is never shown inside ours. */
const pictures = /^image\/(jpeg|png|gif|webp|avif|bmp)$/i;
const films = /^video\/(mp4|webm|quicktime|3gpp)$/i;
const sounds = /^audio\/(mpeg|mp4|x-m4a|aac|wav|ogg)$/i;

function attachmentHtml(attachment: Attachment): string {
  const { name, mime, file, copy, missing, bytes, transcription } = attachment;
  const label = html(name ?? "attachment");
  if (file === undefined) return `<span class="x">${label}: ${html(missing ?? "not exported")}</span>\n`;
  const address = html(fileUrl(file));
  const words = transcription === undefined ? "" : `<span class="x">${html(transcription)}</span>\n`;
  if (copy !== undefined) return copyHtml(attachment, { copy, address, words });
  if (pictures.test(mime ?? ""))
    return `<a href="${address}"><img src="${address}" alt="${html(transcription ?? name ?? "")}" loading="lazy"></a>${words}`;
  if (films.test(mime ?? ""))
    return `<video src="${address}" controls preload="none"></video><a href="${address}">${label}</a>\n${words}`;
  if (sounds.test(mime ?? "")) return `<audio src="${address}" controls preload="none"></audio>${words}`;
  return `<a href="${address}" download>${label}</a>${bytes === undefined ? "" : ` (${Math.ceil(bytes / 1000)} kB)`}\n${words}`;
}

/** The copy is shown or played; the original is a link. */
function copyHtml(
  { name, transcription }: Attachment,
  { copy, address, words }: { copy: string; address: string; words: string },
): string {
  const shown = html(fileUrl(copy));
  if (/\.jpg$/i.test(copy))
    return `<a href="${address}"><img src="${shown}" alt="${html(transcription ?? name ?? "")}" loading="lazy"></a>${words}`;
  return `<audio src="${shown}" controls preload="none"></audio><a href="${address}" download>${html(name ?? "attachment")}</a>\n${words}`;
}

function reactionHtml(reaction: Reaction, { attachments }: Message, isGroup: boolean): string {
  const { kind, emoji, attachment } = reaction;
  const sticker = attachment === undefined ? undefined : attachments[attachment];
  const sign = sticker ? attachmentHtml(sticker) : html(emoji ?? reactionSigns[kind] ?? kind);
  const who = html(reactedBy(reaction));
  return `<span title="${who}">${sign}${isGroup ? ` <small>${who}</small>` : ""}</span>`;
}

function replyHtml(quote: Quote | undefined): string {
  if (!quote) return `<div class="q">Reply to a message that is not here</div>`;
  const text = html(quote.text === "" ? "Reply" : quote.text);
  return quote.href === undefined
    ? `<div class="q">${text}</div>`
    : `<a class="q" href="${html(quote.href)}">${text}</a>`;
}

function editsHtml(message: Message): string {
  const changes = changesOf(message);
  if (changes < 1) return "";
  const { edits } = message;
  const rows = edits.map(
    ({ at, text }) => `<div>${at === undefined ? "" : `${html(localMinute(new Date(at)))}: `}${html(text)}</div>`,
  );
  return `<details><summary>Edited ${changes} ${changes === 1 ? "time" : "times"}</summary>${rows.join("")}</details>`;
}

/** A conversation in the list of all. */
export interface IndexEntry {
  readonly title: string;
  readonly participants: string;
  readonly count: number;
  readonly first?: string;
  readonly last?: string;
  /** Paths beside the list, with what each is called. */
  readonly pages: readonly { readonly name: string; readonly path: string }[];
}

const indexStyle = `${baseStyle}
.c{border-bottom:1px solid var(--line);padding:.6rem 0}.c b{font-size:1.02rem}.c nav a{display:inline-block;margin:.1rem .6rem .1rem 0}
`;
const indexScript = `(()=>{const q=document.getElementById("q"),n=document.getElementById("n"),all=[...document.querySelectorAll("[data-c]")];
const fold=(s)=>s.normalize("NFKD").replace(/[\\u0300-\\u036f]/g,"").toLowerCase(),texts=all.map((e)=>fold(e.textContent));
const s=document.getElementById("s"),page=s.getAttribute("href");q.addEventListener("keydown",(e)=>{if(e.key==="Enter"&&q.value.trim())location.href=s.href});
q.addEventListener("input",()=>{s.href=page+(q.value.trim()?"#q="+encodeURIComponent(q.value.trim()):"");const words=fold(q.value).split(/\\s+/).filter(Boolean);let found=0;all.forEach((e,i)=>{const is=words.every((w)=>texts[i].includes(w));e.hidden=!is;if(is)found++});n.textContent=words.length?found+" of "+all.length:""})})();`;

/** The list of conversations, the newest first. @param search the page that searches them all, beside it */
export function messageIndexHtml(entries: readonly IndexEntry[], search: string): string {
  const rows = entries
    .toSorted((a, b) => ((a.last ?? "") < (b.last ?? "") ? 1 : -1))
    .map(({ title, participants, count, first, last, pages }) => {
      const span = [first, last].flatMap((at) => (at === undefined ? [] : [localDay(new Date(at))]));
      const links = pages.map(({ name, path }) => `<a href="${html(fileUrl(path))}">${html(name)}</a>`).join("");
      return `<div class="c" data-c><b>${html(title)}</b><div class="dim">${html(participants)}</div><div class="dim">${count} ${count === 1 ? "message" : "messages"}${span.length > 0 ? `, ${html([...new Set(span)].join(" to "))}` : ""}</div><nav>${links}</nav></div>`;
    });
  const body = `<header><h1>Messages</h1><div class="dim">${entries.length} ${entries.length === 1 ? "conversation" : "conversations"}</div><input type="search" id="q" placeholder="Find a person or a conversation" aria-label="Find a person or a conversation"><span class="dim" id="n" role="status"></span> <a class="dim" id="s" href="${html(fileUrl(search))}">Search in what they say: Enter</a></header><main>${rows.join("\n")}</main>`;
  return htmlPage({ title: "Messages", style: indexStyle, script: indexScript, body });
}
