/** Commands: one file each. Words to people on stderr, data on stdout. */
export type { CliContext } from "./context.ts";
export { runProgram } from "./program.ts";
