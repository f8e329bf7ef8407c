/** Whether iPhones can be seen here: the daemon that they are reached by, and the bus. */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import type { Host } from "../../../app/host.ts";
import type { DeviceHub, DeviceSummary } from "../../../device/index.ts";
import type { Finding } from "../../../present/finding.ts";
import type { AppError } from "../../../shared/errors.ts";

/** @param bus Apple devices on the bus; undefined where it cannot be looked at */
export async function iphoneFindings(
  context: Host,
  hub: DeviceHub,
  bus: number | undefined,
  devices: readonly DeviceSummary[],
): Promise<Finding[]> {
  const error = await hub.daemonProblem(context);
  const daemon = daemonFinding(context, hub, error);
  // Who has an Android phone plugged in may never have an iPhone.
  const hasAndroidAlone = devices.some((d) => !d.info.keepsPairing) && (bus ?? 0) === 0;
  if (!hasAndroidAlone) return [daemon, ...busFindings(bus, devices, error !== undefined)];
  return [daemon.verdict === "problem" ? { ...daemon, verdict: "note", text: `For iPhones: ${daemon.text}` } : daemon];
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
