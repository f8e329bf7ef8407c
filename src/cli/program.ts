/** Every command, named once: flags, help and examples. What a command does is loaded when it runs. */
import { Command, CommanderError, Option } from "commander";
import { toAppError, UsageError } from "../shared/errors.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { exitCodeOf, Output } from "./output.ts";

type Flags = Record<string, never> & { json?: boolean; quiet?: boolean };

const about = "Get every photo and video off a phone by cable: whole, verified, named the way you want.";

/** Runs one command line. Never throws; the result is the exit code. */
export async function runProgram(context: CliContext): Promise<number> {
  let exitCode: number = exitCodes.complete;
  const program = buildProgram(context, (code) => {
    exitCode = code;
  });
  try {
    if (context.argv.length === 0) return await withoutCommand(context);
    if (context.argv.length === 1 && context.argv[0] === "--plain")
      return await (await import("./plain.ts")).plain(context);
    const graphics = graphicsFlag(context.argv);
    if (graphics !== undefined) return await withoutCommand(context, graphics);
    if (context.argv[0]?.startsWith("--completions")) return await completions(context, program);
    await program.parseAsync([...context.argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.complete;
      // The words are on stderr already; a program that asked for JSON gets its document as well.
      if (context.argv.includes("--json"))
        new Output(context, { json: true }).failure(new UsageError("usage", error.message.replace(/^error: /, "")));
      return exitCodes.usage;
    }
    const reason = toAppError(error);
    new Output(context, { json: context.argv.includes("--json") }).error(reason);
    return exitCodeOf(reason);
  }
}

/** On a terminal the UI; without one, short help: a script that forgot its command must notice. */
async function withoutCommand(context: CliContext, graphics?: string): Promise<number> {
  if (context.stdin.isTTY && context.stdout.isTTY)
    return await (await import("../ui/start.ts")).startUi(context, graphics === undefined ? {} : { graphics });
  context.stderr.write(
    `${about}\n\nUsage: offroll <command>\n\n  offroll devices            which phones are here\n  offroll export --to DIR    copy photos to a folder\n  offroll backup DIR         everything, again and again\n  offroll demo               try it without a phone\n\n\`offroll --help\` shows everything.\n`,
  );
  return exitCodes.usage;
}

/** `offroll --graphics blocks` is the UI with a wish; undefined for everything else. */
function graphicsFlag([first, second, ...rest]: readonly string[]): string | undefined {
  if (first?.startsWith("--graphics=") && second === undefined) return first.slice("--graphics=".length);
  return first === "--graphics" && second !== undefined && rest.length === 0 ? second : undefined;
}

async function completions(context: CliContext, program: Command): Promise<number> {
  const shell = context.argv[0]?.split("=")[1] ?? context.argv[1] ?? "";
  if (!["bash", "zsh", "fish"].includes(shell)) throw new UsageError("usage", "--completions takes bash, zsh or fish.");
  const { completionScript } = await import("./completions.ts");
  context.stdout.write(completionScript(program, shell));
  return exitCodes.complete;
}

function buildProgram(context: CliContext, finish: (code: number) => void): Command {
  const program = new Command("offroll")
    .description(about)
    .version(context.build, "--version", "version and build")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 80,
      getErrHelpWidth: () => context.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", topExamples)
    .addOption(new Option("--completions <shell>", "print a completion script").choices(["bash", "zsh", "fish"]))
    .option("--plain", "the terminal UI as plain questions and answers")
    .addOption(
      new Option("--graphics <mode>", "pictures in the terminal UI").choices([
        "auto",
        "kitty",
        "iterm2",
        "sixel",
        "blocks",
        "none",
      ]),
    )
    .showSuggestionAfterError()
    .enablePositionalOptions();
  /** A command whose work gives the exit code. */
  const add = (
    spec: string,
    description: string,
    run: (args: (string | undefined)[], flags: Flags) => Promise<number>,
    options: { parent?: Command; examples?: string[]; phone?: boolean } = {},
  ): Command => {
    const command = (options.parent ?? program).command(spec).description(description).exitOverride();
    command.option("--json", "one JSON document on stdout").option("-q, --quiet", "no words, only data and errors");
    if (options.phone) phoneOptions(command);
    if (options.examples)
      command.addHelpText("after", `\nExamples:\n${options.examples.map((e) => `  ${e}`).join("\n")}`);
    command.action(async (...input: unknown[]) => {
      const flags = input.at(-2) as Flags;
      finish(await run(input.slice(0, -2) as (string | undefined)[], flags));
    });
    return command;
  };

  add(
    "devices",
    "which phones are plugged in, and in what state",
    async (_, f) => (await import("./devices.ts")).devices(context, f),
    {
      phone: true,
      examples: ["offroll devices", "offroll devices --watch", "offroll devices --json | jq -r '.devices[].name'"],
    },
  ).option("--watch", "go on and tell each change");
  add("pair", "make a phone trust this computer", async (_, f) => (await import("./pair.ts")).pair(context, f), {
    phone: true,
    examples: ["offroll pair", 'offroll pair --device "Ann\'s iPhone"'],
  });
  add(
    "unpair",
    "make phone and computer forget each other",
    async (_, f) => (await import("./pair.ts")).unpair(context, f),
    {
      phone: true,
      examples: ["offroll unpair"],
    },
  ).option("-y, --yes", "do not ask");
  add(
    "ls [folder]",
    "folders on the phone, or the photos of one",
    async ([folder], f) => (await import("./ls.ts")).ls(context, folder, f),
    {
      phone: true,
      examples: [
        "offroll ls",
        "offroll ls 100APPLE",
        "offroll ls --missing            what is only in iCloud",
        "offroll ls --json > roll.json",
      ],
    },
  )
    .option("--missing", "only what is in the library and not on this phone")
    .option("--all", "hidden, deleted, shared and unpicked ones too")
    .option("--messengers", "on Android also what chat programs keep");
  add(
    "info <item>",
    "everything one photo says about itself",
    async ([item], f) => (await import("./info.ts")).info(context, item as string, f),
    {
      phone: true,
      examples: [
        "offroll info IMG_0001.HEIC",
        "offroll info 3f9a1c70 --preview small.jpg",
        "offroll info ~/Photos/2024/05/IMG_0001.HEIC",
      ],
    },
  ).option("--preview <file>", "write its small picture as a JPEG");
  add(
    "library",
    "the phone in numbers: kinds, years, albums, cameras, places, space, duplicates",
    async (_, f) => (await import("./library-command.ts")).library(context, f),
    {
      phone: true,
      examples: ["offroll library"],
    },
  );
  transferOptions(
    add(
      "export",
      "copy photos and videos to a folder",
      async (_, f) =>
        (await import("./transfer-command.ts")).transferCommand(context, "export", f, (f as { to?: string }).to),
      {
        phone: true,
        examples: [
          "offroll export --to ~/Photos",
          "offroll export --to /mnt/disk --since 2024-05 --kind photo,live",
          'offroll export --to ~/Photos --album "Trips/Lisbon" --sidecar xmp',
          "offroll export --to ~/Photos --favourites --place 46.95,7.45,20",
          "offroll export --to ~/Photos --dry-run",
          "offroll export --to ~/Photos --yes --json > run.ndjson",
        ],
      },
    ).option("--to <dir>", "where they go; at most the last folder is made"),
  );
  transferOptions(
    add(
      "backup [dir]",
      "copy everything new; every file is read back and compared",
      async ([dir], f) => (await import("./transfer-command.ts")).transferCommand(context, "backup", f, dir),
      {
        phone: true,
        examples: [
          "offroll backup /mnt/disk/Phone",
          "offroll backup            # the same place again",
          "offroll backup --quiet --json",
        ],
      },
    ),
  );
  add(
    "verify <dir>",
    "check that every copied file is still whole",
    async ([dir], f) => (await import("./verify.ts")).verify(context, dir as string, f),
    {
      phone: true,
      examples: [
        "offroll verify ~/Photos",
        "offroll verify ~/Photos --against-phone",
        "offroll verify ~/Photos --repair --from /mnt/second/Photos",
      ],
    },
  )
    .option("--against-phone", "also: is everything on this phone in this backup?")
    .option("--repair", "put good files in the place of damaged ones, from the phone or another copy")
    .option("--from <dir>", "with --repair: another copy, besides those that are remembered");
  add(
    "status [dir]",
    "each phone's last complete backup",
    async ([dir], f) => (await import("./status.ts")).status(context, dir, f),
    {
      phone: true,
      examples: ["offroll status", "offroll status --stale-after 14d || notify-send 'Backup is old'"],
    },
  ).option("--stale-after <age>", "exit 3 when a backup is older: 14d, 36h");
  add("history [dir]", "earlier runs", async ([dir], f) => (await import("./history.ts")).history(context, dir, f), {
    examples: ["offroll history ~/Photos"],
  });
  add(
    "why <item>",
    "what happened to one photo, run by run",
    async ([item], f) => (await import("./why.ts")).why(context, item as string, (f as { in?: string }).in, f),
    {
      examples: ["offroll why IMG_0001.HEIC --in ~/Photos"],
    },
  ).option("--in <dir>", "the destination; all remembered backups otherwise");
  add(
    "doctor",
    "why is my phone not seen, why is it not backed up?",
    async (_, f) => (await import("./doctor.ts")).doctor(context, f),
    {
      phone: true,
      examples: ["offroll doctor", "offroll doctor --udev | sudo tee /etc/udev/rules.d/70-offroll.rules"],
    },
  ).option("--udev", "print the rule that lets you open phones on Linux");
  add(
    "config",
    "settings, where they come from, where our files lie",
    async (_, f) => (await import("./config-command.ts")).configCommand(context, f),
    {
      phone: true,
      examples: ["offroll config"],
    },
  );
  const catalog = program.command("catalog").description("the record of what was copied").exitOverride();
  add(
    "rebuild <dir>",
    "make the catalog anew from the run logs and the files",
    async ([dir], f) => (await import("./catalog-rebuild.ts")).catalogRebuild(context, dir as string, f),
    {
      parent: catalog,
      examples: ["offroll catalog rebuild ~/Photos"],
    },
  );
  const template = program.command("template").description("where photos go").exitOverride();
  add(
    "preview [template]",
    "try a template on three photos",
    async ([t], f) => (await import("./template-command.ts")).templatePreview(context, t, f),
    {
      parent: template,
      examples: ["offroll template preview '{year}/{date} {camera|no camera}/{name}'", tokenHelp],
    },
  );
  const mock = program.command("mock").description("a phone without a phone").exitOverride();
  add(
    "iphone",
    "a mock iPhone on a socket of its own",
    async (_, f) => (await import("./mock.ts")).mockIphone(context, f),
    {
      parent: mock,
      examples: ["offroll mock iphone", "offroll mock iphone --trust pending:5 --latency 1 --rate 35"],
    },
  )
    .option("--phone <file...>", "description of the phone (JSON); the demo phone otherwise")
    .option("--socket <address>", "PATH or HOST:PORT to listen on; a temporary one otherwise")
    .option("--trust <script>", "immediate, pending:N, locked:N (N questions), denied", "immediate")
    .option("--state <dir>", "remember pairings here")
    .option("--tcp-ports <base>", "also lockdown on this TCP port and services behind it")
    .option("--latency <ms>", "each request waits")
    .option("--rate <mbps>", "megabytes per second over the cable");
  add(
    "android",
    "a mock Android phone: on a USB cable (USB/IP), and at an adb server of its own",
    async (_, f) => (await import("./mock-android.ts")).mockAndroid(context, f),
    {
      parent: mock,
      examples: [
        "offroll mock android",
        "offroll mock android --quirk lockedLooks=3 --quirk propList=refused",
        "offroll mock android --port 3240      # then, as root: usbip attach -r localhost -b 1-1",
      ],
    },
  )
    .option("--phone <file>", "description of the phone (JSON); the demo phone otherwise")
    .option("--port <port>", "of the USB/IP server; a free one otherwise")
    .option("--adb-port <port>", "of the adb server; a free one otherwise")
    .option("--adb-state <state>", "as adb shows it: device, unauthorized, offline, or none", "device")
    .option("--quirk <name=value>", "a maker's peculiarity of MTP; may be repeated", collect)
    .option("--latency <ms>", "each request waits")
    .option("--rate <mbps>", "megabytes per second over the cable");
  add(
    "demo",
    "try it without a phone: a made-up iPhone is copied to ./demo-photos",
    async (_, f) => (await import("./demo.ts")).demo(context, f),
    {
      examples: ["offroll demo"],
    },
  ).option("--to <dir>", "where its photos go");
  return program;
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function phoneOptions(command: Command): void {
  command
    .option("--device <name>", "phone by name, UDID or serial number, when several are plugged in")
    .addOption(
      new Option("--via <way>", "how an Android phone is read: mtp, or adb when it is authorised").choices([
        "mtp",
        "adb",
        "usbmux",
      ]),
    )
    .option("--usbmux <address>", "where usbmuxd is: PATH or HOST:PORT")
    .option("--adb <address>", "where the adb server is: HOST:PORT")
    .option("--usbip <address>", "Android phones on a USB/IP server: HOST:PORT")
    .option("--debug <file>", "record every protocol message, without secrets");
}

function transferOptions(command: Command): void {
  command
    .option("--since <date>", "taken on this day or later: 2024, 2024-05, 2024-05-01, 30d")
    .option("--until <date>", "taken on this day or earlier")
    .option("--kind <kinds>", "photo, video, raw, live, portrait, panorama, screenshot, …; several with commas")
    .option("--album <name>", "in this album: Lisbon, or Trips/Lisbon; may be repeated", collect)
    .option("--favourites", "only favourites")
    .option("--person <name>", "where this person is seen; may be repeated", collect)
    .option("--camera <name>", "taken with this camera: 'iPhone 14'")
    .option("--text <words>", "in caption, title, keywords or names")
    .option("--place <where>", "taken at LAT,LON,KM or in SOUTH,WEST,NORTH,EAST")
    .option("--hidden", "hidden ones too, in a folder Hidden (a backup always takes them)")
    .option("--recently-deleted", "what was deleted lately too, in a folder Recently Deleted")
    .option("--folder <folder>", "on the phone: 100APPLE; on Android any, as /Download")
    .option("--limit <n>", "at most so many photos")
    .option("--edits <which>", "both, original, edited, or all: with the edit's recipe as .AAE (both)")
    .option("--live <which>", "of Live Photos both, still or video (both)")
    .option("--bursts <which>", "all frames, or picks (export: picks, backup: all)")
    .option("--raw <which>", "of RAW pairs both, raw or jpeg (both)")
    .option("--motion <what>", "of Motion Photos: keep them as they are, or extract the movie beside them (keep)")
    .option("--messengers", "on Android also what WhatsApp, Telegram and their kin keep in folders of their own")
    .option("--derivatives", "of what is only in iCloud, the small version on the phone, until the original comes")
    .option("--require-complete", "exit 3 when something chosen is not on the phone")
    .option("--albums-as <how>", "a folder for each album in Albums/: none, links or copies (none)")
    .option("--sidecar <format>", "a file beside each photo with its dates, place, people, albums: xmp or json")
    .option("--no-snapshot", "do not keep the phone's library in .offroll/runs")
    .option("--template <template>", "where they go; see `offroll template preview --help`")
    .option("--verify <how>", "size, hash, or reread: read every file back from the disk")
    .option("--wait <time>", "how long a lost phone is waited for: 2m")
    .option("--new-destination", "begin anew where a disk that was used before is away, or another is at its place")
    .option("--wait-for-lock", "wait for another run in the same folder")
    .option("--adopt", "compare what is there already with the phone and register it, instead of copying it again")
    .option("--target-fs <name>", "auto, ext4, apfs, ntfs, exfat or fat32: what the disk can hold")
    .option("--report <file>", "write a report: .json or .csv")
    .option("-n, --dry-run", "say what would happen; write nothing")
    .option("-y, --yes", "do not ask");
}

const topExamples = `
First steps:
  offroll devices                        is my phone seen?
  offroll export --to ~/Photos           copy its photos
  offroll backup /mnt/disk/Phone         back everything up, again and again
  offroll                                the same in the terminal, with pictures
  offroll --plain                        the same as questions and answers
  offroll demo                           try it without a phone

Exit codes: 0 complete, 1 could not run or had to stop, 2 usage, 3 finished with failures, 130 cancelled.`;

const tokenHelp = `
Tokens (fallback after a bar, as in {camera|no camera}):
  {year} {month} {day} {date} {hour} {minute} {second} {time}   local capture time
  {name} {folder} {album}    file name, folder on the phone, first album
  {make} {model} {camera} {kind} {type} {phone} {id}`;
