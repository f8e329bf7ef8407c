/** Who imports what, read from the text: static, dynamic and type-only imports, and what an index passes on. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** `target` is a path below the same root, or the name of a package. */
export interface Import {
  readonly file: string;
  readonly target: string;
}

/** Every import of `files`, whose paths are relative to `root`. */
export function importsOf(root: string, files: readonly string[]): Import[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((m) => {
      const specifier = m[1] as string;
      const isOurs = specifier.startsWith(".");
      return { file, target: isOurs ? relative(root, resolve(root, dirname(file), specifier)) : specifier };
    });
  });
}
