/** The arrows as they are in the code, as pictures: who imports whom, room by room. The rooms stand in test/fences.ts. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { roomOf, rooms } from "../../test/fences.ts";
import { importsOf } from "../../test/helpers/imports.ts";

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** A heading and a picture for the house, its engine, and its phones; then every room with its reason. */
export function arrowsPart(root: string): string {
  const src = join(root, "src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  const imports = importsOf(src, files.map((f) => f.replaceAll("\\", "/")).sort());
  const rooms = imports.flatMap(({ file, target }) => {
    const [from, to] = [roomOf(file), roomOf(target)];
    return from && to && from !== to ? [[from, to] as const] : [];
  });
  const within = (top: string) => rooms.filter((arrow) => arrow.every((room) => room.startsWith(top)));
  return [
    picture("The house", graphOf(rooms.map(([from, to]) => [wing(from), wing(to)] as const))),
    picture("The engine: `src/transfer`", graphOf(within("transfer"))),
    picture("The phones: `src/device`", graphOf(within("device"))),
    "An arrow says: imports. One that a longer way says too is left out: everything may import `shared`, and what it knows through others.",
    reasons(),
  ].join("\n\n");
}

/** The rooms at the top of the house; the seam to phones is one of its own. */
function wing(room: string): string {
  return room === "device/media-source" ? room : (room.split("/")[0] as string);
}

function graphOf(arrows: readonly (readonly [from: string, to: string])[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of arrows) {
    if (!graph.has(to)) graph.set(to, new Set());
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

function picture(title: string, graph: Graph): string {
  const order = [...graph.keys()].sort();
  const id = (room: string): string => room.replaceAll(/\W/g, "_");
  const nodes = order.map((room) => `  ${id(room)}["${room}"]`);
  const arrows = order.flatMap((from) => [...(graph.get(from) ?? [])].sort().map((to) => [from, to] as const));
  const shown = arrows.filter(([from, to]) => !isSaidByOthers(graph, from, to));
  const lines = shown.map(([from, to]) => `  ${id(from)} --> ${id(to)}`);
  return `### ${title}\n\n\`\`\`mermaid\nflowchart TD\n${[...nodes, ...lines].join("\n")}\n\`\`\``;
}

/** Whether a longer way leads there too. */
function isSaidByOthers(graph: Graph, from: string, to: string): boolean {
  const seen = new Set<string>();
  const waiting = [...(graph.get(from) ?? [])].filter((next) => next !== to);
  for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) {
    if (room === to) return true;
    if (seen.has(room)) continue;
    seen.add(room);
    waiting.push(...(graph.get(room) ?? []));
  }
  return false;
}

function reasons(): string {
  const rows = Object.entries(rooms).map(
    ([name, { why, isReserved }]) => `| \`${name}\` | ${why}${isReserved ? " (its folder comes later)" : ""} |`,
  );
  return ["### Every room, and why it is fenced", "", "| room | why |", "| --- | --- |", ...rows].join("\n");
}
