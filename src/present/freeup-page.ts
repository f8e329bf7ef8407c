/**
 * The list as a page: one file that needs nothing else, runs nothing, and can be printed. All text on it came from a phone or a disk and
 * is escaped.
 */
import type { DeviceNoun } from "../device/media-source.ts";
import type { ICloudUse } from "../library/roll.ts";
import { escapeHtml } from "../shared/markup.ts";
import { formatBytes, plural, printable } from "../shared/text.ts";
import type { ProofPlace } from "../transfer/freeup/index.ts";
import { dayWords, monthWords } from "./dates.ts";
import type { Day, DayItem } from "./freeup-days.ts";
import { caveats, worldOf } from "./freeup-words.ts";

/** What every such page begins with: a file that does is one of ours. */
export const pageStart = `<!doctype html>
<html lang="en" class="offroll-freeup-list">`;

/** What stands at the top. */
export interface PageHead {
  readonly listId: string;
  /** "2026-11-28" */
  readonly madeOn: string;
  readonly device: string;
  readonly noun: DeviceNoun;
  readonly iCloud: ICloudUse | undefined;
  readonly copies: number;
  readonly places: readonly ProofPlace[];
  /** "3 days ago" */
  readonly oldestProof: string;
  readonly days: readonly Day[];
}

/** @param picture a small JPEG; undefined where there is none */
export async function* pageOf(
  head: PageHead,
  picture: (item: DayItem) => Promise<Uint8Array | undefined>,
): AsyncGenerator<string, void, undefined> {
  yield headOf(head);
  let month = "";
  for (const { day, items, bytes } of head.days) {
    if (monthWords(day) !== month) {
      month = monthWords(day);
      yield `<h2>${escaped(month)}</h2>\n`;
    }
    const count = plural(items.length, "photo or video", "photos and videos");
    yield `<section><h3>${escaped(dayWords(day))} <span>${escaped(`${count}, ${formatBytes(bytes)}`)}</span></h3>\n<ul>\n`;
    const pictures = items.map((item) => picture(item));
    for (const each of pictures) each.catch(() => {}); // met below, in order
    for (const [i, item] of items.entries()) yield itemOf(item, await pictures[i]);
    yield "</ul></section>\n";
  }
  yield `<footer>When you are done: <code>offroll freeup check --list ${escaped(head.listId)}</code></footer>\n</body>\n</html>\n`;
}

function headOf({ listId, madeOn, device, noun, iCloud, copies, places, oldestProof, days }: PageHead): string {
  const world = worldOf(noun, iCloud);
  const items = days.reduce((sum, day) => sum + day.items.length, 0);
  const bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  const title = `What may be deleted on ${device}`;
  const of = places.map(({ name, path }) => `${name ?? "backup"} (${path})`).join(", ");
  return `${pageStart}
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<div class="world${world.isEverywhere ? " everywhere" : ""}" role="note">
<h2>${escaped(world.title)}</h2>
${world.lines.map((line) => `<p>${emphasised(line)}</p>`).join("\n")}
</div>
<h1>${escaped(title)}</h1>
<p class="sum">${escaped(`${plural(items, "photo or video", "photos and videos")} on ${plural(days.length, "day")}, ${formatBytes(bytes)}.`)}
Every file of each lies on ${escaped(plural(copies, "different disk"))}, read back and whole; the oldest proof is from ${escaped(oldestProof)}.</p>
<p class="fine">Copies: ${escaped(of)}. List ${escaped(listId)}, made on ${escaped(madeOn)}: what is changed on the phone after that day is not proven. Make a new list then.</p>
${caveats(places)
  .map((line) => `<p class="fine">${escaped(line)}</p>\n`)
  .join("")}<ol>
${world.steps.map((step) => `<li>${escaped(step)}</li>`).join("\n")}
</ol>
`;
}

function itemOf({ time, name, what }: DayItem, picture: Uint8Array | undefined): string {
  const shown = picture
    ? `<img alt="" loading="lazy" src="data:image/jpeg;base64,${Buffer.from(picture).toString("base64")}">`
    : '<div class="none">no picture</div>';
  const words = [time, what].filter((word) => word !== "").join(" · ");
  return `<li>${shown}<div><i></i><b>${escaped(name)}</b></div><small>${escaped(words)}</small></li>\n`;
}

function escaped(text: string): string {
  return escapeHtml(printable(text));
}

/** What is written in capitals is what matters. */
function emphasised(line: string): string {
  return escaped(line).replaceAll(/\b[A-Z]{5,}\b/g, (word) => `<strong>${word.toLowerCase()}</strong>`);
}

const style = `
:root{color-scheme:light dark;--line:#8886;--dim:#777;--bad:#c22}
*{box-sizing:border-box}
body{font:16px/1.45 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;margin:1.5rem 0 .3rem}
h2{font-size:1.25rem;margin:2rem 0 .2rem}
h3{font-size:1rem;margin:1.1rem 0 .4rem}
h3 span,small,.fine{color:var(--dim);font-weight:400}
.fine{font-size:.85rem}
.world{border:2px solid var(--line);border-radius:.6rem;padding:.8rem 1.1rem}
.world h2{margin:0 0 .3rem}
.world p{margin:.3rem 0}
.world.everywhere{border:3px solid var(--bad)}
.world.everywhere h2,.world strong{color:var(--bad)}
.world strong{text-transform:uppercase}
ul{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.8rem}
ul li{break-inside:avoid;min-width:0}
img,.none{width:100%;aspect-ratio:1;object-fit:cover;border-radius:.3rem;background:#8882;display:block}
.none{display:grid;place-items:center;color:var(--dim);font-size:.8rem}
li div{display:flex;gap:.35rem;align-items:center;margin-top:.25rem;min-width:0}
li i{flex:none;width:.85rem;height:.85rem;border:1.5px solid currentColor;border-radius:2px}
li b{font-weight:500;font-size:.85rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
small{display:block;font-size:.78rem;overflow-wrap:anywhere}
footer{margin:2rem 0;padding-top:1rem;border-top:1px solid var(--line)}
code{font-size:.95em;background:#8882;padding:.1em .35em;border-radius:.25em}
@media print{body{font-size:10pt;padding:0;max-width:none}ul{grid-template-columns:repeat(7,1fr);gap:.35rem}h2,h3{break-after:avoid}}
`;
