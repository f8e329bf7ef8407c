/** Other people's programs, by where they are: a name alone may mean what lies in the current folder, above all on Windows. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { env, platform } from "node:process";

/** What is started without a shell. */
const windowsEndings = [".exe", ".com"];

/**
 * @param name without an ending, or a path that is taken as it is
 * @param path as the variable PATH; entries that are no absolute paths are passed over
 * @returns undefined where there is no such program
 */
export function findProgram(name: string, path: string = env["PATH"] ?? env["Path"] ?? ""): string | undefined {
  if (isAbsolute(name)) return isProgram(name) ? name : undefined;
  const names = platform === "win32" ? windowsEndings.map((ending) => name + ending) : [name];
  for (const folder of path.split(delimiter).filter(isAbsolute))
    for (const file of names) if (isProgram(join(folder, file))) return join(folder, file);
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
