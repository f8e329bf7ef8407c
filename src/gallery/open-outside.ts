/** Programs of this computer that a person asks for: the browser, the file manager, the player. Each is given one path, never a shell's line. */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { findProgram } from "../shared/program.ts";

/** What is opened: a page or a file in what the system opens it with, or a file's folder with the file in it. */
export type Opening = "open" | "reveal";

/** @returns whether there was a program to start */
export async function openOutside(how: Opening, path: string, platform: NodeJS.Platform): Promise<boolean> {
  const [program, ...args] = commandFor(how, path, platform);
  const found = program === undefined ? undefined : findProgram(program);
  if (found === undefined) return false;
  return await new Promise<boolean>((resolve) => {
    const child = spawn(found, args, { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
    child.unref();
  });
}

function commandFor(how: Opening, path: string, platform: NodeJS.Platform): readonly string[] {
  if (platform === "darwin") return how === "reveal" ? ["open", "-R", path] : ["open", path];
  if (platform === "win32") return how === "reveal" ? ["explorer", `/select,${path}`] : ["explorer", path];
  return ["xdg-open", how === "reveal" ? dirname(path) : path];
}
