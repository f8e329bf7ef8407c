/** Each phone that is seen: its state, and whether its photos can be listed. */
import type { Host } from "../../../app/host.ts";
import type { DeviceHub, DeviceSummary } from "../../../device/index.ts";
import { freeWords, someKind, systemWords } from "../../../present/device-words.ts";
import type { Finding } from "../../../present/finding.ts";
import { remedies, toAppError } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text.ts";

export function deviceFinding({ info, state, error }: DeviceSummary): Finding {
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
        text: `${someKind(info)} is plugged in but does not answer: ${error?.message ?? ""}`,
        remedy: error?.remedy ?? "Replug it.",
      };
  }
}

export async function fileServiceFindings(
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
