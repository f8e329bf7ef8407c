/**
 * The place under attack while backups run: rivals in namespaces of their own, folders that become links, disks that are swapped. It
 * is part of the crash harness; see there for how it is started.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { filesBelow } from "../helpers/files-below.ts";

export interface PlaceSetup {
  /** The built program. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly work: string;
  /** Hashes of all files of the phone. */
  readonly known: ReadonlyMap<string, string>;
  readonly random: () => number;
  violation(text: string): void;
  /** Whether the phone lets one program in at a time. */
  readonly heldByOne: boolean;
}

export interface PlaceCounts {
  rivals: number;
  links: number;
  swaps: number;
  refused: number;
  finished: number;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const canContain = spawnSync("unshare", ["--pid", "--uts", "--fork", "true"]).status === 0;

export async function attackPlace(setup: PlaceSetup, rounds: number): Promise<PlaceCounts> {
  const counts = { rivals: 0, links: 0, swaps: 0, refused: 0, finished: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const place = new Place(setup, join(setup.work, `place-${round}`), counts);
    const attack = [() => place.rivals(), () => place.links(), () => place.swap()][round % 3] as () => Promise<void>;
    await attack();
    await place.finish();
  }
  return counts;
}

class Place {
  readonly #setup: PlaceSetup;
  readonly #root: string;
  readonly #outside: string;
  readonly #counts: PlaceCounts;

  constructor(setup: PlaceSetup, folder: string, counts: PlaceCounts) {
    this.#setup = setup;
    this.#root = join(folder, "to");
    this.#outside = join(folder, "outside");
    this.#counts = counts;
    mkdirSync(this.#outside, { recursive: true });
    writeFileSync(join(this.#outside, "theirs"), "theirs");
  }

  /** @param name of the computer that it believes to run on */
  #start(name?: string): { child: ChildProcess; ended: Promise<Ended> } {
    const { entry, env } = this.#setup;
    const own = [process.execPath, entry, "backup", this.#root, "--json", "--verify", "hash", "--wait", "8s"];
    const command = name && canContain ? [...container(name), ...own] : own;
    const child = spawn(command[0] as string, command.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout?.on("data", (d) => {
      output += d;
    });
    child.stderr?.on("data", (d) => {
      output += d;
    });
    const ended = new Promise<Ended>((done) => child.once("close", (code) => done({ code, output })));
    return { child, ended };
  }

  /** Several at once; one of them may be killed, and its lock must not outlive it. */
  async rivals(): Promise<void> {
    const { random } = this.#setup;
    this.#counts.rivals += 1;
    const sameName = random() < 0.5;
    const runs = [];
    for (let i = 0; i < 3; i += 1) {
      runs.push(this.#start(sameName ? "box" : `box${i}`));
      await sleep(random() * 700);
    }
    if (random() < 0.5) runs[0]?.child.kill("SIGKILL");
    for (const { code, output } of await Promise.all(runs.map((r) => r.ended))) {
      // A phone on MTP is one program's at a time: the others are turned away by it, before they ask for the place.
      const byPhone = this.#setup.heldByOne && /\(device-(?:owned|busy|disconnected)\)/.test(output);
      if (code === 1 && (output.includes("destination-in-use") || byPhone)) this.#counts.refused += 1;
      else if (code !== 0 && code !== null && code !== 137)
        this.#bad(`a rival ended with ${code}: ${lastLine(output)}`);
    }
    this.#check("after rivals");
  }

  async links(): Promise<void> {
    const { random } = this.#setup;
    const { ended } = this.#start();
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await sleep(random() * 120);
      const folders = ["2024", "2024/01", "2024/02", "2024/07", ".offroll/partials", ".offroll/runs", ".offroll"];
      const inside = join(this.#root, folders[Math.floor(random() * folders.length)] as string);
      const aside = `${this.#outside}-aside`;
      if (!existsSync(inside)) continue;
      this.#counts.links += 1;
      renameSync(inside, aside);
      const isLinked = plant(this.#outside, inside);
      await sleep(random() * 60);
      if (isLinked) rmSync(inside, { force: true });
      else rmSync(inside, { recursive: true, force: true }); // made anew where it was missing for a moment
      renameSync(aside, inside);
    }
    this.#notBug(await ended, "with links planted");
    this.#check("after links");
  }

  /** At one of the phases: before the first event, at the plan, at the first bytes, in the middle, near the end. */
  async swap(): Promise<void> {
    const { random } = this.#setup;
    this.#counts.swaps += 1;
    const { child, ended } = this.#start();
    const phase = Math.floor(random() * 5);
    await Promise.race([ended, this.#reached(child, phase)]);
    const away = `${this.#root}-away`;
    if (!existsSync(this.#root)) return void (await ended);
    renameSync(this.#root, away);
    const what = Math.floor(random() * 3);
    if (what > 0) mkdirSync(join(this.#root, ".offroll"), { recursive: true });
    if (what > 1) writeFileSync(join(this.#root, ".offroll/destination.json"), '{"id":"another"}');
    const before = everything(this.#root);
    await sleep(random() < 0.5 ? 100 + random() * 2_000 : 11_000);
    const after = everything(this.#root);
    if (String(after) !== String(before)) this.#bad(`phase ${phase}: on the other disk there is ${after.join(", ")}`);
    rmSync(this.#root, { recursive: true, force: true });
    renameSync(away, this.#root);
    this.#notBug(await ended, `with the disk swapped at phase ${phase}`);
    this.#check(`after a swap at phase ${phase}`);
  }

  async #reached(child: ChildProcess, phase: number): Promise<void> {
    if (phase === 0) return await sleep(this.#setup.random() * 500);
    let items = 0;
    await new Promise<void>((done) => {
      child.stdout?.on("data", (text: Buffer) => {
        items += String(text).split('"outcome":"copied"').length - 1;
        if (phase === 1 || items >= [0, 0, 1, 60, 140][phase]!) done();
      });
    });
  }

  /** Left alone, the next run finishes the rest, and every file has one name. */
  async finish(): Promise<void> {
    const result = await this.#start().ended;
    if (result.code !== 0) this.#bad(`the run afterwards ended with ${result.code}: ${lastLine(result.output)}`);
    else this.#counts.finished += 1;
    const there = this.#check("at the end");
    if (there !== this.#setup.known.size) this.#bad(`${there} files instead of ${this.#setup.known.size}`);
    const partials = join(this.#root, ".offroll/partials");
    const left = existsSync(partials) ? readdirSync(partials) : [];
    if (left.length > 0) this.#bad(`left over: ${left.join(", ")}`);
    rmSync(join(this.#root, ".."), { recursive: true, force: true });
  }

  #check(when: string): number {
    const seen = new Set<string>();
    let count = 0;
    if (existsSync(this.#root))
      for (const path of filesBelow(this.#root)) {
        count += 1;
        const full = join(this.#root, path);
        const from = this.#setup.known.get(createHash("sha256").update(readFileSync(full)).digest("hex"));
        if (!from) this.#bad(`${when}: ${path} is not whole`);
        else if (seen.has(from)) this.#bad(`${when}: ${from} was copied twice`);
        else seen.add(from);
        if (when === "at the end" && statSync(full).nlink !== 1) this.#bad(`${path} has ${statSync(full).nlink} names`);
      }
    if (String(everything(this.#outside)) !== "theirs")
      this.#bad(`${when}: outside there is ${everything(this.#outside)}`);
    return count;
  }

  #notBug({ code, output }: Ended, when: string): void {
    if (output.includes('"internal"') || ![0, 1, 3].includes(code ?? -1))
      this.#bad(`${when}: ended with ${code}: ${lastLine(output)}`);
  }

  #bad(text: string): void {
    this.#setup.violation(`${this.#root}: ${text}`);
  }
}

function container(name: string): string[] {
  return ["unshare", "--pid", "--uts", "--fork", "--kill-child=KILL", "sh", "-c", `hostname ${name}; exec "$@"`, "sh"];
}

/** False where the program made the folder anew meanwhile. */
function plant(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch {
    return false;
  }
}

function everything(folder: string): string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.slice(0, 600) ?? "";
}
