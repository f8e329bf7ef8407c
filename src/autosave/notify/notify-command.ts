/**
 * The system's own program that shows a notification, as a list of arguments and variables: text goes in as data, never as a part of a
 * script, an option or a line of a shell. Source: notify-send(1) and the Desktop Notifications Specification 1.2; osascript(1); Windows'
 * ToastNotificationManager. The latter two were never tried on their systems.
 */
import type { NoticeWords } from "./notice-words.ts";

export interface NotifyCommand {
  readonly argv: readonly [program: string, ...args: string[]];
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Reads both texts from its environment; its own text is fixed. The id is that of PowerShell, which every Windows knows as a sender. */
const toast = [
  "$ErrorActionPreference='Stop'",
  "[void][Windows.UI.Notifications.ToastNotificationManager,Windows.UI.Notifications,ContentType=WindowsRuntime]",
  "$x=[Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)",
  "$t=$x.GetElementsByTagName('text')",
  "[void]$t.Item(0).AppendChild($x.CreateTextNode($env:OFFROLL_TITLE))",
  "[void]$t.Item(1).AppendChild($x.CreateTextNode($env:OFFROLL_BODY))",
  "$id='{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'",
  "[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($id).Show([Windows.UI.Notifications.ToastNotification]::new($x))",
].join(";");

export function notifyCommand(platform: NodeJS.Platform, { title, body, isTrouble }: NoticeWords): NotifyCommand {
  if (platform === "darwin") {
    const script = ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];
    return { argv: ["osascript", ...script.flatMap((line) => ["-e", line]), title, body], env: {} };
  }
  if (platform === "win32")
    return {
      argv: ["powershell", "-NoProfile", "-NonInteractive", "-Command", toast],
      env: { OFFROLL_TITLE: title, OFFROLL_BODY: body },
    };
  const options = ["--app-name=offroll", `--urgency=${isTrouble ? "normal" : "low"}`, "--icon=camera-photo"];
  return { argv: ["notify-send", ...options, "--", title, markup(body)], env: {} };
}

/** A body may hold markup, and notify-send takes C's escapes in it. */
function markup(text: string): string {
  return text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`).replaceAll("\\", "\\\\");
}
