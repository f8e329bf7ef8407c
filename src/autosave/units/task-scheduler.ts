/** A task of Windows's Task Scheduler. Source: its XML schema ([MS-TSCH] 2.5), schtasks. Never tried on Windows. */
import { win32 } from "node:path";
import { assertHolds, keptVariables, type Unit, type UnitOptions, xml } from "./unit.ts";

const name = "offroll-autosave";

/**
 * A task has no variables of its own, so a shell's are left out. What Task Scheduler would replace in a path (`%TEMP%`, `$(Arg0)`)
 * cannot be written another way.
 * @throws {UsageError} for such a path
 */
export function taskSchedulerUnit({ env, command, dataFolder, user }: UnitOptions): Unit {
  for (const word of command) assertHolds(word, /%|\$\(/, "Task Scheduler");
  const [program, ...args] = command;
  const path = win32.join(dataFolder, "autosave-task.xml");
  const lines = [
    '\ufeff<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `<Triggers><LogonTrigger><UserId>${xml(user.name)}</UserId></LogonTrigger></Triggers>`,
    `<Principals><Principal id="Author"><UserId>${xml(user.name)}</UserId><LogonType>InteractiveToken</LogonType>`,
    "<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>",
    "<Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>",
    "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries><StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
    "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit><Priority>7</Priority>",
    "<RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure></Settings>",
    `<Actions Context="Author"><Exec><Command>${xml(program)}</Command>`,
    `<Arguments>${xml(args.map(windowsWord).join(" "))}</Arguments></Exec></Actions>`,
    "</Task>",
  ];
  return {
    file: { path, text: `${lines.join("\r\n")}\r\n`, encoding: "utf16le" },
    on: [
      ["schtasks", "/Create", "/TN", name, "/XML", path, "/F"],
      ["schtasks", "/Run", "/TN", name],
    ],
    off: [
      ["schtasks", "/End", "/TN", name],
      ["schtasks", "/Delete", "/TN", name, "/F"],
    ],
    removes: [path],
    afterRemoval: [],
    leftOut: keptVariables(env).map(([key]) => key),
  };
}

/** One argument as CommandLineToArgvW takes it apart: backslashes count only before a quotation mark. */
export function windowsWord(word: string): string {
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}
