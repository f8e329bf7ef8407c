/** The project's files as syntax trees, by the compiler's own parser. No types are looked up, so a run takes about a second. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

/** One file: its path relative to the project, `/`-separated, and its tree. */
export interface Parsed {
  readonly path: string;
  readonly tree: SourceFile;
}

/** Every TypeScript file below `folders` of `root`, sorted by path. */
export function parseFolders(root: string, folders: readonly string[]): Parsed[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !name.includes("node_modules"))
      .map((name) => join(root, folder, name)),
  );
  const place = mkdtempSync(join(tmpdir(), "offroll-marks-"));
  const api = new API({ cwd: root });
  try {
    return trees(api, place, files)
      .map((tree) => ({ path: relative(root, tree.fileName).replaceAll("\\", "/"), tree }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    api.close();
    rmSync(place, { recursive: true });
  }
}

function trees(api: API, place: string, files: readonly string[]): SourceFile[] {
  const config = join(place, "tsconfig.json");
  const compilerOptions = {
    noLib: true,
    noResolve: true,
    types: [],
    jsx: "preserve",
    allowImportingTsExtensions: true,
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  return files.map((file) => {
    const tree = project?.program.getSourceFile(file);
    if (!tree) throw new Error(`${file} was not parsed`);
    return tree;
  });
}

/** Calls `visit` for `node` and for everything below it, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

/** Lines from the first character of a node, its comments left out, to its last. */
export function lineCount(node: Node, tree: SourceFile): number {
  const line = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  return line(node.getEnd()) - line(node.getStart(tree)) + 1;
}
