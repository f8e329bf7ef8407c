/** Run logs tell what happened and stay small; old ones are packed by a rule that keeps everything they tell. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../../src/transfer/catalog/catalog.ts";
import { readPast } from "../../src/transfer/logs/past-runs.ts";
import { packOldLogs, type RunLogLine } from "../../src/transfer/logs/run-log.ts";
import { Selection } from "../../src/transfer/plan/index.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { generated, startMock } from "../helpers/mock.ts";
import { logLines, runsOf } from "../helpers/runs-of.ts";

const photo = (n: number): string => `/DCIM/100APPLE/IMG_${String(n).padStart(4, "0")}.JPG`;
const many = 200;

async function itemsOf(to: string, runId: string): Promise<{ path: string; outcome: string; reason?: string }[]> {
  const lines = (await logLines(join(to, ".offroll"))).filter((l) => l.runId === runId).map((l) => l.line);
  return lines.filter((l) => l.type === "item");
}

test("a run with nothing new leaves a few lines, however many files there are", async () => {
  await using mock = await startMock({ files: Array.from({ length: many }, (_, i) => generated(photo(i), 100)) });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "to");
  const first = await exportOnce(source, to);
  expect(await itemsOf(to, first.summary.runId)).toHaveLength(many);
  const again = await exportOnce(source, to);
  expect(again.summary.outcomes.present.items).toBe(many);
  // The events themselves are told to whoever listens.
  expect(again.events.filter((e) => e.type === "item")).toHaveLength(many);
  expect(await itemsOf(to, again.summary.runId)).toEqual([]);
  expect(statSync(join(to, ".offroll", "runs", `${again.summary.runId}.jsonl`)).size).toBeLessThan(4_000);
});

test("what is left out is told once, and again when the reason is another", async () => {
  const phone = libraryPhone({
    assets: [
      asset({ filename: "IMG_0001.JPG" }),
      asset({ filename: "IMG_0002.JPG", original: "cloud", originalSize: 9_000 }),
      asset({ filename: "IMG_0003.JPG", hidden: true }),
    ],
  });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "to");
  const library = libraryOptions();
  const reasons = async (selection: Selection): Promise<(string | undefined)[]> => {
    const { summary } = await exportOnce(source, to, { library, selection });
    return (await itemsOf(to, summary.runId)).map((i) => i.reason ?? i.outcome);
  };
  expect((await reasons(new Selection({ since: "2030" }))).sort()).toEqual(["filtered", "filtered", "filtered"]);
  expect((await reasons(new Selection())).sort()).toEqual(["copied", "hidden", "icloud-only"]);
  expect(await reasons(new Selection())).toEqual([]);
  // That others were chosen is no news of a photo that was met.
  expect(await reasons(new Selection({ since: "2030" }))).toEqual([]);
  expect(await reasons(new Selection({ hidden: true }))).toEqual(["copied"]);
  expect(await reasons(new Selection())).toEqual(["hidden"]);
});

test("a catalog that is rebuilt from such logs is the one that was lost, moved files and all", async () => {
  await using mock = await startMock({ files: Array.from({ length: 5 }, (_, i) => generated(photo(i), 100 + i)) });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "to");
  await exportOnce(source, to);
  renameSync(join(to, "2024/05/IMG_0003.JPG"), join(to, "best.jpg"));
  await exportOnce(source, to);
  await exportOnce(source, to);
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
  const inCatalog = catalog.items.rows({ state: "done" }).map((r) => [r.path, r.target, r.sha256]);
  const inLogs = [...(await readPast(runsOf(join(to, ".offroll")))).copies()].map((c) => [
    c.item.path,
    c.target,
    c.sha256,
  ]);
  expect(inLogs.sort()).toEqual(inCatalog.sort());
  expect(inLogs.map((r) => r[1])).toContain("best.jpg");
});

const day = 86_400_000;
const phones = ["phone-a", "phone-b"];

/** Logs of half a year as earlier versions wrote them: a line for every file, every night. */
function oldLogs(): { metadata: string; runs: string } {
  const metadata = mkdtempSync(join(tmpdir(), "offroll-logs-"));
  const runs = join(metadata, "runs");
  mkdirSync(runs);
  for (let night = 0; night < 180; night += 1) {
    const at = Date.UTC(2025, 0, 1, 3) + night * day;
    const runId = `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z-${night.toString(16).padStart(4, "0")}`;
    writeFileSync(
      join(runs, `${runId}.jsonl`),
      nightly(night, runId, at)
        .map((l) => `${JSON.stringify(l)}\n`)
        .join(""),
    );
  }
  return { metadata, runs };
}

function nightly(night: number, runId: string, at: number): RunLogLine[] {
  const device = phones[night % 2] as string;
  const lines: RunLogLine[] = [
    {
      type: "run",
      v: 1,
      runId,
      startedAt: new Date(at).toISOString(),
      command: "offroll backup",
      device: { id: device, name: device, model: "" },
    },
  ];
  for (let n = 0; n < 20 + night; n += 1) {
    const isNew = n >= 18 + night;
    const target = n === 5 && night > 100 ? "renamed.jpg" : `2025/${photo(n).slice(-12)}`;
    lines.push({
      type: "item",
      path: photo(n),
      outcome: n === 7 ? "failed" : n === 8 ? "skipped" : isNew ? "copied" : "present",
      ...(n === 7 ? { reason: night % 60 < 30 ? "item-denied" : "item-gone" } : {}),
      ...(n === 8 ? { reason: night < 90 ? "icloud-only" : "missing" } : {}),
      sizeBytes: 100 + n,
      createdMs: n,
      modifiedMs: n,
      ...(n === 7 || n === 8 ? {} : { target, sha256: createHash("sha256").update(`${device}-${n}`).digest("hex") }),
      ...(n === 6 && night > 50 ? { uuid: "U-6", role: "original" as const } : {}),
    });
  }
  if (night % 10 === 3) lines.push({ type: "made", target: `Albums/${night}`, mark: "m" });
  if (night % 20 === 13) lines.push({ type: "gone", target: `Albums/${night - 10}` });
  lines.push(summary(runId, night));
  return lines;
}

function summary(runId: string, night: number): RunLogLine {
  const none = { items: 0, bytes: 0 };
  return {
    type: "summary",
    runId,
    ok: false,
    knownFailures: night % 30 > 1 ? 1 : 0,
    outcomes: { copied: none, present: none, skipped: none, failed: { items: 1, bytes: 0 }, cancelled: none },
    seconds: night,
  } as unknown as RunLogLine;
}

/** Everything that logs are asked for. */
async function tells(metadata: string): Promise<unknown> {
  const past = await readPast(runsOf(metadata));
  const why = new Map<string, string[]>();
  let device = "";
  for (const { runId, line } of await logLines(metadata)) {
    if (line.type === "run") device = line.device.id;
    if (line.type !== "item" || line.outcome === "present") continue;
    const told = why.get(`${device} ${line.path}`) ?? [];
    const news = `${line.outcome} ${line.reason}`;
    if (line.outcome === "skipped" && told.at(-1)?.endsWith(news)) continue;
    why.set(`${device} ${line.path}`, [...told, `${runId} ${news}`]);
  }
  return {
    copies: [...past.copies()].map((c) => [c.header.device.id, c.item.path, c.target, c.sha256, c.item.uuid]),
    runs: past.runs,
    made: [...past.made],
    failures: [...past.failures()],
    devices: [...past.devices()],
    why,
  };
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test("months that are over are packed: what logs tell is the same, in a fraction of the room", async () => {
  const { metadata, runs } = oldLogs();
  const before = await tells(metadata);
  const size = bytesIn(runs);
  await packOldLogs(runsOf(metadata), Date.UTC(2025, 6, 2));
  expect(
    readdirSync(runs)
      .filter((n) => n.endsWith(".gz"))
      .sort(),
  ).toEqual(["2025-01.jsonl.gz", "2025-02.jsonl.gz", "2025-03.jsonl.gz", "2025-04.jsonl.gz", "2025-05.jsonl.gz"]);
  expect(
    readdirSync(runs)
      .filter((n) => n.endsWith(".jsonl"))
      .every((n) => n.startsWith("202506")),
  ).toBe(true);
  expect(await tells(metadata)).toEqual(before);
  expect(bytesIn(runs)).toBeLessThan(size / 3);
  await packOldLogs(runsOf(metadata), Date.UTC(2026, 0, 1));
  expect(await tells(metadata)).toEqual(before);
  expect(bytesIn(runs)).toBeLessThan(size / 20);
});

test("a month is packed when it has been over for 31 days, and not before", async () => {
  const { metadata, runs } = oldLogs();
  await packOldLogs(runsOf(metadata), Date.UTC(2025, 1, 1) + 31 * day - 1);
  expect(readdirSync(runs).some((n) => n.endsWith(".gz"))).toBe(false);
  await packOldLogs(runsOf(metadata), Date.UTC(2025, 1, 1) + 31 * day);
  expect(readdirSync(runs).filter((n) => n.endsWith(".gz"))).toEqual(["2025-01.jsonl.gz"]);
});

test("a crash between packing a month and taking its logs away tells nothing twice, and is mended by the next run", async () => {
  const { metadata, runs } = oldLogs();
  const before = await tells(metadata);
  const logs = readdirSync(runs).filter((n) => n.startsWith("202501"));
  const kept = logs.map((n) => [n, readFileSync(join(runs, n))] as const);
  const now = Date.UTC(2025, 2, 10);
  await packOldLogs(runsOf(metadata), now);
  for (const [name, bytes] of kept.slice(3)) writeFileSync(join(runs, name), bytes);
  writeFileSync(join(runs, "2025-02.jsonl.gz.part"), "of a run that was killed");
  expect(await tells(metadata)).toEqual(before);
  await packOldLogs(runsOf(metadata), now);
  expect(readdirSync(runs).filter((n) => n.startsWith("202501") || n.endsWith(".part"))).toEqual([]);
  expect(await tells(metadata)).toEqual(before);
});

test("a log that comes late joins its month; a month that cannot be read is left alone, and so are its logs", async () => {
  const { metadata, runs } = oldLogs();
  const before = await tells(metadata);
  const [late] = readdirSync(runs) as [string];
  const bytes = readFileSync(join(runs, late));
  const now = Date.UTC(2025, 2, 10);
  await packOldLogs(runsOf(metadata), now);
  expect(existsSync(join(runs, late))).toBe(false);
  writeFileSync(join(runs, late), bytes);
  writeFileSync(join(runs, "2025-01.jsonl.gz"), "not gzip");
  await packOldLogs(runsOf(metadata), now);
  expect(readFileSync(join(runs, "2025-01.jsonl.gz"), "utf8")).toBe("not gzip");
  expect(existsSync(join(runs, late))).toBe(true);
  expect(before).toBeDefined();
});

test("what is no log of ours is neither packed nor taken away", async () => {
  const { metadata, runs } = oldLogs();
  const others: Record<string, string> = {
    "20250105T030000Z-ffff.jsonl": "not a log\n",
    "20250106T030000Z-ffff.jsonl": `${JSON.stringify({ type: "run", v: 1, runId: "another" })}\n`,
    "notes.jsonl": "mine\n",
    "20250105T030000Z-0001.library-0011223344556677.jsonl.gz": "a library",
  };
  for (const [name, text] of Object.entries(others)) writeFileSync(join(runs, name), text);
  await packOldLogs(runsOf(metadata), Date.UTC(2026, 0, 1));
  for (const [name, text] of Object.entries(others)) expect(readFileSync(join(runs, name), "utf8")).toBe(text);
});
