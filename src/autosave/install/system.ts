/** Other people's programs that install, start and end a watcher: a list of arguments each, without a shell. */
import { spawn } from "node:child_process";
import type { Host } from "../../app/host.ts";
import { findProgram } from "../../shared/program.ts";

/** How a command of the system ended. */
export interface CommandResult {
  /** Undefined where there is no such program, or a signal ended it. */
  readonly code: number | undefined;
  /** The first line of what it complained of, or that it is not there. */
  readonly problem: string;
}

/** A manager that does not answer holds nobody for ever; one that waits for a run to end in order is given time. */
const timeoutMs = 120_000;
/** Of what it says. */
const mostBytes = 64 * 1024;

/** Never throws. */
export async function runCommand(argv: readonly string[], { env }: Pick<Host, "env">): Promise<CommandResult> {
  const [name = "", ...args] = argv;
  const program = findProgram(name, env["PATH"]);
  if (program === undefined) return { code: undefined, problem: `${name} is not installed` };
  const child = spawn(program, args, {
    env: { ...env },
    stdio: ["ignore", "ignore", "pipe"],
    windowsHide: true,
    timeout: timeoutMs,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (said.length < mostBytes) said += chunk.toString();
  });
  return await new Promise((done) => {
    child.once("error", (error) => done({ code: undefined, problem: error.message }));
    child.once("close", (code) =>
      done({ code: code ?? undefined, problem: firstLine(said) || `it ended with ${code}` }),
    );
  });
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/)[0] ?? "";
}
