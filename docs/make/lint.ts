/**
 * The part of the fences that a linter can hold, as biome's rules: which folder at the top of `src` may import which other, and who
 * may import which modules. What needs more than a path (rooms within a folder, globals) is left to test/architecture.test.ts.
 */
import { type Guarded, guarded, rooms } from "../../test/fences.ts";

const folders = [...new Set(Object.keys(rooms).map(topOf))].filter((folder) => folder !== "main");

/** A configuration for biome to extend. A later override stands in place of an earlier one, so each says all that holds there. */
export function lintFences(): object {
  const places = new Set([...folders, ...guarded.flatMap(({ modules, by }) => (modules ? by : []))]);
  const outermostFirst = [...places].sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
  return { overrides: outermostFirst.map(override) };
}

function override(place: string): object {
  const fenced = guarded.filter(({ by }) => !by.some((p) => place === p || place.startsWith(`${p}/`)));
  const patterns = [...folderPatterns(topOf(place)), ...fenced.flatMap(modulePattern)];
  return {
    includes: globs(place).map((glob) => `**/src/${glob}`),
    linter: { rules: { style: { noRestrictedImports: { level: "error", options: { patterns } } } } },
  };
}

/** The other folders that no room of `top` knows, or of which they know only some. The files beside them put all together. */
function folderPatterns(top: string): object[] {
  if (!folders.includes(top)) return [];
  const mine = Object.entries(rooms).filter(([name]) => topOf(name) === top);
  const knows = mine.flatMap(([, room]) => room.knows);
  return folders
    .filter((folder) => folder !== top && !knows.includes(folder))
    .map((folder) => {
      const known = [...new Set(knows.filter((name) => topOf(name) === folder))];
      const allowed = known.flatMap((name) => (rooms[name]?.at ?? [name]).flatMap(globs)).map((g) => `!**/${g}`);
      const only = known.length > 0 ? `, but for ${known.join(", ")}` : "";
      const message = `${top} does not import ${folder}${only}: ${rooms[top]?.why}`;
      return { group: [`**/${folder}/**`, ...allowed], message };
    });
}

function modulePattern({ modules, why }: Guarded): object[] {
  if (!modules) return [];
  return [{ group: modules.flatMap((m) => (m.endsWith("*") ? [m.replace("*", "**")] : [m, `${m}/**`])), message: why }];
}

/** A place is a folder, or a file without its ending. */
function globs(place: string): string[] {
  return [`${place}/**`, `${place}.ts`];
}

function topOf(place: string): string {
  return place.split("/")[0] as string;
}
