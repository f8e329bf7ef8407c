/**
 * How the terminal UI feels, measured in a pseudo-terminal on a phone of 50,000 photos, with the package installed as npm installs
 * it: time to the first frame beside `node -e 0`, time to the first photos, and from a key to the screen while pictures load, and
 * while an export runs as well, beside a program that only echoes.
 *
 *   npm run bench:ui
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import { encodeJpeg } from "../../fixtures/make/encode.ts";
import { writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { mockProcess } from "../helpers/cli.ts";
import { describedPhone } from "../helpers/mock.ts";

const photos = Number(process.argv[2] ?? 50_000);
const starts = 15;
const keys = 200;
const work = mkdtempSync(join(tmpdir(), "offroll-bench-ui-"));
const entry = installed();

/** The entry file of the package, packed and installed beside nothing else. */
function installed(): string {
  const root = resolve(import.meta.dirname, "../..");
  const run = (...args: string[]): string => execFileSync("npm", args, { cwd: root, encoding: "utf8" });
  const tarball = run("pack", "--silent", "--ignore-scripts", "--pack-destination", work).trim();
  const prefix = join(work, "installed");
  run("install", "--silent", "--no-audit", "--no-fund", "--prefix", prefix, join(work, tarball));
  return join(prefix, "node_modules/offroll/dist/offroll.cjs");
}

function phoneFile(): string {
  writeFileSync(join(work, "thumb.jpg"), encodeJpeg(drawScene("lake", 1, 360, 270), 70));
  const modified = "2024-05-01T10:00:00Z";
  const files: FileDescription[] = [];
  const assets = Array.from({ length: photos }, (_, i) => {
    const path = `/DCIM/${100 + Math.floor(i / 1000)}APPLE/IMG_${String(i % 10_000).padStart(4, "0")}.HEIC`;
    files.push({ path, modified, generated: { bytes: 2_500_000, seed: i } });
    files.push({ path: `/PhotoData/Thumbnails/V2${path}/5005.JPG`, modified, file: "thumb.jpg" });
    return {
      uuid: uuidFrom(i),
      directory: dirname(path).slice(1),
      filename: basename(path),
      kind: "photo" as const,
      created: Date.UTC(2018, 0, 1) / 1000 + i * 3600,
      zone: { offset: 3600 },
      width: 4032,
      height: 3024,
      originalFilename: basename(path),
      originalSize: 2_500_000,
      camera: { make: "Apple", model: "iPhone 14 Pro", lens: "back camera" },
    };
  });
  writePhotosLibrary(join(work, "Photos.sqlite"), { assets }, generations.at(-1) as Generation, { inWal: 0.01 });
  for (const suffix of ["", "-wal"])
    files.push({ path: `/PhotoData/Photos.sqlite${suffix}`, file: `Photos.sqlite${suffix}`, modified });
  const link = { latencyMs: 1, serviceMs: 0.05, bytesPerSecond: 35_000_000 };
  const file = join(work, "phone.json");
  writeFileSync(file, JSON.stringify(describedPhone({ files, link })));
  return file;
}

class Session {
  readonly #pty: ReturnType<typeof spawn>;
  #text = "";
  #lastData = 0;
  #waiting: (() => void) | undefined;
  readonly startedAt = performance.now();

  constructor(args: readonly string[], env: Record<string, string>) {
    this.#pty = spawn(process.execPath, [...args], {
      cols: 120,
      rows: 34,
      env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", COLORTERM: "truecolor", ...env },
    });
    this.#pty.onData((data) => {
      this.#text = (this.#text + data).slice(-200_000);
      this.#lastData = performance.now();
      this.#waiting?.();
    });
  }

  /** Milliseconds from `from` until this text was drawn. */
  async until(text: string, from = this.startedAt): Promise<number> {
    while (!this.#text.includes(text)) await this.#data(20_000);
    return this.#lastData - from;
  }

  async #data(timeoutMs: number): Promise<boolean> {
    return await new Promise((done) => {
      const timer = setTimeout(() => done(false), timeoutMs);
      this.#waiting = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
        done(true);
      };
    });
  }

  async press(key: string): Promise<number> {
    this.#text = "";
    const from = performance.now();
    this.#pty.write(key);
    await this.#data(2_000);
    return performance.now() - from;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  end(): void {
    this.#pty.kill("SIGKILL");
  }
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] as number;
}

const show = (what: string, values: readonly number[]): void =>
  console.log(
    `${what.padEnd(52)} median ${percentile(values, 0.5).toFixed(0).padStart(5)} ms   p95 ${percentile(values, 0.95).toFixed(0).padStart(5)} ms   n=${values.length}`,
  );

async function startUps(home: string): Promise<void> {
  const [ui, empty]: [number[], number[]] = [[], []];
  for (let i = 0; i <= starts; i += 1) {
    const session = new Session([entry], { HOME: home, USBMUXD_SOCKET_ADDRESS: join(work, "none") });
    const first = await session.until("offroll");
    session.end();
    const control = new Session(["-e", "console.log('done')"], { HOME: home });
    const nothing = await control.until("done");
    control.end();
    // The first start fills Node's compile cache.
    if (i > 0) {
      ui.push(first);
      empty.push(nothing);
    }
  }
  show("start of offroll to its first frame", ui);
  show("start of node -e to its first line", empty);
}

/** Files that the export has written. */
function copied(home: string): number {
  const found = readdirSync(join(home, "offroll-photos"), { recursive: true, encoding: "utf8" });
  return found.filter((name) => name.endsWith(".HEIC")).length;
}

async function moves(session: Session): Promise<number[]> {
  const moved: number[] = [];
  for (let i = 0; i < keys; i += 1) {
    // Ever new pictures come while it moves.
    moved.push(await session.press(i % 10 === 9 ? "\u001b[6~" : "j"));
    await wait(40);
  }
  return moved;
}

async function latencies(home: string): Promise<void> {
  await using mock = await mockProcess(["--phone", phoneFile()]);
  const env = { HOME: home, USBMUXD_SOCKET_ADDRESS: mock.address };
  for (const run of ["first time", "library already copied"]) {
    const session = new Session([entry], env);
    await session.until("Test iPhone");
    // It opens by itself.
    const from = performance.now();
    const first = await session.until("IMG_", from);
    await session.until("Nothing chosen", from);
    console.log(
      `${run}: first photos after ${first.toFixed(0)} ms, all ${photos} after ${(performance.now() - from).toFixed(0)} ms (Trust answered at once)`,
    );
    if (run !== "first time") {
      await wait(500);
      show("key to screen, pictures loading", await moves(session));
      // What was taken lately, because all of them would need 125 GB; looked at meanwhile are all.
      for (const key of ["\t", "j", "e"]) await session.press(key);
      await session.until("Where to");
      session.type("\r");
      await wait(500);
      for (const key of ["b", "k", "\t"]) await session.press(key);
      while (copied(home) === 0) await wait(100);
      const [before, moved] = [copied(home), await moves(session)];
      if (copied(home) <= before) throw new Error("nothing was copied meanwhile");
      show("key to screen, pictures loading and an export running", moved);
      show("key to screen, a program that only echoes, meanwhile", await echoes(home));
    }
    session.end();
  }
  show("key to screen, a program that only echoes", await echoes(home));
}

async function echoes(home: string): Promise<number[]> {
  const script = "process.stdin.setRawMode(true); process.stdin.pipe(process.stdout); console.log('up')";
  const echo = new Session(["-e", script], { HOME: home });
  await echo.until("up");
  const echoed: number[] = [];
  for (let i = 0; i < keys; i += 1) {
    echoed.push(await echo.press("j"));
    await wait(40);
  }
  echo.end();
  return echoed;
}

const home = mkdtempSync(join(tmpdir(), "offroll-bench-home-"));
await startUps(home);
await latencies(home);
process.exit();
