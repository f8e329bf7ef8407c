/** `offroll demo`: the main job from end to end, with the mock iPhone in a process of its own and nothing of the person's touched. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { DeviceError } from "../shared/errors.ts";
import type { CliContext } from "./context.ts";
import { Output } from "./output.ts";
import { transferCommand } from "./transfer-command.ts";

export interface DemoFlags {
  readonly to?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const startTimeoutMs = 30_000;
/** 1 MB/s and 1 ms a request: slow enough to watch two megabytes move. */
const slowCable = ["--rate", "1", "--latency", "1"];

export async function demo(context: CliContext, flags: DemoFlags): Promise<number> {
  const output = new Output(context, flags);
  const to = resolve(context.cwd, flags.to ?? "demo-photos");
  const own = join(to, ".offroll");
  mkdirSync(own, { recursive: true });
  const say = (text: string): void => {
    if (!output.json) output.say(text);
  };
  say("A made-up iPhone is being plugged in: a process of its own, at the end of a real socket");
  say("(and of a slow cable, so that there is something to watch).");
  await using phone = await startMock(context, join(own, "demo-phone"));
  say(`usbmuxd answers at ${phone.address}`);
  const code = await transferCommand(
    {
      ...context,
      env: {
        ...context.env,
        OFFROLL_CONFIG_DIR: own,
        OFFROLL_DATA_DIR: own,
        OFFROLL_CACHE_DIR: own,
        USBMUXD_SOCKET_ADDRESS: phone.address,
        OFFROLL_USBMUX: "",
      },
    },
    "export",
    { ...flags, yes: true },
    to,
  );
  if (code === 0) say(`\nLook into ${to}. Run it again: nothing is copied twice.`);
  return code;
}

interface RunningMock extends AsyncDisposable {
  readonly address: string;
}

/** Its Trust dialog waits for one more question before it is "tapped", which takes about a second. */
async function startMock(context: CliContext, state: string): Promise<RunningMock> {
  const [command, ...args] = context.self;
  const child = spawn(
    command as string,
    [...args, "mock", "iphone", "--trust", "pending:1", "--state", state, "--json", ...slowCable],
    { stdio: ["pipe", "pipe", "inherit"], env: context.env as NodeJS.ProcessEnv },
  );
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const dispose = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  const onAbort = (): void => void child.kill();
  context.signal.addEventListener("abort", onAbort, { once: true });
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
