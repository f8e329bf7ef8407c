/** The demo phone: a mock iPhone in a process of its own, with a usbmuxd of its own, so that nothing of the person's is touched. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { throwIfAborted } from "../shared/abort.ts";
import { DeviceError } from "../shared/errors.ts";
import type { Host } from "./host.ts";

/** A demo phone that is plugged in. Disposing it unplugs it and ends its process. */
export interface DemoPhone extends AsyncDisposable {
  /** Where its usbmuxd listens, as an address. */
  readonly address: string;
}

const startTimeoutMs = 30_000;

/**
 * @param args of `offroll mock iphone`: how it trusts, how fast its cable is, what it remembers
 * @throws {DeviceError} when it does not start
 */
export async function startDemoPhone(context: Host, args: readonly string[]): Promise<DemoPhone> {
  throwIfAborted(context.signal);
  const [command, ...self] = context.self;
  const child = spawn(command as string, [...self, "mock", "iphone", "--json", "--until-closed", ...args], {
    // Its input is ours to close, and the system closes it however this process ends.
    stdio: ["pipe", "pipe", "ignore"],
    env: context.env as NodeJS.ProcessEnv,
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const dispose = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  context.signal.addEventListener("abort", () => void child.kill(), { once: true });
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<string>((done, fail) => {
    const failed = (why: string): void =>
      fail(new DeviceError("device-not-found", `The demo phone did not start: ${why}.`));
    const timer = setTimeout(() => failed("it took too long"), startTimeoutMs);
    child.once("error", (error) => failed(error.message));
    child.once("exit", (code) => failed(`it ended with ${code}`));
    lines.once("line", (line) => {
      clearTimeout(timer);
      done((JSON.parse(line) as { address: string }).address);
    });
  });
  try {
    const address = await ready;
    return { address: address.includes("/") ? `UNIX:${address}` : address, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
