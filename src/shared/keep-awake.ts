/**
 * Keeps the computer from sleeping while something is copied, by the system's own program. Without one, nothing happens. It holds as
 * long as a pipe of ours is open, or this process is there: however we end, the system ends it with us.
 */
import { spawn } from "node:child_process";
import { platform } from "node:os";
import { findProgram } from "./program.ts";

/** By name and arguments; all but macOS' ends when its standard input does. */
const commands: Partial<Record<NodeJS.Platform, (pid: number, why: string) => readonly [string, readonly string[]]>> = {
  linux: (_, why) => ["systemd-inhibit", ["--what=idle:sleep", "--who=offroll", `--why=${why}`, "--mode=block", "cat"]],
  darwin: (pid) => ["caffeinate", ["-i", "-w", String(pid)]],
  win32: () => [
    "powershell",
    [
      "-NoProfile",
      "-NonInteractive",
      "-Command",
      "$t=Add-Type -Name P -Namespace W -PassThru -MemberDefinition '[DllImport(\"kernel32.dll\")]public static extern uint SetThreadExecutionState(uint f);';[void]$t::SetThreadExecutionState(2147483649);[void][Console]::In.ReadToEnd()",
    ],
  ],
};

/** @param pid of the process whose run it is @param why as the system shows it: "Copying photos from a phone" */
export function keepAwake(pid: number, why: string): Disposable {
  const command = commands[platform()]?.(pid, why);
  const program = command && findProgram(command[0]);
  if (!program) return { [Symbol.dispose]() {} };
  // In a group of its own: Ctrl-C is for the run, which may take a moment to end.
  const child = spawn(program, [...command[1]], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: platform() !== "win32",
    windowsHide: true,
  });
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  child.unref();
  return {
    [Symbol.dispose]() {
      child.stdin.destroy();
      if (platform() === "darwin") child.kill();
    },
  };
}
