/** A service of the user's systemd. Source: systemd.service(5), systemd.exec(5), systemd.syntax(7). */
import { join } from "node:path";
import { assertHolds, keptVariables, type Unit, type UnitOptions } from "./unit.ts";

const name = "offroll-autosave.service";

/** It gives way to whatever a person does, and starts again after a crash. Disks mounted later have to be seen: no private mounts. */
export function systemdUnit({ env, home, command }: UnitOptions): Unit {
  const folder = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "systemd", "user");
  const [program, ...args] = command;
  const lines = [
    "[Unit]",
    "Description=offroll: backs up phones when they are plugged in",
    "",
    "[Service]",
    // The watcher itself asks its runs to end: a second signal would cut them short.
    "KillMode=mixed",
    `ExecStart=${[quoted(program), ...args.map((a) => quoted(a).replaceAll("$", "$$$$"))].join(" ")}`,
    ...keptVariables(env).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`),
    ...["Restart=on-failure", "RestartSec=30", "Nice=10", "IOSchedulingClass=idle"],
    "",
    "[Install]",
    "WantedBy=default.target",
  ];
  const path = join(folder, name);
  const systemctl = ["systemctl", "--user"];
  return {
    file: { path, text: `${lines.join("\n")}\n`, encoding: "utf8" },
    on: [
      [...systemctl, "daemon-reload"],
      [...systemctl, "enable", "--now", name],
    ],
    off: [[...systemctl, "disable", "--now", name]],
    removes: [join(folder, "default.target.wants", name), path],
    afterRemoval: [[...systemctl, "daemon-reload"]],
    leftOut: [],
  };
}

/** One word, whatever is in it. A program's path takes no variables, an argument does: see the caller. */
function quoted(word: string): string {
  assertHolds(word, /\0|\p{Surrogate}/u, "systemd");
  const escaped = word
    .replace(/["\\]/g, "\\$&")
    .replaceAll("%", "%%")
    .replace(/[\x01-\x1f\x7f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}
