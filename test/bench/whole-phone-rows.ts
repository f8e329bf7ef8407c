/**
 * A backup of a whole phone beside a bare DeviceLink receiver that writes what it is sent and does nothing else, and beside Debian's
 * idevicebackup2: the same mock phone, one after the other, each round.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { mockProcess } from "../helpers/cli.ts";
import { describedPhone } from "../helpers/mock.ts";
import { links } from "./phones.ts";
import type { FactRow, WholeResults } from "./results.ts";

const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const run = promisify(execFile);

const programs = {
  "bare receiver": (to: string): string[] => [process.execPath, join(import.meta.dirname, "bare-receiver.ts"), to],
  idevicebackup2: (to: string): string[] => ["idevicebackup2", "backup", to],
  offroll: (to: string): string[] => [process.execPath, entry, "phone", "backup", to, "--quiet"],
} as const;
type Program = keyof typeof programs;

interface Times {
  readonly seconds: number;
  /** Of the program alone: what it takes from a machine, however busy that is. */
  readonly cpuSeconds: number;
}

/** From its start to its end. */
async function measure(program: Program, phone: string, work: string): Promise<Times> {
  await using mock = await mockProcess(["--phone", phone]);
  const address = mock.address.includes(":") ? mock.address : `UNIX:${mock.address}`;
  const home = mkdtempSync(join(work, "home-"));
  const env = { PATH: process.env["PATH"], HOME: home, USBMUXD_SOCKET_ADDRESS: address };
  await run("idevicepair", ["pair"], { env });
  const to = mkdtempSync(join(work, "to-"));
  const timed = ["-c", 'TIMEFORMAT="TIMES %R %U %S"; time "$@"', "time", ...programs[program](to)];
  const { stderr } = await run("bash", timed, { env, maxBuffer: 1 << 28, timeout: 600_000 });
  const [seconds = 0, user = 0, system = 0] = (/TIMES (\S+) (\S+) (\S+)\s*$/.exec(stderr) ?? []).slice(1).map(Number);
  rmSync(to, { recursive: true });
  return { seconds, cpuSeconds: user + system };
}

/** What is backed up, over which cable. @param megabytes of the large file @param files small ones, of 0.5 to 8.5 kB */
function loads(megabytes: number, files: number) {
  const large = [{ domain: "MediaDomain", path: "Media/large.mov", generated: { bytes: megabytes * 1e6, seed: 1 } }];
  const small = Array.from({ length: files }, (_, i) => ({
    domain: "AppDomain-org.example",
    path: `Library/${i}.bin`,
    generated: { bytes: 500 + (i % 8000), seed: i },
  }));
  return [
    { what: `a file of ${megabytes} MB`, link: "USB 2, 1 ms", entries: large },
    { what: `a file of ${megabytes} MB`, link: "USB 3, 0.3 ms", entries: large },
    { what: `${files.toLocaleString("en")} small files`, link: "USB 2, 1 ms", entries: small },
  ] as const;
}

/** @param onRow told each row when it is there @param only a part of a row's name, where not all are wanted */
export async function measureWholePhone(
  { megabytes, files, rounds, only = "" }: { megabytes: number; files: number; rounds: number; only?: string },
  onRow: (row: FactRow) => void,
): Promise<WholeResults> {
  const work = mkdtempSync(join(tmpdir(), "offroll-bench-phone-"));
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const rows: FactRow[] = [];
  try {
    for (const { what, link, entries } of loads(megabytes, files)) {
      if (!`${what}, ${link}`.includes(only)) continue;
      const phone = join(work, "phone.json");
      writeFileSync(
        phone,
        JSON.stringify(describedPhone({ link: links[link], backup: { entries, cameraRoll: false } })),
      );
      const seen = new Map<Program, Times[]>();
      for (let round = 0; round < rounds; round += 1)
        for (const program of Object.keys(programs) as Program[])
          seen.set(program, [...(seen.get(program) ?? []), await measure(program, phone, work)]);
      for (const [program, times] of seen) {
        const name = `${what}, ${link}: ${program}`;
        rows.push({ what: name, unit: "s", values: times.map(({ seconds }) => seconds) });
        rows.push({ what: `${name}, its processor time`, unit: "s", values: times.map((t) => t.cpuSeconds) });
        for (const row of rows.slice(-2)) onRow(row);
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const load = [loadBefore, loadavg()[0] ?? Number.NaN] as const;
  return { date: new Date().toISOString().slice(0, 10), load, rounds, rows };
}
