/** Debian's Chromium, driven by playwright-core, and the built program beside it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const program = resolve(import.meta.dirname, "../../../dist/offroll.cjs");
/** Screenshots go here, to be looked at. */
export const shots = join(tmpdir(), "offroll-gallery-shots");

export interface Running extends AsyncDisposable {
  readonly url: string;
  readonly origin: string;
  /** Resident memory of the server, in MB, as the system counts it. */
  rssMb(): number;
  /** Of the processes that make pictures and indexes for it, while there are any. */
  childrenMb(): number;
  /** Both, as the system would have more of it without them: pages of the program, which all of them map, are counted once. */
  togetherMb(): number;
  /** The most it ever was. */
  peakMb(): number;
  /** Seconds of the processor that it has used. */
  cpuSeconds(): number;
  /** Ends it with Ctrl-C. @returns the exit code */
  interrupt(): Promise<number>;
}

/** `offroll gallery DIR --no-open`, as a person would start it. */
export async function startGallery(
  dirs: readonly string[],
  home = mkdtempSync(join(tmpdir(), "offroll-home-")),
): Promise<Running> {
  const env = {
    ...process.env,
    HOME: home,
    OFFROLL_CACHE_DIR: join(home, "cache"),
    OFFROLL_DATA_DIR: join(home, "data"),
    OFFROLL_CONFIG_DIR: join(home, "config"),
  };
  const child = spawn(process.execPath, ["--max-semi-space-size=4", program, "gallery", ...dirs, "--no-open"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await new Promise<string>((done, fail) => {
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk;
      if (said.includes("\n")) done(said.trim());
    });
    let complained = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complained += chunk;
    });
    child.on("exit", (code) => fail(new Error(`gallery ended with ${code}: ${complained}`)));
  });
  const stat = (): string[] => readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const children = (): number[] =>
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ").map(Number).filter(Boolean);
  return {
    url,
    origin: new URL(url).origin,
    rssMb: () => (Number(stat()[21]) * 4096) / 1e6,
    childrenMb: () => children().reduce((sum, pid) => sum + memoryOf(pid, "VmRSS"), 0),
    togetherMb: () => {
      const all = [child.pid ?? 0, ...children()];
      const own = all.reduce((sum, pid) => sum + memoryOf(pid, "RssAnon"), 0);
      return own + Math.max(...all.map((pid) => memoryOf(pid, "RssFile")));
    },
    peakMb: () => (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024) / 1e6,
    cpuSeconds: () => (Number(stat()[11]) + Number(stat()[12])) / 100,
    interrupt: async () => await ended(child, "SIGINT"),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) await ended(child, "SIGTERM");
    },
  };
}

/** In MB; nothing of one that has ended meanwhile. */
function memoryOf(pid: number, what: "VmRSS" | "RssAnon" | "RssFile"): number {
  try {
    const told = new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return (Number(told ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  const over = new Promise<number>((done) => child.once("exit", (code) => done(code ?? -1)));
  child.kill(signal);
  return await over;
}

export async function launch(): Promise<Browser> {
  mkdirSync(shots, { recursive: true });
  return await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** A window that has been let in. What goes wrong in the page fails the harness. */
export async function openPage(
  browser: Browser,
  { url }: Pick<Running, "url">,
  options: Parameters<Browser["newContext"]>[0] & { readonly hash?: string } = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  // What is waited for comes late where others work, too: only what never comes fails.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  await page.waitForSelector(".tile.there, .tile.none, .nothing");
  return { page, context, errors };
}

/** What the page did so far. */
export async function countsIn(page: Page): Promise<{ rowsBuilt: number; requests: number }> {
  return await page.evaluate(() => ({
    ...(window as never as { offroll: { counts: { rowsBuilt: number; requests: number } } }).offroll.counts,
  }));
}
