/**
 * A page that finds words in all conversations, without a server: what they say stands in it as JSON, which is no script, and which no
 * other page on a disk can read.
 */
import { baseStyle, html, htmlPage } from "../formats/html.ts";

const place = "\u0001data\u0001";
const style = `${baseStyle}
.h{border-bottom:1px solid var(--line);padding:.5rem 0}.h a{text-decoration:none;color:inherit;display:block}.h b{font-size:.95rem}
`;

/** Everything that is shown goes in as text. At most 200 are shown, the newest first. */
const script = `(()=>{const q=document.getElementById("q"),n=document.getElementById("n"),out=document.getElementById("o"),data=JSON.parse(document.getElementById("d").textContent);
const fold=(s)=>s.normalize("NFKD").replace(/[\\u0300-\\u036f]/g,"").toLowerCase();let texts,timer;
const add=(to,tag,text,name)=>{const e=document.createElement(tag);if(text)e.textContent=text;if(name)e.className=name;to.append(e);return e};
const marked=(to,text,words)=>{const low=text.toLowerCase(),at=Math.max(0,low.indexOf(words[0])),from=at<80?0:at-50,part=text.slice(from,from+240),line=add(to,"div",from>0?"…":"");
const found=part.toLowerCase().indexOf(words[0]);if(found<0)line.append(part);else{line.append(part.slice(0,found));add(line,"mark",part.slice(found,found+words[0].length));line.append(part.slice(found+words[0].length))}if(from+240<text.length)line.append("…")};
const run=()=>{const words=fold(q.value).split(/\\s+/).filter(Boolean);out.replaceChildren();if(!words.some((w)=>w.length>1)){n.textContent=words.length?"Write a letter more":"";return}
texts??=data.m.map((m)=>fold(m[3]+" "+m[4]));const hits=[];texts.forEach((t,i)=>{if(words.every((w)=>t.includes(w)))hits.push(data.m[i])});
hits.sort((a,b)=>a[2]<b[2]?1:a[2]>b[2]?-1:0);n.textContent=hits.length+" of "+data.m.length+" messages"+(hits.length>200?", the newest 200 are shown":"");
for(const [page,id,at,who,text] of hits.slice(0,200)){const [path,title]=data.p[page],h=add(out,"div","","h"),a=add(h,"a");a.href=path.split("/").map(encodeURIComponent).join("/")+"#"+encodeURIComponent("m-"+id);
add(a,"b",who===title?who:who+" · "+title);add(a,"div",at,"dim");marked(a,text,words)}};
q.addEventListener("input",()=>{clearTimeout(timer);timer=setTimeout(run,200)});if(location.hash.startsWith("#q=")){q.value=decodeURIComponent(location.hash.slice(3));run()}q.focus()})();`;

/** A message as it is looked for: page, id, when, who, what. */
export type SearchedMessage = readonly [page: number, id: string, at: string, who: string, text: string];

/** What the page has before its messages, and behind them. @param left words about what found no room */
export function searchHtml(
  pages: readonly (readonly [path: string, title: string])[],
  left: string,
): { start: string; end: string } {
  const body = `<header><nav><a href="index.html">All conversations</a></nav><h1>Search all messages</h1><input type="search" id="q" placeholder="Words of a message" aria-label="Words of a message"><span class="dim" id="n" role="status"></span></header><main id="o"></main>${left === "" ? "" : `<p class="dim">${html(left)}</p>`}<script type="application/json" id="d">{"m":[${place}],"p":${jsonText(pages)}}</script>`;
  const [start = "", end = ""] = htmlPage({ title: "Search all messages", style, script, body }).split(place);
  return { start, end };
}

/** JSON that stands in a page of HTML: nothing in it ends its element. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
