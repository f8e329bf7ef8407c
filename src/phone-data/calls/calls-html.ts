/** Calls as one table that opens anywhere. */

import { localTime, localZone } from "../../shared/local-time.ts";
import type { Call } from "../contract.ts";
import { baseStyle, html, htmlPage } from "../formats/html.ts";
import { clockDuration } from "./calls-csv.ts";

const style = `${baseStyle}
body{max-width:60rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}td:nth-child(1),td:nth-child(2),td:nth-child(6){white-space:nowrap}
@media(max-width:40rem){thead{display:none}tr{display:grid;grid-template-columns:1fr auto;padding:.5rem 0;border-bottom:1px solid var(--line)}td{border:0;padding:0 .2rem}td:nth-child(1){order:3;color:var(--dim)}td:nth-child(2){order:2;text-align:right}td:nth-child(3){order:1;font-weight:600}td:nth-child(4){order:5;grid-column:1/3}td:nth-child(5){order:6}td:nth-child(6){order:4;text-align:right}}
.missed td:nth-child(2),.missed td:first-child{color:#c62828}`;

const words: Readonly<Record<Call["kind"], string>> = {
  phone: "Phone",
  "facetime-video": "FaceTime video",
  "facetime-audio": "FaceTime audio",
  app: "App",
};

export function callsHtml(calls: readonly Call[]): string {
  const rows = calls.toReversed().map(({ at, direction, kind, service, name, addresses, duration, missed }) => {
    const cells = [
      at === undefined ? "No date" : localTime(new Date(at)),
      missed ? "Missed" : direction === "out" ? "Out" : "In",
      name ?? "",
      addresses.join(", "),
      kind === "app" ? (service ?? words.app) : words[kind],
      duration > 0 ? clockDuration(duration) : "",
    ];
    return `<tr${missed ? ' class="missed"' : ""}>${cells.map((cell) => `<td>${html(cell)}</td>`).join("")}</tr>`;
  });
  const head = ["When", "", "Name", "Number", "By", "Length"].map((cell) => `<th>${cell}</th>`).join("");
  const body = `<header><h1>Calls</h1><div class="dim">${calls.length} · times in ${html(localZone())}</div></header><main><table><thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></main>`;
  return htmlPage({ title: "Calls", style, body });
}
