/**
 * A page that finds words in all conversations, without a server. What they say lies in parts beside it, one for each page of a
 * conversation, which come in when they are looked through. A part is a list that only calls a function of ours: a browser lets a page
 * from a disk load nothing else. Any page on that disk could load it too, one that came as an attachment for instance, if it knew where
 * it lies: so parts lie in a folder whose name nobody can guess, and only the page of search has it.
 */

import { localMinute } from "../../shared/local-time.ts";
import type { Message } from "../contract.ts";
import { baseStyle, html, htmlPage } from "../formats/html.ts";
import type { MessagePageForm } from "./message-page.ts";
import { plainText } from "./text-messages.ts";

/** Raised whenever a part is made otherwise from the same messages. */
export const searchVersion = 2;
/** What a browser keeps of parts that it has looked through, in letters; beyond it they are read again. */
const keptLetters = 30_000_000;

const style = `${baseStyle}
.h{border-bottom:1px solid var(--line);padding:.5rem 0}.h a{text-decoration:none;color:inherit;display:block}.h b{font-size:.95rem}
`;

/** Everything that is shown goes in as text. At most 200 are shown, the newest first; the newest parts are looked through first. */
const script = `(()=>{const el=(id)=>document.getElementById(id),q=el("q"),n=el("n"),p=el("p"),out=el("o"),lost=el("l"),pages=JSON.parse(el("d").textContent),kept=new Map();
const all=pages.reduce((sum,page)=>sum+page[3],0),fold=(s)=>(/[^\\0-~]/.test(s)?s.normalize("NFKD").replace(/[\\u0300-\\u036f]/g,""):s).toLowerCase(),pause=()=>new Promise((done)=>{setTimeout(done)});let letters=0,turn=0,timer;
globalThis.offroll=(rows)=>{document.currentScript.rows=rows};
const load=(i)=>{if(i>=pages.length)return;let part=kept.get(i);if(part)return part;part=new Promise((done)=>{const s=document.createElement("script"),end=(rows)=>{s.remove();if(!Array.isArray(rows)){kept.delete(i);done(undefined);return}
const texts=rows.map((m)=>fold(m[2]+" "+m[3])),size=texts.reduce((sum,t)=>sum+t.length,0);if(letters+size>${keptLetters})kept.delete(i);else letters+=size;done({rows,texts})};
s.onload=()=>end(s.rows);s.onerror=()=>end();s.src=pages[i][2].split("/").map(encodeURIComponent).join("/");document.head.append(s)});kept.set(i,part);return part};
const add=(to,tag,text,name)=>{const e=document.createElement(tag);if(text)e.textContent=text;if(name)e.className=name;to.append(e);return e};
const where=(text,word)=>{let low="";const at=[];for(let i=0;i<text.length;){const c=String.fromCodePoint(text.codePointAt(i)),f=fold(c);for(let k=0;k<f.length;k++)at.push(i);low+=f;i+=c.length}at.push(text.length);const k=low.indexOf(word);return k<0?undefined:[at[k],at[k+word.length]]};
const marked=(to,text,words)=>{const [at,end]=words.map((w)=>where(text,w)).find(Boolean)??[0,0],from=at<80?0:at-50,to2=Math.max(end,from+240),line=add(to,"div",from>0?"…":"");line.append(text.slice(from,at));if(end>at)add(line,"mark",text.slice(at,end));line.append(text.slice(end,to2));if(to2<text.length)line.append("…")};
const newest=(hits)=>{hits.sort((a,b)=>a[0][1]<b[0][1]?1:a[0][1]>b[0][1]?-1:0);hits.length=Math.min(hits.length,200)};
const show=(hits,words)=>{newest(hits);const list=document.createDocumentFragment();for(const [[id,at,who,text],i] of hits){const [title,path]=pages[i],h=add(list,"div","","h"),a=add(h,"a");a.href=path.split("/").map(encodeURIComponent).join("/")+"#"+encodeURIComponent("m-"+id);
add(a,"b",who===title?who:who+" · "+title);add(a,"div",at,"dim");marked(a,text,words)}out.replaceChildren(list)};
const run=async()=>{const mine=++turn,words=fold(q.value).split(/\\s+/).filter(Boolean);n.textContent=p.textContent=lost.textContent="";if(!words.some((w)=>w.length>1)){out.replaceChildren();n.textContent=words.length?"Write a letter more":"";return}
let count=0,looked=0,gone=0,hits=[],shown=-1,last=performance.now();for(let i=0;i<pages.length;i++){for(let k=1;k<48;k++)load(i+k);const part=await load(i);if(mine!==turn)return;
if(part)part.texts.forEach((t,k)=>{if(words.every((w)=>t.includes(w))){count++;hits.push([part.rows[k],i]);if(hits.length>1000)newest(hits)}});else gone++;looked+=pages[i][3];
if(performance.now()-last>150){if(shown!==count)show(hits,words);shown=count;p.textContent=count+" so far, "+looked+" of "+all+" messages looked through";await pause();if(mine!==turn)return;last=performance.now()}}
show(hits,words);p.textContent="";n.textContent=count+" of "+all+" messages"+(count>200?", the newest 200 are shown":"");if(gone)lost.textContent=gone+(gone===1?" page was":" pages were")+" not looked through: what is searched of them is missing from the folder search, or was changed. The next export makes it anew.";};
q.addEventListener("input",()=>{clearTimeout(timer);timer=setTimeout(run,200)});if(location.hash.startsWith("#q=")){q.value=decodeURIComponent(location.hash.slice(3));run()}q.focus()})();`;

/** A page of a conversation as the search knows it. */
export interface SearchedPage {
  readonly title: string;
  /** Where it is, and what is searched of it, below the folder of all conversations. */
  readonly path: string;
  readonly part: string;
  /** Messages in its part. */
  readonly count: number;
  /** When the newest was, where that is known: in UTC. */
  readonly last?: string;
}

/** @param left words about what is not in it, or nothing */
export function searchHtml(pages: readonly SearchedPage[], left: string): string {
  const list = pages
    .toSorted((a, b) => ((a.last ?? "") < (b.last ?? "") ? 1 : (a.last ?? "") > (b.last ?? "") ? -1 : 0))
    .map(({ title, path, part, count }) => [plainText(title), path, part, count]);
  const body = `<header><nav><a href="index.html">All conversations</a></nav><h1>Search all messages</h1><input type="search" id="q" placeholder="Words of a message" aria-label="Words of a message"><span class="dim" id="n" role="status"></span><span class="dim" id="p"></span><noscript><p>The search is a script of this page, and scripts are off.</p></noscript></header><main id="o"></main><p class="dim" id="l"></p>${left === "" ? "" : `<p class="dim">${html(left)}</p>`}<script type="application/json" id="d">${jsonText(list)}</script>`;
  return htmlPage({ title: "Search all messages", style, script, loads: true, body });
}

/** What is searched of one page: id, when, who, what. */
export class SearchPart implements MessagePageForm {
  readonly ext = ".js";
  #count = 0;

  get count(): number {
    return this.#count;
  }

  start(): string {
    return "offroll([";
  }

  message({ id, at, fromMe, sender, senderName, subject, text, app, announcement }: Message): string {
    const words = [subject, text, app?.title, app?.caption, app?.url].filter(Boolean).join(" ");
    if (announcement || words === "") return "";
    const said = plainText(words.toWellFormed()).replaceAll(/\s+/g, " ");
    const when = at === undefined ? "" : localMinute(new Date(at));
    const who = plainText(fromMe ? "Me" : (senderName ?? sender ?? "Unknown"));
    this.#count += 1;
    return `${this.#count === 1 ? "" : ","}\n${jsonText([id, when, who, said])}`;
  }

  end(): string {
    return "\n]);\n";
  }
}

/** JSON that stands in a page of HTML, or in a script: nothing in it ends its element, or is code. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
