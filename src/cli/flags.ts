/**
 * Flags, each declared once: the declaration gives the option, its line of help, and the type that a command reads.
 * Read first: `Flag`, then command-flags.ts.
 */
import { type Command, InvalidArgumentError, Option } from "commander";

/** One declaration: the option, the type of its value, and its line of help. */
export interface Flag {
  /** `on` is a boolean, `off` one that starts true (`--no-X`), `text` takes a value, `list` may be repeated. */
  readonly kind: "on" | "off" | "text" | "list";
  /** As it stands in help: `<date>`. */
  readonly value?: string;
  readonly about: string;
  /** One letter. */
  readonly short?: string;
  /** What holds without it, for the help only: a setting or a remembered choice may say otherwise. */
  readonly otherwise?: string;
  /** A colon in one begins what the person writes: `folder:PATH`. */
  readonly choices?: readonly string[];
  /** Understood, but not shown: another spelling. */
  readonly hidden?: true;
}

/** The keys are the flags in camelCase: `waitForLock` is `--wait-for-lock`. */
export type FlagTable = Readonly<Record<string, Flag>>;

interface Values {
  readonly on: boolean;
  readonly off: boolean;
  readonly text: string;
  readonly list: string[];
}

/** What a command is given: every flag may be absent. */
export type FlagsOf<T extends FlagTable> = { readonly [K in keyof T]?: Values[T[K]["kind"]] };

/** Adds a table of flags to a command, under a heading of its own in the help. */
export function addFlags(command: Command, table: FlagTable, heading?: string): Command {
  for (const [key, flag] of Object.entries(table)) {
    const option = new Option(spelling(key, flag), aboutOf(flag));
    if (flag.choices) option.choices(flag.choices).argParser((value) => oneOf(flag.choices ?? [], value));
    if (flag.kind === "list") option.argParser((value, earlier: string[] | undefined) => [...(earlier ?? []), value]);
    if (flag.hidden) option.hideHelp();
    if (heading !== undefined) option.helpGroup(heading);
    command.addOption(option);
  }
  return command;
}

function oneOf(choices: readonly string[], value: string): string {
  const [beginning = ""] = /^[^:]*:/.exec(value) ?? [];
  if (choices.some((choice) => choice === value || (beginning !== "" && choice.startsWith(beginning)))) return value;
  throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
}

/** As it is typed: `-n, --dry-run`, `--no-snapshot`, `--to <dir>`. */
export function spelling(key: string, { kind, short, value }: Flag): string {
  const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const long = kind === "off" ? `--no-${name}` : `--${name}`;
  return `${short === undefined ? "" : `-${short}, `}${long}${value === undefined ? "" : ` ${value}`}`;
}

function aboutOf({ about, otherwise }: Flag): string {
  return otherwise === undefined ? about : `${about} (default: ${otherwise})`;
}
