/** The promises of a source, tried on what is plugged in. Nothing but reading. */
import type { Host } from "../../../app/host.ts";
import { type DeviceHub, type DeviceSummary, type SelfCheck, selfCheck } from "../../../device/index.ts";
import type { Finding } from "../../../present/finding.ts";
import { toAppError } from "../../../shared/errors.ts";
import { formatCount, plural, printable } from "../../../shared/text.ts";

/** @param devices those that are not ready are passed over: why they are not is told elsewhere */
export async function selfCheckFindings(
  hub: DeviceHub,
  devices: readonly DeviceSummary[],
  context: Host,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const device of devices.filter((d) => d.state === "ready")) {
    try {
      await using source = await hub.open(device.info, context);
      findings.push(...promiseFindings(device, await selfCheck(source, context)));
      if (source.capabilities.listing === "one-by-one") findings.push(slowListing(device));
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      const text = `${printable(device.info.name)}: ${message}`;
      findings.push({ check: `promises: ${code}`, verdict: "problem", text, remedy });
    }
  }
  return findings;
}

function promiseFindings({ info, route, otherRoutes = [] }: DeviceSummary, checks: readonly SelfCheck[]): Finding[] {
  const name = printable(info.name);
  const failed = checks.filter((c) => !c.ok);
  if (failed.length === 0) {
    const kept = `${plural(checks.length, "promise")}: ${checks.map((c) => c.check).join(", ")}`;
    const text = `${name} by ${route} keeps ${kept} (${printable(checks[0]?.detail ?? "")}).`;
    return [{ check: "promises", verdict: "ok", text }];
  }
  const other = otherRoutes.map((way) => `--via ${way}`).join(" or ");
  const remedy = `${other === "" ? "Please" : `Try the other way (${other}), and please`} report it with this text.`;
  return failed.map(({ check, detail }) => ({
    check: `promise: ${check}`,
    verdict: "problem",
    text: `${name} by ${route}: ${printable(detail).replace(/\.$/, "")}.`,
    remedy,
  }));
}

function slowListing({ info }: DeviceSummary): Finding {
  const time = `${formatCount(1000)} photos take half a minute or more`;
  const text = `${printable(info.name)} lists its folders file by file, which is slow: ${time}.`;
  return { check: "listing: one-by-one", verdict: "note", text };
}
