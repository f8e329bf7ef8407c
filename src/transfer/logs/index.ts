/** What earlier runs wrote down. */
export { type KeptPhoto, keptLibraries, readKeptLibrary } from "./kept-library.ts";
export { readRunLogs } from "./run-log.ts";
