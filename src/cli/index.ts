/** Commands: one file each (destination-commands.ts holds those about a folder). Words to people on stderr, data on stdout. */
export type { CliContext } from "./context.ts";
export { runProgram } from "./program.ts";
