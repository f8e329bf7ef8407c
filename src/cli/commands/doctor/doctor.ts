/** `offroll doctor`: why is my phone not seen, why is it not backed up? Looks, changes nothing, ends in a report to paste. */
import { release } from "node:os";
import { backupFindings } from "../../../app/backup-findings.ts";
import { exitCodes, type Host } from "../../../app/host.ts";
import { appleDevicesOnBus, type DeviceHub, type DeviceSummary } from "../../../device/index.ts";
import { type Finding, worstFirst } from "../../../present/finding.ts";
import { iCloudJson } from "../../../present/icloud-words.ts";
import { type AbortOptions, throwIfAborted } from "../../../shared/abort.ts";
import { verdictJson } from "../../../shared/errors.ts";
import { wrap } from "../../../shared/text.ts";
import { CliSession } from "../../cli-session.ts";
import type { CommandFlags, doctorFlags } from "../../command-flags.ts";
import { androidFindings } from "./android-findings.ts";
import { autosaveFindings } from "./autosave-findings.ts";
import { deviceFinding, fileServiceFindings } from "./device-findings.ts";
import { iphoneFindings } from "./iphone-findings.ts";
import { lookAtPhones, type PhoneLook, phoneJson } from "./phone-findings.ts";
import { selfCheckFindings } from "./self-check-findings.ts";
import { printUdevRules } from "./udev-rules.ts";

export async function doctor(context: Host, flags: CommandFlags<typeof doctorFlags>): Promise<number> {
  if (flags.udev) return printUdevRules(context, flags);
  await using session = new CliSession(context, flags);
  const { findings, phones } = await findingsOf(session);
  // What was not asked any more is no finding.
  throwIfAborted(context.signal);
  const problems = findings.filter((f) => f.verdict === "problem").length;
  if (session.output.json)
    session.output.document({
      ok: problems === 0,
      findings,
      icloud: iCloudJson(phones.find(({ iCloud }) => iCloud !== undefined)?.iCloud),
      phones: phones.map(phoneJson),
      system: { build: context.build, release: release() },
      ...verdictJson(problems === 0 ? undefined : "problems-found", `${problems} found.`),
    });
  else print(session, findings);
  return problems === 0 ? exitCodes.complete : exitCodes.stopped;
}

async function findingsOf(session: CliSession): Promise<{ findings: Finding[]; phones: readonly PhoneLook[] }> {
  const { context } = session;
  const hub = session.hub();
  const bus = await appleDevicesOnBus(context.platform);
  const devices = await seenDevices(hub, context);
  const isReady = devices.some((d) => d.state === "ready");
  const phones = await lookAtPhones(session, hub, devices);
  const rolls = new Map(phones.map(({ device, roll }) => [device.id, roll]));
  const ready = devices.flatMap(({ info, state }) => (state === "ready" ? [{ info, roll: rolls.get(info.id) }] : []));
  const findings = [
    ...systemFindings(context),
    ...(hub.has("usbmux") ? await iphoneFindings(context, hub, bus, devices) : []),
    ...(hub.has("mtp") || hub.has("adb")
      ? androidFindings(await hub.androidReport(context.env), devices, context.platform)
      : []),
    ...devices.map(deviceFinding),
    ...(isReady ? await fileServiceFindings(hub, devices, context) : []),
    ...(await selfCheckFindings(hub, devices, context)),
    ...phones.flatMap((phone) => phone.findings),
    ...(await backupFindings(session, ready)),
    ...autosaveFindings(context, devices),
  ];
  return { findings: worstFirst(findings), phones };
}

function print({ context, output }: CliSession, findings: readonly Finding[]): void {
  const style = output.style();
  const mark = { ok: style.good("✓"), problem: style.bad("✗"), note: style.dim("·") };
  const width = output.width();
  for (const f of findings) {
    // What follows the first line stands below its words.
    const [first = "", ...rest] = wrap(f.text, width - 2);
    output.data(`${mark[f.verdict]} ${first}`);
    for (const line of rest) output.data(`  ${line}`);
    if (f.remedy) for (const line of wrap(`    ${f.remedy}`, width)) output.data(line);
  }
  output.data("");
  output.data("To report a problem, paste this:");
  output.data(`  ${context.build}, ${release()}`);
  for (const f of findings) output.data(`  ${f.verdict}: ${f.check}`);
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
