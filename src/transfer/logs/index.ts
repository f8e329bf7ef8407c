/** What earlier runs wrote down. */
export { readRunLogs } from "./run-log.ts";
