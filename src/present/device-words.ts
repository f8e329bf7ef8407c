/** Words for what is at the other end of the cable. Its noun stands in `DeviceInfo`; what is said around it comes from here. */

import type { DeviceState, DeviceSummary } from "../device/index.ts";
import { type DeviceInfo, type DeviceNoun, isOnDisk, onThe } from "../device/media-source.ts";
import type { ErrorCode } from "../shared/errors.ts";
import { formatBytes, printable } from "../shared/text.ts";

type Named = Pick<DeviceInfo, "noun" | "system">;

/** "iOS 17.5", "Android 14"; nothing where the phone does not tell. */
export function systemWords({ system, osVersion }: DeviceInfo): string {
  return system === undefined || osVersion === undefined ? "" : `${system} ${printable(osVersion)}`;
}

/** Where Settings are: a folder that is a copy has none. */
export function inSettings(noun: DeviceNoun): string {
  return isOnDisk(noun) ? "on the phone itself" : onThe(noun);
}

/** "The camera is unplugged.", "The folder is not there." */
export function awayWords(noun: DeviceNoun): string {
  return isOnDisk(noun) ? `The ${noun} is away.` : `The ${noun} is unplugged.`;
}

/** What brings it back. */
export function backWords(noun: DeviceNoun): string {
  return isOnDisk(noun) ? "Plug in or mount what it lies on" : "Plug it back in";
}

/** What a phone with this system is called, where that is not "… phone". */
const phoneOf: Readonly<Record<string, string>> = { iOS: "iPhone" };

/** "an Android phone", "an iPhone", "a camera", "an iPad". */
export function aKind({ noun, system }: Named): string {
  const kind = noun === "phone" && system !== undefined ? (phoneOf[system] ?? `${system} phone`) : noun;
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
}

/** As `aKind`, at the beginning of a sentence. */
export function someKind(device: Named): string {
  const kind = aKind(device);
  return `A${kind.slice(1)}`;
}

const revoking: Readonly<Record<string, string>> = {
  Android: "To end USB debugging's trust: on the phone, Developer options > Revoke USB debugging authorisations.",
};

/** How it is made to forget this computer, where that is done on it and not here. */
export function revokingWords({ system }: Named): string | undefined {
  return system === undefined ? undefined : revoking[system];
}

/** How much room is on it; nothing where it does not tell. */
export function freeWords({ freeBytes, freeIsAtLeast }: DeviceInfo): string {
  if (freeBytes === undefined) return "";
  return `${freeIsAtLeast ? "at least " : ""}${formatBytes(freeBytes)} free`;
}

const stateWords: Record<DeviceState, string> = {
  ready: "ready",
  locked: "locked: unlock it",
  "needs-trust": "waiting for Trust: run `offroll pair`",
  "pairing-lost": "has forgotten this computer: run `offroll pair`",
  "network-only": "over Wi-Fi only: plug its cable in",
  "choose-file-transfer": "unlock it, then choose File transfer",
  "no-card": "shows no card: put one in",
  "allow-debugging": "tap Allow for USB debugging on it",
  unreachable: "does not answer: replug it",
};

/** What is known better than that it does not answer. */
const errorWords: Partial<Record<ErrorCode, string>> = {
  "device-owned": "another program has it",
  "device-no-permission": "you may not open it",
  "device-driver": "Windows keeps it: use adb",
};

/** In what state a phone is, with the one thing to do. */
export function deviceStateWords({ state, error }: DeviceSummary): string {
  return (error && errorWords[error.code]) ?? stateWords[state];
}

/** Said when offroll started adb's server, which nobody asked for. */
export const adbStartedWords = "adb's server did not run: it was started, as `adb devices` does.";

/** Why another may be taken for it. */
export function lookalikeWords({ name, model, folder }: DeviceInfo): string {
  if (folder !== undefined)
    return `Only its path tells ${printable(folder)}, and something else may come to lie there.`;
  return `${printable(name)} has no serial number of its own, and another ${printable(model)} looks the same.`;
}
