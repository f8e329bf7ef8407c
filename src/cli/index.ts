/** Commands: one file each. Words to people on stderr, data on stdout. */
export type { Host } from "../app/host.ts";
export { type Faces, runProgram } from "./program.ts";
