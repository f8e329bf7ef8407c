/** Debian's Firefox by WebDriver BiDi, which it speaks itself (playwright-core asks it for commands that this release has not). Source: W3C WebDriver BiDi. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = "/usr/bin/firefox-esr";
export const hasFirefox = (): boolean => existsSync(program);

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly message?: string;
}

/** One window. Dispose it to end the browser. */
export class Firefox implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 1;
  #context = "";

  private constructor(child: ChildProcess, socket: WebSocket) {
    this.#child = child;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const reply = JSON.parse(String(data)) as Reply;
      const waiting = this.#waiting.get(reply.id ?? 0);
      if (reply.message === undefined) waiting?.resolve(reply.result);
      else waiting?.reject(new Error(reply.message));
    });
  }

  static async start(): Promise<Firefox> {
    const home = mkdtempSync(join(tmpdir(), "offroll-firefox-"));
    const args = ["--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"];
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, HOME: home } });
    const at = await new Promise<string>((done, fail) => {
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk;
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
        if (found) done(found);
      });
      child.on("exit", (code) => fail(new Error(`Firefox ended with ${code}: ${said}`)));
    });
    const socket = new WebSocket(`${at}/session`);
    await new Promise((done, fail) => {
      socket.addEventListener("open", done);
      socket.addEventListener("error", () => fail(new Error("Firefox takes no connection")));
    });
    const firefox = new Firefox(child, socket);
    await firefox.#send("session.new", { capabilities: {} });
    const tree = (await firefox.#send("browsingContext.getTree", {})) as { contexts: { context: string }[] };
    firefox.#context = tree.contexts[0]?.context ?? "";
    return firefox;
  }

  async #send(method: string, params: object): Promise<unknown> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return await waiting.promise;
  }

  async size(width: number, height: number): Promise<void> {
    await this.#send("browsingContext.setViewport", { context: this.#context, viewport: { width, height } });
  }

  async go(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  /** @param expression of text, numbers and yes or no */
  async ask<T extends string | number | boolean>(expression: string): Promise<T> {
    const params = { expression, target: { context: this.#context }, awaitPromise: true };
    const { type, result, exceptionDetails } = (await this.#send("script.evaluate", params)) as {
      readonly type: string;
      readonly result?: { readonly value?: T };
      readonly exceptionDetails?: { readonly text: string };
    };
    if (type === "exception") throw new Error(`${expression}: ${exceptionDetails?.text}`);
    return result?.value as T;
  }

  /** Waits until it is so. */
  async until(expression: string): Promise<void> {
    const from = performance.now();
    while (!(await this.ask<boolean>(`Boolean(${expression})`))) {
      if (performance.now() - from > 30_000) throw new Error(`never so: ${expression}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Keys as a person presses them. @param keys one character each; see the specification for others */
  async press(...keys: readonly string[]): Promise<void> {
    const actions = keys.flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    const params = { context: this.#context, actions: [{ type: "key", id: "keyboard", actions }] };
    await this.#send("input.performActions", params);
  }

  /** Presses the button that has the keyboard. Headless, its window is never in front, and then Enter does so in no page. */
  async pressFocused(): Promise<void> {
    await this.ask("document.activeElement.click()");
  }

  async shot(file: string): Promise<void> {
    const answer = (await this.#send("browsingContext.captureScreenshot", { context: this.#context })) as {
      data: string;
    };
    writeFileSync(file, Buffer.from(answer.data, "base64"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const over = new Promise((done) => this.#child.once("exit", done));
    this.#socket.close();
    this.#child.kill("SIGTERM");
    await over;
  }
}

/** Private-use characters that stand for keys. */
export const key = { escape: "\uE00C", enter: "\uE006", right: "\uE014", left: "\uE012" } as const;
