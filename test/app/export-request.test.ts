/** The same choices give the same run, however they were made: as flags, on the sheet, as answers, or remembered. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { defaultSettings, type ExportSettings } from "../../src/app/export-choices.ts";
import { performRun, wishesOfSheet } from "../../src/app/export-run.ts";
import { Session } from "../../src/app/session.ts";
import { unheard } from "../../src/app/voice.ts";
import { type CameraRoll, type RollItem, whyNotShown } from "../../src/library/roll.ts";
import { Decoder } from "../../src/media/index.ts";
import { CancelledError } from "../../src/shared/errors.ts";
import type { TransferOptions } from "../../src/transfer/index.ts";
import type { Action } from "../../src/ui/actions.ts";
import { Effects } from "../../src/ui/effects/effects.ts";
import { PictureStore } from "../../src/ui/pictures/picture-store.ts";
import { everyKind, libraryPhone } from "../helpers/library-phone.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { type Home, homeOf } from "../helpers/program.ts";

/** What the engine was asked for, newest last; while `isStopped`, every run ends there. */
const asked = vi.hoisted(() => ({ options: [] as unknown[], isStopped: true }));
vi.mock("../../src/transfer/transfer.ts", async (original) => {
  const real = await original<typeof import("../../src/transfer/transfer.ts")>();
  const openTransfer: typeof real.openTransfer = async (source, options) => {
    asked.options.push(options);
    if (asked.isStopped) throw new CancelledError();
    return await real.openTransfer(source, options);
  };
  return { ...real, openTransfer };
});

async function scene(): Promise<{ mock: MockSetup; home: Home; to: string }> {
  const phone = libraryPhone(everyKind());
  const mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  const home = homeOf(mock.daemon.address);
  expect((await home.run(["pair"])).code).toBe(0);
  return { mock, home, to: join(mkdtempSync(join(tmpdir(), "offroll-request-")), "photos") };
}

/** The engine's options without who is told meanwhile, as plain values. */
function valuesOf(options: TransferOptions, photos: readonly RollItem[]): Record<string, unknown> {
  const values = Object.entries({
    ...options,
    roll: undefined,
    command: undefined,
    pause: undefined,
    signal: undefined,
  })
    .filter(([, value]) => value !== undefined && typeof value !== "function")
    .map(([key, value]) => [key, value]);
  return {
    ...Object.fromEntries(values),
    template: options.template.source,
    library: options.library?.folder,
    clock: undefined,
    selection: {
      chosen: photos.filter((photo) => options.selection.verdict(photo) === "chosen").map((photo) => photo.id),
      limit: options.selection.limit,
      takesHidden: options.selection.takesHidden,
      asksForCamera: options.selection.asksForCamera,
    },
  };
}

async function byFlags(home: Home, args: readonly string[]): Promise<TransferOptions> {
  await home.run(["export", ...args]);
  return asked.options.at(-1) as TransferOptions;
}

/** The sheet's answers as plain mode asks for them: a number for each line. */
async function byAnswers(home: Home, to: string, numbers: readonly string[]): Promise<TransferOptions> {
  const fields = numbers.length === 0 ? [""] : ["no", ...numbers];
  await home.run(["--plain"], { input: ["1", to, ...fields, "yes", ""].join("\n") });
  return asked.options.at(-1) as TransferOptions;
}

/** In the terminal UI's own effects, every photo that is shown chosen by hand. */
async function onSheet(home: Home, sheet: ExportSettings): Promise<{ options: TransferOptions; roll: CameraRoll }> {
  const actions: Action[] = [];
  const pictures = new PictureStore(
    { mode: "none", depth: "256", cell: { width: 10, height: 20 } },
    new Decoder(),
    undefined,
    () => {},
  );
  const { promise: phoneSeen, resolve: seen } = Promise.withResolvers<Extract<Action, { type: "devices" }>>();
  const { promise: opened, resolve: open } = Promise.withResolvers<readonly string[]>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const dispatch = (action: Action): void => {
    actions.push(action);
    if (action.type === "devices" && action.devices.length > 0) seen(action);
    if (action.type === "opened" && !action.opened.partial) open(action.opened.items.map((item) => item.id));
    if (action.type === "finished" || action.type === "exportFailed" || action.type === "openFailed") end();
  };
  await using effects = new Effects(home.host(), dispatch, () => {}, { pictures });
  const watching = effects.watch();
  const { devices } = await phoneSeen;
  effects.run({ type: "open", device: devices[0]! });
  effects.run({ type: "startExport", settings: sheet, ids: await opened });
  await ended;
  expect(actions.filter((a) => a.type === "exportFailed" || a.type === "openFailed")).toEqual([]);
  await effects[Symbol.asyncDispose]();
  await watching;
  const options = asked.options.at(-1) as TransferOptions;
  return { options, roll: options.roll as CameraRoll };
}

/** As a program without a terminal has it: settings, a voice that nobody hears, one call. */
async function unattended(home: Home, sheet: ExportSettings): Promise<TransferOptions> {
  await using session = new Session(home.host(), {}, unheard);
  const wishes = { ...wishesOfSheet(session, sheet, {}), command: "timer" };
  await expect(performRun(session, wishes)).rejects.toThrow(CancelledError);
  return asked.options.at(-1) as TransferOptions;
}

let one: Awaited<ReturnType<typeof scene>>;
beforeAll(async () => {
  one = await scene();
});
afterAll(async () => {
  await one.mock[Symbol.asyncDispose]();
});

test.each<[string, readonly string[], Partial<ExportSettings>, readonly string[]]>([
  ["nothing", [], {}, []],
  ["the original only", ["--edits", "original"], { edits: "original" }, ["1", "2", "1", "1", "1"]],
  ["the picture of a Live Photo", ["--live", "still"], { live: "still" }, ["1", "1", "2", "1", "1"]],
  ["sidecars", ["--sidecar", "xmp"], { sidecar: "xmp" }, ["1", "1", "1", "2", "1"]],
  ["albums as links", ["--albums-as", "links"], { albumsAs: "links" }, ["1", "1", "1", "1", "2"]],
  [
    "everything at once, and names",
    ["--template", "{name}", "--edits", "all", "--live", "video", "--sidecar", "json", "--albums-as", "copies"],
    { template: "{name}", edits: "all", live: "video", sidecar: "json", albumsAs: "copies" },
    ["6", "4", "3", "3", "3"],
  ],
])("flags, the sheet, answers and a timer ask for the same: %s", async (_, flags, over, numbers) => {
  const { home, to } = one;
  const sheet = { ...defaultSettings, destination: to, ...over };
  const { options, roll } = await onSheet(home, sheet);
  const wanted = valuesOf(options, roll.items);
  expect(wanted).toMatchObject({ kind: "export", templateIsDefault: over.template === undefined, dryRun: false });
  // What Photos shows, and nothing of what it does not.
  const shown = roll.items.filter((photo) => whyNotShown(photo) === undefined).map((photo) => photo.id);
  expect(wanted["selection"]).toMatchObject({ chosen: shown, takesHidden: false });
  expect(valuesOf(await byFlags(home, [to, ...flags]), roll.items)).toEqual(wanted);
  expect(valuesOf(await byAnswers(home, to, numbers), roll.items)).toEqual(wanted);
  expect(valuesOf(await unattended(home, sheet), roll.items)).toEqual(wanted);
});

test("what was chosen is remembered as the same choices, and a relative place as where it was meant", async () => {
  const { mock, home } = await scene();
  await using _mock = mock;
  asked.isStopped = false;
  try {
    await using session = new Session(home.host(), {}, unheard);
    const sheet: ExportSettings = { ...defaultSettings, destination: "photos", edits: "original", sidecar: "xmp" };
    const wishes = { ...wishesOfSheet(session, sheet, {}), command: "timer" };
    const { summary, unremembered } = await performRun(session, wishes);
    expect([summary.ok, unremembered]).toEqual([true, []]);
    const first = asked.options.at(-1) as TransferOptions;
    expect(summary.destination).toBe(join(home.folder, "photos"));
    // From another folder, by nothing but `offroll export`.
    const again = await home.run(["export"], { cwd: tmpdir() });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("nothing new");
    const second = asked.options.at(-1) as TransferOptions;
    const compared = (options: TransferOptions) => ({ ...valuesOf(options, []), folder: options.folder.root });
    expect(compared(second)).toEqual(compared(first));
  } finally {
    asked.isStopped = true;
  }
});

test("a backup of a phone that has one begins with one call, without a terminal and without a word", async () => {
  const { mock, home, to } = await scene();
  await using _mock = mock;
  asked.isStopped = false;
  try {
    expect((await home.run(["backup", to])).code).toBe(0);
    await using session = new Session(home.host(), {}, unheard);
    const outcomes: string[] = [];
    const { summary } = await performRun(session, { kind: "backup", choices: {}, command: "timer" }, (event) => {
      if (event.type === "item") outcomes.push(event.outcome);
    });
    expect([summary.ok, summary.destination, summary.outcomes.copied.items]).toEqual([true, to, 0]);
    expect(outcomes.filter((o) => o === "present")).toHaveLength(summary.outcomes.present.items);
    expect(summary.outcomes.present.items).toBeGreaterThan(20);
  } finally {
    asked.isStopped = true;
  }
});
