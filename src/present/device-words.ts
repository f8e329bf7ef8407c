/** Words for what is at the other end of the cable. Its noun stands in `DeviceInfo`; what is said around it comes from here. */
import type { DeviceInfo } from "../device/index.ts";
import { formatBytes, printable } from "../shared/text.ts";

type Named = Pick<DeviceInfo, "noun" | "system">;

/** "iOS 17.5", "Android 14"; nothing where the phone does not tell. */
export function systemWords({ system, osVersion }: DeviceInfo): string {
  return system === undefined || osVersion === undefined ? "" : `${system} ${printable(osVersion)}`;
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
