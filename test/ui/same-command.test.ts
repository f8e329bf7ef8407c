/** The command that the sheet tells does what the sheet does: both ways between choices and flags are each other's inverse. */
import { spawnSync } from "node:child_process";
import { Command } from "commander";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ExportSettings, expandHome, templates } from "../../src/app/export-choices.ts";
import { choicesOf, type ExportRequest, requestOf, type Settings } from "../../src/app/export-request.ts";
import { choicesOfFlags, type ExportFlags } from "../../src/cli/choices.ts";
import { commandTable } from "../../src/cli/command-table.ts";
import { addFlags } from "../../src/cli/flags.ts";
import type { Album } from "../../src/library/roll.ts";
import { choices } from "../../src/present/choice-words.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { groupsOf } from "../../src/ui/groups.ts";
import { toUiItem } from "../../src/ui/items.ts";
import { findChoosing, sameCommand } from "../../src/ui/same-command.ts";
import { exportIds } from "../../src/ui/selectors.ts";
import type { BrowseState, ExportState, State } from "../../src/ui/state.ts";
import { items, opened, play } from "../helpers/ui.ts";

/** As a person's shell and the program take a line apart: its words, and the flags of `export` as they are declared. */
function typed(line: string): { words: string[]; flags: ExportFlags & { to?: string; device?: string } } {
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/home/ann" };
  const { stdout, status } = spawnSync("sh", ["-c", `printf '%s\\0' ${line}`], { env, encoding: "utf8" });
  expect(status, line).toBe(0);
  const [program, name, ...words] = stdout.split("\0").slice(0, -1);
  expect([program, name]).toEqual(["offroll", "export"]);
  const row = commandTable.find(({ spec }) => spec.startsWith("export "))!;
  const command = new Command().exitOverride().argument("[dir]").option("--device <name>");
  for (const { flags } of row.flags ?? []) addFlags(command, flags);
  command.parse(words, { from: "user" });
  return { words: command.args, flags: command.opts() };
}

/** A request as plain values, without which photos. */
function withoutPhotos({ selection, template, ...rest }: ExportRequest): object {
  return { ...rest, extraFolder: undefined, template: template.source, takesHidden: selection.takesHidden };
}

const values = <K extends keyof typeof choices>(key: K) =>
  fc.constantFrom(...choices[key].map(({ value }) => value as ExportSettings[K]));
const odd = fc.constantFrom(
  "photos",
  "a b",
  "it's",
  "-x",
  "$HOME",
  "ü—é",
  '"q"',
  "*",
  "back\\slash",
  "new\nline",
  ";&|",
  "~",
);
const destinations = fc
  .array(odd, { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom("/mnt/", "~/", "./", "").map((start) => `${start}${parts.join("/")}`))
  .filter((path) => path.trim() === path);
const sheets: fc.Arbitrary<ExportSettings> = fc.record({
  destination: destinations,
  template: fc.oneof(
    fc.constantFrom(...templates),
    odd.map((text) => `{year}/x${text.replaceAll(/[\n\\"*|]/g, "")}/{name}`),
  ),
  edits: values("edits"),
  live: values("live"),
  sidecar: values("sidecar"),
  albumsAs: values("albumsAs"),
  motion: values("motion"),
  jpeg: values("jpeg"),
});

const lisbon: Album = { key: "a", title: "Lisbon", folders: ["Trips"], path: "Trips/Lisbon" };
const oddAlbum: Album = { key: "c", title: "-x 'y", folders: [], path: "-x 'y" };
const photos = items.map(({ photo }, i) => {
  const albums = [...(i < 5 ? [lisbon] : []), ...(i % 9 === 8 ? [oddAlbum] : [])];
  const people = i % 20 === 3 ? ["Ann Lee"] : [];
  return toUiItem({ ...photo!, library: { uuid: `U${i}`, favourite: i % 4 === 0, albums, people } as never });
});
const groups = await groupsOf(photos);
const browsing: BrowseState & State = { ...opened, items: photos, groups };

/** What was looked at: a group, a filter, perhaps a day chosen in it. */
const looks = fc.record({
  group: fc.nat({ max: groups.length - 1 }),
  filter: fc.constantFrom("", "canon", "lee", "IMG_00", "-x", "'", "~/x", "=y"),
  day: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
  usualTemplate: fc.constantFrom(templates[0]!, "{name}"),
  several: fc.boolean(),
});

test("the command line of a sheet is read back as that sheet, and chooses the same photos", async () => {
  let told = 0;
  const check = async (sheet: ExportSettings, look: typeof looks extends fc.Arbitrary<infer L> ? L : never) => {
    const { group, filter, day, usualTemplate, several } = look;
    const start: BrowseState & State = { ...browsing, settings: sheet, group, filter, usualTemplate, several };
    const chosen = day === undefined ? [] : ([{ type: "move", by: day }, { type: "chooseDay" }] as const);
    const asked = play([...chosen, { type: "export" }], start).state as ExportState & State;
    if (asked.screen !== "export") return; // nothing is there to export
    const choosing = await findChoosing(asked.browse);
    const { state } = play([{ type: "choosing", of: asked.browse, choosing }], asked);
    const line = sameCommand(state as ExportState);
    if (line === undefined) return;
    told += 1;
    const { words, flags } = typed(line);
    expect(words, line).toEqual([]);
    expect(flags.to, line).toBe(expandHome(sheet.destination, "/home/ann"));
    expect(flags.device, line).toBe(several ? asked.browse.phone : undefined);
    const settings: Settings = (key, flag) => flag ?? { template: usualTemplate, wait: "2m" }[key as "wait"];
    const request = requestOf(settings, "export", choicesOfFlags(flags, systemClock.now()));
    const wanted = requestOf(settings, "export", choicesOf(sheet, usualTemplate));
    expect(withoutPhotos(request), line).toEqual(withoutPhotos(wanted));
    const ids = photos.filter(({ photo }) => request.selection.verdict(photo!) === "chosen").map(({ id }) => id);
    expect(ids, line).toEqual(exportIds(asked.browse));
  };
  await fc.assert(fc.asyncProperty(sheets, looks, check), { numRuns: 150 });
  // It was no empty exercise: a third of what can be looked at has a command, whatever the seed.
  expect(told).toBeGreaterThan(10);
});
