/**
 * The pages of docs/ that are made from the program itself, so that they cannot fall behind, and the linter's fences, made from
 * test/fences.ts. `test/docs.test.ts` holds them.
 *
 *   npm run docs
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputFlags } from "../../src/cli/command-flags.ts";
import { commandTable, connection, parents } from "../../src/cli/command-table.ts";
import { type Flag, type FlagTable, spelling } from "../../src/cli/flags.ts";
import { type ErrorCode, remedies } from "../../src/shared/errors.ts";
import { readResults, speedPage } from "../../test/bench/speed-page.ts";
import { arrowsPart } from "./arrows.ts";
import { type Meaning, meanings } from "./error-meanings.ts";
import { lintFences } from "./lint.ts";

const docs = join(import.meta.dirname, "..");
/** Extended by biome.json. */
const lintFile = join(docs, "../test/fences.biome.json");
const biome = join(docs, "../node_modules/@biomejs/biome/bin/biome");
const note = (source: string): string => `<!-- Made by \`npm run docs\` from ${source}: change it there. -->`;

export function errorsPage(): string {
  const parts = new Map<Meaning["part"], string[]>();
  for (const [code, { part, meaning, exit }] of Object.entries(meanings)) {
    const rows = parts.get(part) ?? ["| code | means | what to do | exit |", "| --- | --- | --- | --- |"];
    const remedy = remedies[code as ErrorCode].replaceAll("|", "\\|");
    parts.set(part, [...rows, `| \`${code}\` | ${meaning} | ${remedy} | ${exit} |`]);
  }
  return page([
    note("docs/make/error-meanings.ts and src/shared/errors.ts"),
    "# Errors",
    "Every error has a stable code: it stands in brackets behind the message, and as `error.code` in `--json`. A better remedy than the general one below is printed where one is known.",
    "Exit codes: 0 complete · 1 could not run or had to stop · 2 usage · 3 finished, with failures · 130 stopped by a person or a signal. A row with exit 3 costs that item; the run goes on without it.",
    ...[...parts].map(([part, rows]) => `## ${part}\n\n${rows.join("\n")}`),
  ]);
}

export function cliPage(): string {
  const groups = new Map<string, string[]>();
  for (const row of commandTable) {
    const parent = parents[row.spec.split(" ")[0] ?? ""];
    const group = parent?.group ?? row.group;
    groups.set(group, [...(groups.get(group) ?? []), commandSection(row)]);
  }
  return page([
    note("src/cli/command-table.ts and src/cli/flags.ts"),
    "# Commands",
    "`offroll` alone opens the terminal UI; `offroll --plain` asks the same in plain questions. `offroll COMMAND --help` prints what is below for one command.",
    ...[...groups].map(([group, sections]) => `## ${group.replace(/:$/, "")}\n\n${sections.join("\n\n")}`),
    `## Flags of every command\n\n${flagTable(outputFlags)}`,
    `## Flags of every command that reaches for a phone\n\n${flagTable(connection.flags)}`,
  ]);
}

function commandSection(row: (typeof commandTable)[number]): string {
  const lines = [`### \`offroll ${row.spec}\``, `${row.about.charAt(0).toUpperCase()}${row.about.slice(1)}.`];
  for (const { heading, flags } of row.flags ?? []) lines.push(`**${heading.replace(/:$/, "")}**`, flagTable(flags));
  lines.push(`\`\`\`\n${row.examples.map((e) => e.trim()).join("\n")}\n\`\`\``);
  return lines.join("\n\n");
}

function flagTable(flags: FlagTable): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .map(([key, flag]) => `| \`${spelling(key, flag)}\` | ${described(flag)} |`);
  return ["| flag | |", "| --- | --- |", ...rows].join("\n");
}

function described({ about, otherwise, choices }: Flag): string {
  const extra = [
    ...(choices ? [`one of ${choices.join(", ")}`] : []),
    ...(otherwise === undefined ? [] : [`default: ${otherwise}`]),
  ];
  return `${about}${extra.length > 0 ? ` (${extra.join("; ")})` : ""}`.replaceAll("|", "\\|");
}

function page(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}

/** A page that is written by hand but for one part, which stands between two comments. */
function withPart(name: string, part: string, made: string): string {
  const [begin, end] = [`<!-- ${part}: made by \`npm run docs\` -->`, `<!-- end of ${part} -->`];
  const text = readFileSync(join(docs, name), "utf8");
  const [before, rest = ""] = text.split(begin);
  return `${before}${begin}\n\n${made}\n\n${end}${rest.slice(rest.indexOf(end) + end.length)}`;
}

/** Every generated page, by its name in docs/. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ["errors.md", errorsPage()],
    ["cli.md", cliPage()],
    ["dev/architecture.md", withPart("dev/architecture.md", "arrows", arrowsPart(join(docs, "..")))],
    ["benchmarks.md", page([note("test/bench/results.json"), "# Benchmarks", speedPage(readResults())])],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of pages()) writeFileSync(join(docs, name), text);
  writeFileSync(lintFile, JSON.stringify(lintFences()));
  execFileSync(process.execPath, [biome, "format", "--write", lintFile], { stdio: "ignore" });
}
