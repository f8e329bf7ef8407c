/**
 * The process edge of the resident watcher, `offroll autosave run` without anything behind it. It waits all day: the command line,
 * its help and everything that a run needs stay out of its memory, and no thread guards it, since it calls nothing that waits in the
 * system for long.
 */
import { exitCodes } from "./app/host.ts";
import { notifier } from "./autosave/notify/index.ts";
import { watch } from "./autosave/watch.ts";
import { processHost } from "./process-host.ts";
import { toAppError, UsageError } from "./shared/errors.ts";
import { localeOf, printable, setLocale } from "./shared/text.ts";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
// A log that nobody reads any more is no reason to save nobody's photos.
for (const stream of ["stdout", "stderr"] as const) process[stream].on("error", () => {});

setLocale(localeOf(process.env));
const host = processHost({ signal: stop.signal, atExit: (callback) => void process.on("exit", callback) });
const lineTo = (stream: NodeJS.WriteStream, line: string): void => void stream.write(`${printable(line)}\n`);
let exitCode: number = exitCodes.complete;
try {
  await watch(host, { say: (line) => lineTo(process.stdout, line), show: notifier(host).show });
} catch (error) {
  const { message, remedy, code } = toAppError(error);
  for (const line of [`✗ ${message}`, `  ${remedy}`, `  (${code})`]) lineTo(process.stderr, line);
  exitCode = toAppError(error) instanceof UsageError ? exitCodes.usage : exitCodes.stopped;
}
process.exit(exitCode);
