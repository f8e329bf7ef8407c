/** Keeps the computer from sleeping while photos are copied, by the system's own program. Without one, nothing happens. */
import { spawn } from "node:child_process";
import { platform } from "node:os";
import { kill } from "node:process";

const commands: Partial<Record<NodeJS.Platform, (pid: number) => readonly [string, readonly string[]]>> = {
  linux: () => [
    "systemd-inhibit",
    ["--what=idle:sleep", "--who=offroll", "--why=Copying photos from a phone", "--mode=block", "sleep", "infinity"],
  ],
  darwin: (pid) => ["caffeinate", ["-i", "-w", String(pid)]],
  win32: () => [
    "powershell",
    [
      "-NoProfile",
      "-Command",
      "$t=Add-Type -Name P -Namespace W -PassThru -MemberDefinition '[DllImport(\"kernel32.dll\")]public static extern uint SetThreadExecutionState(uint f);';[void]$t::SetThreadExecutionState(2147483649);Start-Sleep -Seconds 2147483",
    ],
  ],
};

/** @param pid of the process whose run it is */
export function keepAwake(pid: number): Disposable {
  const command = commands[platform()]?.(pid);
  if (!command) return { [Symbol.dispose]() {} };
  const child = spawn(command[0], [...command[1]], { stdio: "ignore", detached: platform() !== "win32" });
  child.on("error", () => {});
  child.unref();
  return {
    [Symbol.dispose]() {
      if (child.pid === undefined || child.exitCode !== null) return;
      try {
        // The whole group: systemd-inhibit leaves its own child running otherwise.
        if (platform() === "win32") child.kill();
        else signalGroup(child.pid);
      } catch {
        // It ended by itself.
      }
    },
  };
}

function signalGroup(pid: number): void {
  kill(-pid, "SIGTERM");
}
