/** The demo phone for the UI: a mock iPhone in a process of its own, with a usbmuxd of its own. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { CliContext } from "../cli/context.ts";
import { DeviceError } from "../shared/errors.ts";

export interface DemoPhone extends AsyncDisposable {
  /** Where its usbmuxd listens. */
  readonly address: string;
}

/** @throws {DeviceError} when it does not start */
export async function startDemoPhone(context: CliContext): Promise<DemoPhone> {
  const [command, ...args] = context.self;
  const child = spawn(command as string, [...args, "mock", "iphone", "--trust", "pending:2", "--json"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: context.env as NodeJS.ProcessEnv,
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const line = await new Promise<string | undefined>((done) => {
    createInterface({ input: child.stdout }).once("line", done);
    child.once("error", () => done(undefined));
    child.once("exit", () => done(undefined));
  });
  if (line === undefined) throw new DeviceError("device-not-found", "The demo phone did not start.");
  const { address } = JSON.parse(line) as { address: string };
  return {
    address: address.includes("/") ? `UNIX:${address}` : address,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
