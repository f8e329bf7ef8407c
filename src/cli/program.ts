/** From words to a command: built from the table of commands, with help, and one voice for what is wrong with the words. */
import { Command, CommanderError, Option } from "commander";
import { exitCodes, type Host } from "../app/host.ts";
import { type AppError, toAppError, UsageError } from "../shared/errors.ts";
import { outputFlags, uiFlags } from "./command-flags.ts";
import { type CommandRow, commandTable, connection, parents } from "./command-table.ts";
import { addFlags, type FlagsOf } from "./flags.ts";
import { exitCodeOf, Output } from "./output.ts";

const about = "Get every photo and video off a phone by cable: whole, verified, named the way you want.";

type UiFlags = Omit<FlagsOf<typeof uiFlags>, "plain">;

/** What else may be started than a command: given by whoever knows it, so that no face of the program imports another. */
export interface Faces {
  /** The terminal UI, until the person quits. @returns the exit code */
  readonly ui: (context: Host, flags: UiFlags) => Promise<number>;
}

/** Runs one command line. Never throws; the result is the exit code. */
export async function runProgram(context: Host, faces: Faces): Promise<number> {
  let exitCode: number = exitCodes.complete;
  let running = "offroll";
  const program = buildProgram(context, faces, async (name, run) => {
    running = name;
    exitCode = await run();
  });
  try {
    if (context.argv.length === 0) return await withoutCommand(context, faces, {});
    if (context.argv[0]?.startsWith("--completions")) return await completions(context, program);
    await program.parseAsync([...context.argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return badWords(context, error);
    const reason = withOwnHelp(toAppError(error), running);
    new Output(context, { json: context.argv.includes("--json") }).error(reason);
    return exitCodeOf(reason);
  }
}

/** The words are on stderr already; a program that asked for JSON gets its document as well. */
function badWords(context: Host, error: CommanderError): number {
  if (error.exitCode === 0) return exitCodes.complete;
  if (context.argv.includes("--json"))
    new Output(context, { json: true }).failure(new UsageError("usage", error.message.replace(/^error: /, "")));
  return exitCodes.usage;
}

/** Where nothing better is known to do, the help to read is that of the command that was typed. */
function withOwnHelp(error: AppError, command: string): AppError {
  const general = new UsageError("usage", error.message);
  if (error.code !== "usage" || error.remedy !== general.remedy) return error;
  return new UsageError("usage", error.message, { remedy: helpOf(command), cause: error.cause });
}

function helpOf(command: string): string {
  return `See \`${command} --help\`.`;
}

/** On a terminal the UI; without one, short help: a script that forgot its command must notice. */
async function withoutCommand(context: Host, faces: Faces, flags: FlagsOf<typeof uiFlags>): Promise<number> {
  const { plain, ...rest } = flags;
  const isTerminal = context.stdin.isTTY === true && context.stdout.isTTY === true;
  // A terminal that knows no cursor cannot show screens.
  if (plain || (isTerminal && context.env["TERM"] === "dumb"))
    return await (await import("./plain/plain.ts")).plain(context, rest);
  if (isTerminal) return await faces.ui(context, rest);
  context.stderr.write(
    `${about}\n\nUsage: offroll <command>\n\n  offroll devices            list connected phones\n  offroll export DIR         copy photos to a folder\n  offroll backup DIR         copy everything new, again and again\n  offroll demo               try it without a phone\n\n\`offroll --help\` shows everything.\n`,
  );
  return exitCodes.usage;
}

async function completions(context: Host, program: Command): Promise<number> {
  const shell = context.argv[0]?.split("=")[1] ?? context.argv[1] ?? "";
  if (!["bash", "zsh", "fish"].includes(shell)) throw new UsageError("usage", "--completions takes bash, zsh or fish.");
  const { completionScript } = await import("./completions.ts");
  context.stdout.write(completionScript(program, shell));
  return exitCodes.complete;
}

/** Runs a command's work under the name that a person typed. */
type Start = (name: string, run: () => Promise<number>) => Promise<void>;

function buildProgram(context: Host, faces: Faces, start: Start): Command {
  const program = new Command("offroll")
    .description(about)
    .version(context.build, "--version", "version and build")
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(usageLine(context, text)),
      getOutHelpWidth: () => context.stdout.columns ?? 80,
      getErrHelpWidth: () => context.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", topExamples)
    .addOption(new Option("--completions <shell>", "print a completion script").choices(["bash", "zsh", "fish"]))
    .showSuggestionAfterError()
    .enablePositionalOptions();
  addFlags(program, uiFlags);
  named(program, "offroll");
  // A first word that is no flag is a command: with an action here, an unknown one would count as an argument of it.
  if (context.argv[0]?.startsWith("-"))
    program.action((flags: FlagsOf<typeof uiFlags>) => start("offroll", () => withoutCommand(context, faces, flags)));
  for (const row of commandTable) addCommand(program, row, context, start);
  return program;
}

/** Words that are wrong are told with the code that all of ours have, and the help that helps. */
function named(command: Command, name: string): Command {
  return command.exitOverride().showHelpAfterError(`  ${helpOf(name)}\n  (usage)`);
}

/** "error: unknown option '--x'\n(Did you mean …)" in our own voice. */
function usageLine(context: Host, text: string): string {
  const [first = "", ...more] = text
    .replace(/^error: /, "")
    .trimEnd()
    .split("\n");
  const { bad } = new Output(context, {}).style(context.stderr);
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  return `${[`${bad("✗")} ${sentence}`, ...more.map((line) => `  ${line}`)].join("\n")}\n`;
}

function addCommand(program: Command, row: CommandRow, context: Host, start: Start): void {
  const [first = "", second = ""] = row.spec.split(" ");
  // `catalog rebuild`, and `gallery export`, whose parent is a command itself.
  const parent = /^[a-z]/.test(second) ? parentOf(program, first) : undefined;
  const name = parent ? `offroll ${first} ${second}` : `offroll ${first}`;
  const command = (parent ?? program).command(parent ? row.spec.slice(first.length + 1) : row.spec);
  named(command, name).description(row.about);
  if (!parent) command.helpGroup(row.group);
  if (isNamed(context.argv, first)) describe(command, row);
  else command.addOption(anyOption);
  command.action(async (...input: unknown[]) => {
    // Several that stand for one argument come as a list.
    const words = input.slice(0, -2).flat() as (string | undefined)[];
    // `offroll --device NAME ls` means the same as `offroll ls --device NAME`.
    const { device } = program.opts<{ device?: string }>();
    const flags = { ...(device === undefined ? {} : { device }), ...(input.at(-2) as object) };
    await start(name, () => row.run(context, words, flags));
  });
}

/** In the place of those that are not looked at: a command is listed as one that has options. */
const anyOption = new Option("--json");

/** Whether a command may be meant. Most of a start's time went into the options of those that cannot be. */
function isNamed(argv: readonly string[], command: string): boolean {
  return argv.includes(command) || argv[0]?.startsWith("--completions") === true;
}

/** What it understands, and its help. */
function describe(command: Command, row: CommandRow): void {
  for (const { heading, flags } of row.flags ?? []) addFlags(command, flags, heading);
  addFlags(command, outputFlags, "Output:");
  if (row.phone) addFlags(command, connection.flags, connection.heading);
  command.helpOption("-h, --help", "show this help");
  command.addHelpText("after", `\nExamples:\n${row.examples.map((e) => `  ${e}`).join("\n")}`);
}

/** `catalog`, `template`, `mock`: made when the first of its commands is. One that does something by itself is there already. */
function parentOf(program: Command, name: string): Command {
  const known = program.commands.find((c) => c.name() === name);
  if (known) return known;
  const { about: purpose, group } = parents[name] as (typeof parents)[string];
  return named(program.command(name).description(purpose), `offroll ${name}`).helpGroup(group);
}

const topExamples = `
First steps:
  offroll devices                        is my phone seen?
  offroll export ~/Photos                copy its photos
  offroll backup /mnt/disk/Phone         copy everything new, again and again
  offroll                                the same in the terminal, with pictures
  offroll --plain                        the same as questions and answers
  offroll demo                           try it without a phone

Exit codes: 0 complete, 1 could not run or had to stop, 2 usage, 3 finished with failures, 130 cancelled.`;
