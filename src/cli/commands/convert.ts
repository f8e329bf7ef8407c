/** `offroll convert DIR`: copies in other forms of what is there already. */
import { convertFolder } from "../../app/convert-run.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { copiesMadeLines, makingWords } from "../../present/copies-made-words.ts";
import { formatCount, printable, truncate } from "../../shared/text.ts";
import type { CopiesMade } from "../../transfer/events.ts";
import type { MakingProgress } from "../../transfer/extras/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { formsOfFlags } from "../choices.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, convertFlags } from "../command-flags.ts";

/** Of no fault that anybody could mend here: what cannot be converted stays as it is. */
const noFaults: ReadonlySet<string> = new Set(["no-full-picture", "no-ffmpeg", "no-tone-mapping", "too-large"]);

export async function convert(context: Host, path: string, flags: CommandFlags<typeof convertFlags>): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  const moving = context.stderr.isTTY === true && !output.quiet && !output.json;
  const clear = (): void => {
    if (moving) context.stderr.write("\r\x1b[2K");
  };
  const onProgress = ({ what, done, total }: MakingProgress): void => {
    const text = `Making ${makingWords(what)}: ${formatCount(done)} of ${formatCount(total)}`;
    if (moving) context.stderr.write(`\r\x1b[2K${truncate(text, (context.stderr.columns ?? 80) - 1)}`);
  };
  const breakLock = breakLockAsked(session, flags);
  const choices = { jpeg: {}, ...formsOfFlags(flags) };
  const onPlace = (root: string): void => output.say(`Copies for other devices in ${printable(root)}`);
  const { root, ...made } = await convertFolder(session, { path, choices, breakLock, onPlace, onProgress }).finally(
    clear,
  );
  const kinds = [["jpg", made.jpegCopies] as const, ["mp4", made.movieCopies] as const];
  const lines = kinds.flatMap(([ending, copies]) => (copies ? copiesMadeLines(ending, copies) : []));
  if (output.json)
    output.document({ destination: root, jpegCopies: made.jpegCopies ?? null, movieCopies: made.movieCopies ?? null });
  else if (lines.length === 0) output.say(nothingWords(flags));
  else for (const [label, text] of lines) output.say(`  ${label.padEnd(14)}${text}`);
  const failed = kinds.some(([, copies]) => copies && hasFaults(copies));
  return failed ? exitCodes.someFailed : exitCodes.complete;
}

/** What was looked for in vain, and what was not looked for. */
function nothingWords({ jpegRaw, mp4 }: CommandFlags<typeof convertFlags>): string {
  const looked = ["no HEIC", "no AVIF", ...(jpegRaw ? ["no RAW"] : []), ...(mp4 ? ["no movie"] : [])];
  const [raw, movies] = [jpegRaw ? [] : ["RAW: --jpeg-raw"], mp4 ? [] : ["movies: --mp4"]];
  const others = [...raw, ...movies].join("; ");
  return `There is nothing to convert: ${looked.join(", ")}.${others && ` Looked at only if asked for: ${others}.`}`;
}

function hasFaults({ notMade }: CopiesMade): boolean {
  return Object.keys(notMade).some((reason) => !noFaults.has(reason));
}
