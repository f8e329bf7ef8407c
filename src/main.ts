/** The process edge: argv, signals, exit code. The only file that touches `process`. */
import { type Faces, type Host, runProgram } from "./cli/index.ts";
import { processHost } from "./process-host.ts";
import { localeOf, setLocale } from "./shared/text.ts";
import { startSignalGuard } from "./signal-guard.ts";

const stop = new AbortController();
/** Commands that open no file of anybody else's: over before a thread would have started. */
const isBrief = process.argv.slice(2).every((a) => a.startsWith("-")) || process.argv.includes("--help");
const guard = startSignalGuard(isBrief ? 150 : 0);
let stops = 0;
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A thread that waits in a call of the system holds up the exit: from here on a signal ends the process as it is. */
function leave(code: number): never {
  for (const name of stopSignals) process.removeAllListeners(name);
  process.exit(code);
}
for (const name of stopSignals)
  process.on(name, () => {
    stops += 1;
    guard.obeyed();
    // The first asks everything to end cleanly; the second means it.
    if (stops > 1) leave(130);
    stop.abort();
  });
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") return;
  // A reader that went away (`offroll ls | head`) is no error; a copy that nobody listens to any more ends cleanly, and not as if it
  // were complete.
  if (["export", "backup"].includes(process.argv[2] ?? "")) stop.abort();
  else leave(0);
});

/** What gives the terminal back. Run once, before anything is said of why the process ends. */
const endings: (() => void)[] = [];
const end = (): void => {
  for (const ending of endings.splice(0)) ending();
};
process.on("exit", end);
process.on("uncaughtException", (error) => {
  end();
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.stderr.write("This is a bug in offroll. Please report it with the text above.\n");
  leave(1);
});

setLocale(localeOf(process.env));
let usesStderr = false;
const context: Host = processHost({
  signal: stop.signal,
  atExit: (callback) => void endings.push(callback),
  onStderr: () => {
    usesStderr = true;
  },
});

/** What starts beside a command, and is loaded when it does. */
const faces: Faces = {
  ui: async (host, flags) => {
    const [{ startUi }, { deskOf }] = await Promise.all([import("./ui/index.ts"), import("./autosave/desk.ts")]);
    return await startUi(host, flags, deskOf(host));
  },
};

const exitCode = await runProgram(context, faces);
// Whatever still holds the loop (a keep-alive, a dying socket) has nothing left to say.
const flushed = (stream: NodeJS.WriteStream): Promise<void> => new Promise((done) => stream.write("", () => done()));
await Promise.all([flushed(process.stdout), ...(usesStderr ? [flushed(process.stderr)] : [])]);
leave(exitCode);
