/** Shows notices by the system's own notifications. Where there are none, the state file alone tells: nobody's photos wait for that. */
import { spawn } from "node:child_process";
import type { Host } from "../../app/host.ts";
import { findProgram } from "../../shared/program.ts";
import type { Notice } from "../events.ts";
import type { PhonePlan } from "../settings.ts";
import { noticeWords } from "./notice-words.ts";
import { notifyCommand } from "./notify-command.ts";

export interface Notifier {
  /**
   * @param name what a phone that nobody set up calls itself
   * @returns whether a notification server took it. Throws nothing.
   */
  show(notice: Notice, plan: PhonePlan | undefined, name?: string): Promise<boolean>;
}

/** A server that does not answer holds nobody. */
const timeoutMs = 10_000;

export function notifier({ env, platform }: Pick<Host, "env" | "platform">): Notifier {
  return {
    async show(notice, plan, name) {
      const { argv, env: more } = notifyCommand(platform, noticeWords(notice, plan, name));
      const [command, ...args] = argv;
      const program = findProgram(command, env["PATH"]);
      return program !== undefined && (await endsWell(program, args, { ...env, ...more }));
    },
  };
}

async function endsWell(program: string, args: readonly string[], env: Host["env"]): Promise<boolean> {
  const child = spawn(program, [...args], { env: { ...env }, stdio: "ignore", windowsHide: true, timeout: timeoutMs });
  return await new Promise((done) => {
    child.once("error", () => done(false));
    child.once("exit", (code) => done(code === 0));
  });
}
