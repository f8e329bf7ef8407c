/** Words for what is at the other end of the cable. Its noun stands in `DeviceInfo`; what is said around it comes from here. */
import { type DeviceInfo, type DeviceNoun, onThe } from "../device/index.ts";
import { formatBytes, printable } from "../shared/text.ts";

type Named = Pick<DeviceInfo, "noun" | "system">;

/** "iOS 17.5", "Android 14"; nothing where the phone does not tell. */
export function systemWords({ system, osVersion }: DeviceInfo): string {
  return system === undefined || osVersion === undefined ? "" : `${system} ${printable(osVersion)}`;
}

/** Where Settings are: a folder that is a copy has none. */
export function inSettings(noun: DeviceNoun): string {
  return noun === "folder" ? "on the phone itself" : onThe(noun);
}

/** "The camera is unplugged.", "The folder is not there." */
export function awayWords(noun: DeviceNoun): string {
  return noun === "folder" ? "The folder is away." : `The ${noun} is unplugged.`;
}

/** What brings it back. */
export function backWords(noun: DeviceNoun): string {
  return noun === "folder" ? "Plug in or mount what it lies on" : "Plug it back in";
}

/** "an Android phone", "a camera", "an iPad". */
export function aKind({ noun, system }: Named): string {
  const kind = noun === "phone" && system !== undefined ? `${system} phone` : noun;
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
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
