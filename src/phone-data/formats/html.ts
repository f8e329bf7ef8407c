/**
 * HTML that opens from a disk, without a server and without a network. Everything from a phone is escaped, in text and in attributes;
 * no script comes from data; addresses that a browser would run are no links.
 */
import { createHash } from "node:crypto";
import { escapeHtml } from "../../shared/markup.ts";

/** C0 but tab and line ends, DEL, C1, and what turns a line around: shown as a mark instead. */
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const everyUnseen = new RegExp(unseen, "g");

/** For text and for attributes in double quotes alike. */
export function html(text: string): string {
  const seen = unseen.test(text) ? text.replaceAll(everyUnseen, "\ufffd") : text;
  return escapeHtml(seen);
}

/** Addresses that may be clicked. */
export function safeUrl(url: string): string | undefined {
  return /^(https?|mailto|tel):/i.test(url) ? url : undefined;
}

/** Text in which web addresses can be clicked. */
export function linked(text: string): string {
  if (!text.includes("://")) return html(text);
  return text
    .split(/(https?:\/\/[^\s<>"']+)/g)
    .map((part, i) =>
      i % 2 === 1 ? `<a href="${html(part)}" rel="noreferrer noopener">${html(part)}</a>` : html(part),
    )
    .join("");
}

/** A path beside the page, as an address. */
export function fileUrl(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** What every page has. */
export interface PageHead {
  readonly title: string;
  readonly style: string;
  /** Ours, never made from data. */
  readonly script?: string;
  /** Whether that script may load others, which markup in the page still may not. */
  readonly loads?: boolean;
}

export function htmlPage(page: PageHead & { readonly body: string }): string {
  return `${htmlStart(page)}${page.body}\n${htmlEnd(page)}`;
}

/** Up to where the body begins. */
export function htmlStart({ title, style, script, loads }: PageHead): string {
  const hash = script === undefined ? "'none'" : `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  const policy = `default-src 'none'; img-src 'self' file: data:; media-src 'self' file:; style-src 'unsafe-inline'; script-src ${hash}${loads ? " 'strict-dynamic'" : ""}; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${html(title)}</title>
<style>${style}</style>
</head>
<body>
`;
}

/** From where the body ends. */
export function htmlEnd({ script }: Pick<PageHead, "script">): string {
  return `${script === undefined ? "" : `<script>${script}</script>\n`}</body>
</html>
`;
}

/** Colours and type that all pages share; dark where the reader's system is. */
export const baseStyle = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1c1c1e;--dim:#5f6368;--line:#e2e2e7;--them:#e9e9eb;--me:#0a66d6;--me-fg:#fff;--sms:#1f7a38;--mark:#ffe58a;--card:#f6f6f8;--link:#0a58c2}
@media (prefers-color-scheme:dark){:root{--bg:#16161a;--fg:#ececf0;--dim:#a2a2ab;--line:#34343c;--them:#2e2e36;--me:#1f6fe0;--me-fg:#fff;--sms:#24803f;--mark:#7a6200;--card:#202027;--link:#7db4ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:0 1rem 4rem;background:var(--bg);color:var(--fg);font:16px/1.45 -apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
h1{font-size:1.4rem;margin:1rem 0 .2rem}
header{position:sticky;top:0;z-index:1;background:var(--bg);border-bottom:1px solid var(--line);padding:.2rem 0 .6rem;margin-bottom:.8rem}
.dim{color:var(--dim);font-size:.85rem}
input[type=search]{width:100%;font:inherit;padding:.45rem .7rem;margin-top:.5rem;border:1px solid var(--line);border-radius:.6rem;background:var(--card);color:inherit}
mark{background:var(--mark);color:inherit}
[hidden]{display:none!important}
nav a{margin-right:.8rem}
@media print{header{position:static}input[type=search],nav{display:none}body{max-width:none;color:#000;background:#fff}}
`;
