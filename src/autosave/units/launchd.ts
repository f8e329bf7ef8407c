/** An agent of macOS's launchd. Source: launchd.plist(5), launchctl(1). Never tried on a Mac. */
import { join } from "node:path";
import { keptVariables, type Unit, type UnitOptions, xml } from "./unit.ts";

const label = "offroll.autosave";

/** It gives way to whatever a person does, and starts again after a crash. */
export function launchdUnit({ env, home, command, user }: UnitOptions): Unit {
  const path = join(home, "Library", "LaunchAgents", `${label}.plist`);
  const variables = keptVariables(env).map(([name, value]) => `${key(name)}${string(value)}`);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0"><dict>',
    `${key("Label")}${string(label)}`,
    `${key("ProgramArguments")}<array>${command.map(string).join("")}</array>`,
    `${key("EnvironmentVariables")}<dict>${variables.join("")}</dict>`,
    `${key("RunAtLoad")}<true/>`,
    `${key("KeepAlive")}<dict>${key("SuccessfulExit")}<false/></dict>`,
    `${key("ThrottleInterval")}<integer>30</integer>`,
    `${key("ProcessType")}${string("Background")}`,
    `${key("LowPriorityIO")}<true/>`,
    "</dict></plist>",
  ];
  const domain = `gui/${user.id}`;
  const off = ["launchctl", "bootout", `${domain}/${label}`];
  return {
    file: { path, text: `${lines.join("\n")}\n`, encoding: "utf8" },
    on: [["launchctl", "bootstrap", domain, path]],
    off: [off],
    removes: [path],
    afterRemoval: [],
    leftOut: [],
  };
}

function key(text: string): string {
  return `<key>${xml(text)}</key>`;
}

function string(text: string): string {
  return `<string>${xml(text)}</string>`;
}
