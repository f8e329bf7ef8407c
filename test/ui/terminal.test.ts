/** The whole program in a real pseudo-terminal, against the mock iPhone at the cable; frames are read as a terminal shows them. */

import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { expect, test } from "vitest";
import { filesBelow } from "../../src/transfer/index.ts";
import { entry, freshHome, mockProcess } from "../helpers/cli.ts";
import { demoFiles, demoItems } from "../helpers/demo.ts";

class Terminal implements Disposable {
  readonly #screen: InstanceType<typeof headless.Terminal>;
  readonly #pty: ReturnType<typeof spawn>;
  readonly exited: Promise<number>;

  constructor(env: Record<string, string>, cols: number, rows: number) {
    this.#screen = new headless.Terminal({ cols, rows, allowProposedApi: true });
    this.#pty = spawn(process.execPath, [entry], {
      cols,
      rows,
      cwd: env["HOME"]!,
      env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", ...env },
    });
    this.#pty.onData((data) => this.#screen.write(data));
    this.exited = new Promise((done) => this.#pty.onExit(({ exitCode }) => done(exitCode)));
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#screen.resize(cols, rows);
    this.#pty.resize(cols, rows);
  }

  frame(): string {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, i) => active.getLine(active.viewportY + i)?.translateToString(true) ?? "",
    ).join("\n");
  }

  /** True in the terminal's other screen, where full-screen programs draw. */
  get alternate(): boolean {
    return this.#screen.buffer.active.type === "alternate";
  }

  async see(text: string | RegExp): Promise<string> {
    await expect
      .poll(() => this.frame(), { timeout: 15_000, interval: 30 })
      .toMatch(text instanceof RegExp ? text : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
    return this.frame();
  }

  [Symbol.dispose](): void {
    try {
      this.#pty.kill("SIGKILL");
    } catch {
      // it ended by itself
    }
  }
}

test("connect, trust, browse, choose, export: the files are on disk and the terminal is as it was", async () => {
  await using mock = await mockProcess(["--trust", "pending:1"]);
  const home = freshHome();
  const to = join(mkdtempSync(join(tmpdir(), "offroll-ui-")), "photos");
  using terminal = new Terminal({ ...home, USBMUXD_SOCKET_ADDRESS: mock.address }, 80, 24);
  await terminal.see("will ask whether to trust");
  expect(terminal.alternate).toBe(true);
  terminal.type("\r");
  await terminal.see("tap Trust");
  const browse = await terminal.see(`${demoItems} photos and videos`);
  for (const word of ["Live", "Screenshot", "103IMPRT", "2024-04-17", "Space choose"]) expect(browse).toContain(word);
  terminal.type("/"); // one after the other: what is typed next is text
  await terminal.see("/▏");
  terminal.type("canon");
  await terminal.see("/canon▏");
  terminal.type("\r");
  await terminal.see("_MG_4218.JPG");
  terminal.type("a");
  await terminal.see("7 photos and videos chosen, 7 files");
  terminal.resize(60, 20);
  await terminal.see("7 photos and videos chosen");
  terminal.type("e");
  await terminal.see("Export 7 photos and videos");
  terminal.type("\x7f".repeat(200));
  await terminal.see("To: ▏");
  terminal.type(to);
  terminal.type("\r");
  const summary = await terminal.see("Everything chosen is on this disk.");
  expect(summary).toContain("7 files");
  expect([...filesBelow(to)]).toHaveLength(7);
  terminal.type("\x1b");
  await terminal.see("Nothing chosen");
  terminal.type("q");
  expect(await terminal.exited).toBe(0);
  expect(terminal.alternate).toBe(false);
}, 60_000);

test("the cable is pulled and put back while it copies: it says so, waits and goes on", async () => {
  await using mock = await mockProcess(["--rate", "1"]);
  const home = freshHome();
  mkdirSync(join(home["HOME"]!, "Pictures"));
  using terminal = new Terminal({ ...home, USBMUXD_SOCKET_ADDRESS: mock.address }, 100, 30);
  await terminal.see("Demo iPhone");
  terminal.type("\r");
  await terminal.see(`${demoItems} photos and videos`);
  terminal.type("\r");
  await terminal.see(`Export ${demoItems} photos and videos`);
  terminal.type("\r");
  await terminal.see(new RegExp(`[1-9]\\d? of ${demoFiles} files`));
  mock.type("unplug");
  await terminal.see("Waiting");
  mock.type("plug");
  await terminal.see("Everything chosen that is on this phone is on this disk.");
  expect([...filesBelow(join(home["HOME"]!, "Pictures/offroll"))]).toHaveLength(demoFiles);
  terminal.type("\x03");
  expect(await terminal.exited).toBe(0);
}, 60_000);

test("no phone, no daemon: a calm screen that says what to do; Ctrl-C leaves the terminal as it was", async () => {
  using terminal = new Terminal({ ...freshHome(), USBMUXD_SOCKET_ADDRESS: "/nonexistent/usbmuxd" }, 80, 24);
  await terminal.see("Start the program that talks to iPhones");
  terminal.type("\x03");
  expect(await terminal.exited).toBe(0);
  expect(terminal.alternate).toBe(false);
});
