/** What `doctor` says of Android phones: every way to them, and what blocks it. */
import type { AndroidReport, AndroidUsbDevice, DeviceSummary } from "../../../device/index.ts";
import type { Finding } from "../../../present/finding.ts";
import { printable } from "../../../shared/text.ts";

const speedWords = {
  low: "USB 1",
  full: "USB 1.1: a wrong cable or hub",
  high: "USB 2: at most 40 MB/s",
  super: "USB 3",
  "super-plus": "USB 3.1 or faster",
} as const;

export function androidFindings(
  report: AndroidReport,
  devices: readonly DeviceSummary[],
  platform: NodeJS.Platform,
): Finding[] {
  return [
    ...adbFindings(report.adb),
    ...(report.usb ?? []).flatMap((device) => usbFindings(device, devices)),
    ...(platform === "win32" ? [windowsFinding(devices)] : []),
  ];
}

function adbFindings({ program, version, address, problem }: AndroidReport["adb"]): Finding[] {
  if (problem !== undefined)
    return [
      {
        check: "adb: strange",
        verdict: "problem",
        text: `Something else than an adb server answers at ${address}: ${printable(problem)}`,
        remedy: "End it, or say where adb's server is: --adb HOST:PORT.",
      },
    ];
  if (version !== undefined)
    return [{ check: "adb", verdict: "ok", text: `An adb server (version ${version}) answers at ${address}.` }];
  if (program !== undefined)
    return [
      {
        check: "adb: not-running",
        verdict: "note",
        text: `adb is installed (${program}); its server does not run.`,
        remedy:
          "offroll starts it once when a phone with USB debugging is plugged in. Without it Android phones go by MTP.",
      },
    ];
  return [
    {
      check: "adb: not-installed",
      verdict: "note",
      text: "adb is not installed. Android phones go by MTP, for which nothing has to be.",
    },
  ];
}

function usbFindings(usb: AndroidUsbDevice, devices: readonly DeviceSummary[]): Finding[] {
  const speed = usb.speed === undefined ? "" : `, ${speedWords[usb.speed]}`;
  const ways = [usb.mtp ? "MTP or PTP" : "", usb.debugging ? "USB debugging" : ""].filter(Boolean).join(" and ");
  const what = `A device of ${usb.maker} (${usb.ids}${speed})`;
  if (!usb.mtp && !usb.debugging)
    return [
      {
        check: "usb: charging-only",
        verdict: "problem",
        text: `${what} is on the bus, and offers neither files nor debugging: it only charges.`,
        remedy: "Unlock the phone, pull down its notifications, tap the one about USB and choose File transfer.",
      },
    ];
  const owners = usb.owners.filter((name) => !/^(node|offroll)/.test(name));
  const taken = devices.some((d) => d.error?.code === "device-owned");
  return [
    {
      check: "usb: seen",
      verdict: "ok",
      text: `${what} is on the bus, with ${ways}.${owners.length > 0 && taken ? ` ${owners.join(" and ")} has it open.` : ""}`,
    },
  ];
}

function windowsFinding(devices: readonly DeviceSummary[]): Finding {
  // No other way to them works on Windows.
  const byAdb = devices.some((d) => !d.info.keepsPairing && (d.state === "ready" || d.state === "allow-debugging"));
  return {
    check: "windows",
    verdict: "note",
    text: "Windows keeps Android phones in File transfer mode for itself: offroll reads them by adb here.",
    ...(byAdb
      ? {}
      : {
          remedy:
            "On the phone: Settings > About, tap Build number seven times; then Developer options > USB debugging. On this computer install platform-tools (adb).",
        }),
  };
}
