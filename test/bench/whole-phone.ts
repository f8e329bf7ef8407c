/**
 * How near the cable's limit a backup of a whole phone comes, beside a bare DeviceLink receiver that writes what it is sent and does
 * nothing else, and beside Debian's idevicebackup2: the same mock phone, one after the other, each round. Nothing here was seen on a
 * real phone.
 *
 *   npm run bench:phone -- [MEGABYTES of the large file, 400] [small FILES, 10000] [ROUNDS, 2]
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { mockProcess } from "../helpers/cli.ts";
import { describedPhone } from "../helpers/mock.ts";
import { links } from "./phones.ts";
import { median } from "./results.ts";

const [megabytes = "400", files = "10000", rounds = "2"] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "offroll-bench-phone-"));
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const run = promisify(execFile);

const large = [
  { domain: "MediaDomain", path: "Media/large.mov", generated: { bytes: Number(megabytes) * 1e6, seed: 1 } },
];
const small = Array.from({ length: Number(files) }, (_, i) => ({
  domain: "AppDomain-org.example",
  path: `Library/${i}.bin`,
  generated: { bytes: 500 + (i % 8000), seed: i },
}));
const rows = [
  ["a large file, USB 2", large, links["USB 2, 1 ms"]],
  ["a large file, USB 3", large, links["USB 3, 0.3 ms"]],
  [`${files} small files, USB 2`, small, links["USB 2, 1 ms"]],
] as const;

const programs = {
  bare: (to: string): [string, string[]] => [process.execPath, [join(import.meta.dirname, "bare-receiver.ts"), to]],
  idevicebackup2: (to: string): [string, string[]] => ["idevicebackup2", ["backup", to]],
  offroll: (to: string): [string, string[]] => [process.execPath, [entry, "phone", "backup", to, "--quiet"]],
} as const;
type Program = keyof typeof programs;

async function measure(program: Program, phone: string): Promise<number> {
  await using mock = await mockProcess(["--phone", phone]);
  const address = mock.address.includes(":") ? mock.address : `UNIX:${mock.address}`;
  const home = mkdtempSync(join(work, "home-"));
  const env = { PATH: process.env["PATH"], HOME: home, USBMUXD_SOCKET_ADDRESS: address };
  await run("idevicepair", ["pair"], { env });
  const to = mkdtempSync(join(work, "to-"));
  const [command, args] = programs[program](to);
  const begun = performance.now();
  await run(command, args, { env, maxBuffer: 1 << 28, timeout: 600_000 });
  const seconds = (performance.now() - begun) / 1000;
  rmSync(to, { recursive: true });
  return seconds;
}

try {
  for (const [what, entries, link] of rows) {
    const folder = join(work, what.replaceAll(" ", "-"));
    mkdirSync(folder);
    const phone = join(folder, "phone.json");
    writeFileSync(phone, JSON.stringify(describedPhone({ link, backup: { entries, cameraRoll: false } })));
    const seconds: Record<Program, number[]> = { bare: [], idevicebackup2: [], offroll: [] };
    for (let round = 0; round < Number(rounds); round += 1)
      for (const program of Object.keys(programs) as Program[]) seconds[program].push(await measure(program, phone));
    const [bare, theirs, ours] = [median(seconds.bare), median(seconds.idevicebackup2), median(seconds.offroll)];
    const share = Math.round((bare / ours) * 100);
    console.log(
      `${what}: bare ${bare.toFixed(1)} s, idevicebackup2 ${theirs.toFixed(1)} s, offroll ${ours.toFixed(1)} s: ${share} % of the bare receiver`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
