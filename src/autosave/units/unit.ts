/** What a system is given so that it starts the watcher at log-on, as values: nothing here writes a file or starts a program. */
import { UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";

export interface UnitFile {
  readonly path: string;
  readonly text: string;
  readonly encoding: "utf8" | "utf16le";
}

/** Commands are lists of arguments, for a start without a shell. */
export interface Unit {
  readonly file: UnitFile;
  /** To be run in order once the file is there. Before a file that changed all of `off` goes; for one that did not, nothing has to. */
  readonly on: readonly (readonly string[])[];
  /** What ends it, while the file is still there. A unit that was never started may make them fail. */
  readonly off: readonly (readonly string[])[];
  /** What has to be gone after that, whether or not the commands worked. */
  readonly removes: readonly string[];
  /** To be run when all that is gone. */
  readonly afterRemoval: readonly (readonly string[])[];
  /** Variables of this shell that the watcher will not have, though they mean something to it. */
  readonly leftOut: readonly string[];
}

/** Who it is installed for. */
export interface UnitOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The watcher with its arguments; the program by its absolute path. */
  readonly command: readonly [string, ...string[]];
  /** Where a file lies that only the installation itself reads. */
  readonly dataFolder: string;
  readonly user: { readonly id: number; readonly name: string };
}

/** A shell's variables that decide where phones, settings and data are found; a session has its own of any other. */
const kept =
  /^(?:OFFROLL_(?:USBMUX|USBIP|ADB|VIA|CONFIG_DIR|DATA_DIR|CACHE_DIR)|USBMUXD_SOCKET_ADDRESS|ADB_SERVER_SOCKET|XDG_(?:CONFIG|DATA|CACHE)_HOME)$/;

/** In the order of their names. */
export function keptVariables(env: UnitOptions["env"]): [name: string, value: string][] {
  return Object.entries(env)
    .filter((entry): entry is [string, string] => kept.test(entry[0]) && Boolean(entry[1]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @throws {UsageError} for a text that the unit cannot hold as it is, where a guess would start something else */
export function assertHolds(text: string, cannotHold: RegExp, system: string): void {
  if (cannotHold.test(text))
    throw new UsageError("usage", `${system} cannot be told "${printable(text)}": it would mean something else.`);
}

/** Text between tags. @throws {UsageError} for characters that XML has not */
export function xml(text: string): string {
  assertHolds(text, /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u, "XML");
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };
  return text.replace(/[&<>\r]/g, (character) => entities[character] ?? character);
}
