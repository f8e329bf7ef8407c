/** `offroll demo`: the main job from end to end, with the mock iPhone in a process of its own and nothing of the person's touched. */

import { join, resolve } from "node:path";
import { startDemoPhone } from "../../app/demo-phone.ts";
import type { Host } from "../../app/host.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { inspectDestination, openPlace } from "../../transfer/destination/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, demoFlags } from "../command-flags.ts";
import { Output } from "../output.ts";
import { transferCommand } from "./transfer.ts";

/** 1 MB/s and 1 ms a request: slow enough to watch two megabytes move. */
const slowCable = ["--rate", "1", "--latency", "1"];

type DemoFlags = CommandFlags<typeof demoFlags>;

export async function demo(context: Host, flags: DemoFlags): Promise<number> {
  const output = new Output(context, flags);
  const to = resolve(context.cwd, flags.to ?? "demo-photos");
  // As for every destination: at most its last folder is made.
  const { catalog } = openPlace(await inspectDestination(to, context.cwd)).metadata;
  const own = catalog.folder as string; // a folder of this computer has one
  makeFoldersSync(own, 0o700);
  const say = (text: string): void => {
    if (!output.json) output.say(text);
  };
  say("A made-up iPhone is being plugged in: a process of its own, at the end of a real socket");
  say("(and of a slow cable, so that there is something to watch).");
  // Its Trust dialog waits for one more question before it is "tapped", which takes about a second.
  const script = ["--trust", "pending:1", "--state", join(own, "demo-phone"), ...slowCable];
  await using phone = await startDemoPhone(context, script);
  say(`usbmuxd answers at ${phone.address}`);
  const demonstration: Host = {
    ...context,
    env: {
      ...context.env,
      OFFROLL_CONFIG_DIR: own,
      OFFROLL_DATA_DIR: own,
      OFFROLL_CACHE_DIR: own,
      USBMUXD_SOCKET_ADDRESS: phone.address,
      OFFROLL_USBMUX: "",
      OFFROLL_VIA: "usbmux",
    },
  };
  await trust(demonstration, flags);
  const code = await transferCommand(demonstration, "export", { ...flags, to, yes: true }, to);
  if (code === 0) say(`\nLook into ${to}. Run the demo again: nothing is copied twice.`);
  return code;
}

/** Also where nobody sits at a terminal: this phone taps Trust by itself. */
async function trust(context: Host, flags: DemoFlags): Promise<void> {
  await using session = new CliSession(context, flags);
  const hub = session.hub();
  await session.ensureTrust(hub, await session.choose(hub));
}
