/** `offroll doctor`: why is my phone not seen, why is it not backed up? Looks, changes nothing, ends in a report to paste. */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { exitCodes, type Host } from "../../../app/host.ts";
import {
  appleDevicesOnBus,
  type DeviceHub,
  type DeviceInfo,
  type DeviceSummary,
  udevRules,
} from "../../../device/index.ts";
import { freeWords, systemWords } from "../../../present/device-words.ts";
import { type AbortOptions, throwIfAborted } from "../../../shared/abort.ts";
import { type AppError, remedies, toAppError, verdictJson } from "../../../shared/errors.ts";
import { formatBytes, printable } from "../../../shared/text.ts";
import { openDestination } from "../../../transfer/destination/index.ts";
import { CliSession } from "../../cli-session.ts";
import type { CommandFlags, CommonFlags, doctorFlags } from "../../command-flags.ts";
import { Output } from "../../output.ts";
import { androidFindings } from "./android-findings.ts";
import type { Finding } from "./finding.ts";
import { selfCheckFindings } from "./self-check-findings.ts";

/** The rule on standard output, to be put where it belongs; how, beside it. */
function printUdevRules(context: Host, flags: CommonFlags): number {
  const output = new Output(context, flags);
  if (output.json) output.document({ rules: udevRules });
  else {
    context.stdout.write(udevRules);
    output.say(
      "\nThis lets whoever sits at this computer open phones and cameras, and nobody else. To put it in place:",
    );
    output.say("  offroll doctor --udev | sudo tee /etc/udev/rules.d/70-offroll.rules");
    output.say("  sudo udevadm control --reload && sudo udevadm trigger");
    output.say("Then plug the phone in again. Most distributions have a rule like this with the package of libmtp.");
  }
  return exitCodes.complete;
}

export async function doctor(context: Host, flags: CommandFlags<typeof doctorFlags>): Promise<number> {
  if (flags.udev) return printUdevRules(context, flags);
  await using session = new CliSession(context, flags);
  const { output } = session;
  const findings: Finding[] = [];
  const hub = session.hub();
  findings.push(...systemFindings(context));
  const bus = await appleDevicesOnBus(context.platform);
  const devices = await seenDevices(hub, context);
  const hasAndroid = devices.some((d) => !d.info.keepsPairing);
  if (hub.has("usbmux")) {
    const error = await hub.daemonProblem(context);
    const daemon = daemonFinding(context, hub, error);
    // Who has an Android phone plugged in may never have an iPhone.
    const isNote = hasAndroid && daemon.verdict === "problem" && (bus ?? 0) === 0;
    findings.push(isNote ? { ...daemon, verdict: "note", text: `For iPhones: ${daemon.text}` } : daemon);
    findings.push(...(hasAndroid && (bus ?? 0) === 0 ? [] : busFindings(bus, devices, error !== undefined)));
  }
  if (hub.has("mtp") || hub.has("adb"))
    findings.push(...androidFindings(await hub.androidReport(context.env), devices, context.platform));
  for (const device of devices) findings.push(deviceFinding(device));
  if (devices.some((d) => d.state === "ready")) findings.push(...(await fileServiceFindings(hub, devices, context)));
  findings.push(...(await selfCheckFindings(hub, devices, context)));
  findings.push(...(await backupFindings(session, devices)));
  // What was not asked any more is no finding.
  throwIfAborted(context.signal);
  const problems = findings.filter((f) => f.verdict === "problem").length;
  if (output.json)
    output.document({
      ok: problems === 0,
      findings,
      system: systemFacts(context),
      ...verdictJson(problems === 0 ? undefined : "problems-found", `${problems} found.`),
    });
  else {
    const style = output.style();
    const mark = { ok: style.good("✓"), problem: style.bad("✗"), note: style.dim("·") };
    for (const f of findings) {
      output.data(`${mark[f.verdict]} ${f.text}`);
      if (f.remedy) output.data(`    ${f.remedy}`);
    }
    output.data("");
    output.data("To report a problem, paste this:");
    output.data(`  ${context.build}, ${release()}`);
    for (const f of findings) output.data(`  ${f.verdict}: ${f.check}`);
  }
  return problems === 0 ? exitCodes.complete : exitCodes.stopped;
}

function systemFacts(context: Host) {
  return { build: context.build, release: release() };
}

function systemFindings(context: Host): Finding[] {
  if (context.platform === "linux" && /microsoft/i.test(release()))
    return [
      {
        check: "wsl",
        verdict: "note",
        text: "This is WSL: Linux programs here do not see USB devices by themselves.",
        remedy: "Use Windows' own service with --usbmux HOST:27015, or attach the phone with usbipd.",
      },
    ];
  return [];
}

/** What blocks each way is told apart. */
async function seenDevices(hub: DeviceHub, options: AbortOptions): Promise<DeviceSummary[]> {
  return await hub.devices(options).catch(() => []);
}

function daemonFinding(context: Host, hub: DeviceHub, error: AppError | undefined): Finding {
  const where = hub.daemonAddress;
  if (!error) return { check: "daemon", verdict: "ok", text: `usbmuxd answers at ${where}.` };
  return {
    check: `daemon: ${error.code}`,
    verdict: "problem",
    text: error.message,
    remedy: daemonRemedy(context, where, error),
  };
}

function daemonRemedy(context: Host, where: string, error: AppError): string {
  if (error.code !== "daemon-not-running") return error.remedy;
  if (context.platform === "win32")
    return "Install Apple Devices from the Microsoft Store, open it once, and check that the service Apple Mobile Device Service runs.";
  if (context.platform === "darwin")
    return "usbmuxd is part of macOS and starts by itself; restart the Mac if it does not.";
  if (existsSync(where) && !isAccessible(where))
    return "The socket is there but may not be opened: check its permissions.";
  const installed = ["/usr/sbin/usbmuxd", "/usr/local/sbin/usbmuxd", "/usr/bin/usbmuxd"].find((p) => existsSync(p));
  if (installed)
    return "usbmuxd is installed. Many systems start it when a phone is plugged in: plug it in, or run `sudo systemctl start usbmuxd`.";
  return `usbmuxd is not installed. ${installCommand()}`;
}

function isAccessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function installCommand(): string {
  const id = (() => {
    try {
      return readFileSync("/etc/os-release", "utf8");
    } catch {
      return "";
    }
  })();
  if (/ID(_LIKE)?=.*(debian|ubuntu)/.test(id)) return "Run: sudo apt install usbmuxd";
  if (/ID(_LIKE)?=.*(fedora|rhel)/.test(id)) return "Run: sudo dnf install usbmuxd";
  if (/ID(_LIKE)?=.*arch/.test(id)) return "Run: sudo pacman -S usbmuxd";
  if (/ID(_LIKE)?=.*suse/.test(id)) return "Run: sudo zypper install usbmuxd";
  return "Install the package usbmuxd of your system.";
}

function busFindings(bus: number | undefined, devices: readonly DeviceSummary[], daemonDown: boolean): Finding[] {
  const seen = devices.filter((d) => d.state !== "network-only").length;
  if (bus === undefined)
    return [{ check: "bus-unknown", verdict: "note", text: "The USB bus cannot be looked at here." }];
  if (bus === 0 && seen === 0)
    return [
      {
        check: "no-phone-on-bus",
        verdict: "problem",
        text: "No iPhone is on the USB bus.",
        remedy:
          "Unlock the phone, then plug it in again. If it only charges, the cable carries no data, or the phone was locked for over an hour and refuses accessories until it is unlocked (USB Restricted Mode).",
      },
    ];
  if (bus > 0 && seen === 0 && !daemonDown)
    return [
      {
        check: "on-bus-not-in-daemon",
        verdict: "problem",
        text: "An iPhone is on the USB bus, but usbmuxd does not show it yet.",
        remedy:
          "Unlock it and tap Trust; new phones need up to 30 seconds. A virtual machine or a photo program may hold it: close them and replug.",
      },
    ];
  return bus > 0 ? [{ check: "bus", verdict: "ok", text: `${bus} iPhone or iPad on the USB bus.` }] : [];
}

function deviceFinding({ info, state, error }: DeviceSummary): Finding {
  const system = systemWords(info);
  const name = `${printable(info.name)} (${printable(info.model)}${system ? `, ${system}` : ""})`;
  switch (state) {
    case "ready":
      return {
        check: "device: ready",
        verdict: "ok",
        text: info.keepsPairing ? `${name} trusts this computer.` : `${name} shows its photos.`,
      };
    case "locked":
      return {
        check: "device: locked",
        verdict: "problem",
        text: `${name} is locked.`,
        remedy: "Unlock it and leave it on the home screen.",
      };
    case "needs-trust":
      return {
        check: "device: needs-trust",
        verdict: "problem",
        text: `${name} does not trust this computer yet.`,
        remedy: "Run `offroll pair`, tap Trust on the phone and enter its passcode.",
      };
    case "pairing-lost":
      return {
        check: "device: pairing-lost",
        verdict: "problem",
        text: `${name} has forgotten this computer.`,
        remedy: "Run `offroll pair` and tap Trust again.",
      };
    case "network-only":
      return {
        check: "device: network-only",
        verdict: "problem",
        text: "A phone is seen over Wi-Fi only.",
        remedy: "Plug its cable in: offroll copies by cable.",
      };
    case "choose-file-transfer":
      return {
        check: "device: choose-file-transfer",
        verdict: "problem",
        text: `${name} shows no storage.`,
        remedy: remedies["device-no-storage"],
      };
    case "no-card":
      return {
        check: "device: no-card",
        verdict: "problem",
        text: `${name} shows no card.`,
        remedy: "Put a card into it, and switch it on.",
      };
    case "allow-debugging":
      return {
        check: "device: allow-debugging",
        verdict: "problem",
        text: `${name} does not allow this computer to debug it yet.`,
        remedy: remedies["debugging-unauthorised"],
      };
    case "unreachable":
      return {
        check: `device: ${error?.code ?? "unreachable"}`,
        verdict: "problem",
        text: `A phone is plugged in but does not answer: ${error?.message ?? ""}`,
        remedy: error?.remedy ?? "Replug it.",
      };
  }
}

async function fileServiceFindings(
  hub: DeviceHub,
  devices: readonly DeviceSummary[],
  context: Host,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const device of devices.filter((d) => d.state === "ready")) {
    const name = printable(device.info.name);
    try {
      await using source = await hub.open(device.info, context);
      let entries = 0;
      for await (const _ of source.list({ areas: ["camera-roll"], signal: context.signal })) {
        entries += 1;
        if (entries === 100) break;
      }
      const free = source.device.freeBytes === undefined ? "" : `, ${freeWords(source.device)} on it`;
      findings.push(
        entries > 0
          ? { check: "file-service", verdict: "ok", text: `${name}'s photos can be listed${free}.` }
          : {
              check: "camera-roll-empty",
              verdict: "problem",
              text: `${name} shows no photo.`,
              remedy:
                "Unlock it and try again. If its photos are in iCloud only, choose Settings > Photos > Download and Keep Originals on the phone.",
            },
      );
    } catch (error) {
      const reason = toAppError(error);
      findings.push({
        check: `file-service: ${reason.code}`,
        verdict: "problem",
        text: reason.message,
        remedy: reason.remedy,
      });
    }
  }
  return findings;
}

async function backupFindings(session: CliSession, devices: readonly DeviceSummary[]): Promise<Finding[]> {
  const ready = devices.filter((d) => d.state === "ready");
  return await Promise.all(ready.map(({ info }) => backupFinding(session, info)));
}

async function backupFinding(session: CliSession, info: DeviceInfo): Promise<Finding> {
  const name = printable(info.name);
  const known = session.config.backups?.[info.id];
  if (!known)
    return {
      check: "backup: none",
      verdict: "note",
      text: `${name} has no backup folder yet.`,
      remedy: "Run `offroll backup DIR` once; the folder is remembered.",
    };
  const opened = await openDestination(known.path, session.context.cwd).catch(() => undefined);
  if (opened?.found.isThere) return spaceFinding(name, known.path, await opened.place.freeBytes());
  return {
    check: "backup: destination-not-there",
    verdict: "problem",
    text: `${name}'s backup folder ${known.path} is not there.`,
    remedy: "Plug its disk in.",
  };
}

const littleBytes = 2e9;

/** @param free undefined where the disk does not tell */
function spaceFinding(name: string, path: string, free: number | undefined): Finding {
  if (free === undefined || free >= littleBytes)
    return {
      check: "backup: there",
      verdict: "ok",
      text: `${name} is backed up to ${path}${free === undefined ? "" : ` (${formatBytes(free)} free)`}.`,
    };
  return {
    check: "backup: little-space",
    verdict: "problem",
    text: `${name}'s backup folder ${path} has only ${formatBytes(free)} free.`,
    remedy: "Free some space there, or back up to another disk.",
  };
}
