/** What of a phone is in its cloud and what is not yet, and what holds an upload up as far as a cable tells: findings in words. */
import type { DeviceCondition, DeviceInfo, DeviceNoun, SourceCapabilities } from "../device/media-source.ts";
import type { ICloudReport } from "../library/icloud-report.ts";
import type { CameraRoll } from "../library/roll.ts";
import { formatBytes, formatDuration, plural, printable } from "../shared/text.ts";
import type { Finding } from "./finding.ts";
import { iCloudCounts, iCloudUseWords } from "./icloud-words.ts";
import { isOlder, newestIos } from "./ios-releases.ts";

/** What is known of a phone for it. */
export interface CloudLook {
  readonly device: DeviceInfo;
  readonly capabilities: SourceCapabilities;
  readonly roll: CameraRoll;
  /** Undefined for a phone that has no iCloud. */
  readonly iCloud: ICloudReport | undefined;
  readonly condition: DeviceCondition | undefined;
  /** What this computer's clock showed when the phone told its own. */
  readonly at: number;
}

/** In no order of importance: see `worstFirst`. */
export function whyNotInCloud(look: CloudLook): Finding[] {
  const { iCloud } = look;
  if (!iCloud) return indexFindings(look);
  return [...iCloudFindings(look.device, iCloud, look.at), ...holdUps({ ...look, iCloud })];
}

/** So long an upload may take before something seems to hold it up. */
const patienceMs = 7 * 86_400_000;

function iCloudFindings({ name }: DeviceInfo, report: ICloudReport, now: number): Finding[] {
  const who = printable(name);
  const text = [`${who}: ${iCloudUseWords(report)}`, ...iCloudCounts(report).map((line) => line.trim())].join(" ");
  if (report.on === undefined)
    return [{ check: "icloud: unknown", verdict: "note", text, remedy: "Unlock the phone, and run it again." }];
  if (!report.on)
    return [
      {
        check: "icloud: off",
        verdict: "note",
        text,
        remedy:
          "Nothing goes to iCloud by itself. To change that: Settings > your name > iCloud > Photos > Sync this iPhone.",
      },
    ];
  if (!report.notYet || isAllThere(report)) return [{ check: "icloud: all-there", verdict: "ok", text }];
  const oldest = Date.parse(report.oldestNotYet ?? "");
  const isLate = Number.isFinite(oldest) && now - oldest > patienceMs;
  return [
    {
      check: isLate ? "icloud: held-up" : "icloud: not-yet",
      verdict: isLate ? "problem" : "note",
      text,
      remedy:
        "Leave the phone on its charger and in Wi-Fi over night. In Photos, your picture at the top tells what it waits for. A copy by cable needs no cloud: offroll backup DIR",
    },
  ];
}

function isAllThere({ notYet }: ICloudReport): boolean {
  return notYet !== undefined && notYet.photos + notYet.videos === 0;
}

type Upload = CloudLook & { readonly iCloud: ICloudReport };

/** What a cable tells of it; and what it cannot tell, with where to look. Nothing of it matters to a phone that uploads nothing. */
function holdUps(upload: Upload): Finding[] {
  const { device, iCloud, condition, at } = upload;
  if (iCloud.on !== true) return clockFinding(device.noun, condition, at);
  const told = [
    ...clockFinding(device.noun, condition, at),
    ...batteryFinding(condition),
    ...storageFinding(device),
    ...versionFinding(device),
  ];
  return isAllThere(iCloud) ? told : [...told, ...notToldFindings(device.noun)];
}

const littleBattery = 20;

function batteryFinding(condition: DeviceCondition | undefined): Finding[] {
  const { batteryPercent, charging } = condition ?? {};
  if (batteryPercent === undefined)
    return [
      {
        check: "upload: battery-unknown",
        verdict: "note",
        text: "The phone does not tell its battery.",
        remedy: "Settings > Battery",
      },
    ];
  const words = `Its battery is at ${Math.round(batteryPercent)} %${charging === undefined ? "" : charging ? ", charging" : ", not charging"}.`;
  if (batteryPercent >= littleBattery) return [{ check: "upload: battery", verdict: "ok", text: words }];
  return [
    {
      check: "upload: battery-low",
      verdict: "problem",
      text: `${words} iOS holds uploads back on a low battery and in Low Power Mode, which a cable does not tell.`,
      remedy: "Charge it. Settings > Battery > Low Power Mode: off.",
    },
  ];
}

/** iOS needs room to prepare what it uploads; how much it does not say. */
const littleBytes = 1e9;

function storageFinding({ freeBytes, totalBytes, noun }: DeviceInfo): Finding[] {
  if (freeBytes === undefined)
    return [
      {
        check: "upload: storage-unknown",
        verdict: "note",
        text: `The ${noun} does not tell its free space.`,
        remedy: "Settings > General > iPhone Storage",
      },
    ];
  const of = totalBytes === undefined ? "" : ` of ${formatBytes(totalBytes)}`;
  const text = `${formatBytes(freeBytes)}${of} are free on it.`;
  if (freeBytes >= littleBytes) return [{ check: "upload: storage", verdict: "ok", text }];
  return [
    {
      check: "upload: storage-full",
      verdict: "problem",
      text: `Only ${text} With a storage nearly full, Photos stops uploading.`,
      remedy: "Settings > General > iPhone Storage. What may safely go: offroll freeup plan",
    },
  ];
}

/** A clock this far off breaks the encrypted connections that uploads go by. */
const clockOffMs = 5 * 60_000;

function clockFinding(noun: DeviceNoun, condition: DeviceCondition | undefined, at: number): Finding[] {
  const clockMs = condition?.clockMs;
  if (clockMs === undefined) return [];
  const ahead = clockMs - at;
  if (Math.abs(ahead) < clockOffMs)
    return [{ check: "upload: clock", verdict: "ok", text: `The ${noun}'s clock agrees with this computer's.` }];
  const by = formatDuration(Math.abs(ahead) / 1000);
  return [
    {
      check: "upload: clock-off",
      verdict: "problem",
      text: `The ${noun}'s clock is ${by} ${ahead > 0 ? "ahead of" : "behind"} this computer's. With a wrong clock nothing reaches iCloud.`,
      remedy: "On the phone: Settings > General > Date & Time > Set Automatically. Or this computer's clock is wrong.",
    },
  ];
}

function versionFinding({ osVersion, noun }: DeviceInfo): Finding[] {
  const { version, releasedOn } = newestIos;
  if (osVersion === undefined) return [];
  const known = `the newest that this offroll knows is ${version}, of ${releasedOn}`;
  if (!isOlder(osVersion, version))
    return [{ check: "upload: ios", verdict: "ok", text: `It has iOS ${printable(osVersion)}; ${known}.` }];
  return [
    {
      check: "upload: ios-older",
      verdict: "note",
      text: `It has iOS ${printable(osVersion)}; ${known}. There may be newer ones, and not every ${noun} gets them.`,
      remedy: "Settings > General > Software Update",
    },
  ];
}

/** Said, so that nobody looks for it in vain; each with its place. */
function notToldFindings(noun: DeviceNoun): Finding[] {
  const cannot = "A cable does not tell";
  return [
    {
      check: "upload: plan-not-told",
      verdict: "note",
      text: `${cannot} whether the account's storage is full.`,
      remedy: "Settings > your name > iCloud: the bar at the top.",
    },
    {
      check: "upload: sign-in-not-told",
      verdict: "note",
      text: `${cannot} whether the account is signed in and its terms accepted.`,
      remedy: `Settings: below your name the ${noun} asks for what it needs.`,
    },
    {
      check: "upload: network-not-told",
      verdict: "note",
      text: `${cannot} the network, nor whether uploads were paused.`,
      remedy:
        "Settings > Wi-Fi (Low Data Mode: off); Settings > Photos > Mobile Data; in Photos, your picture at the top.",
    },
  ];
}

/** What an Android phone's index says: it has no word for a cloud, only entries without a file. */
function indexFindings({ device, capabilities, roll }: CloudLook): Finding[] {
  const who = printable(device.name);
  if (capabilities.library !== "index" || roll.knowledge.indexedWithoutFile === undefined)
    return capabilities.absence === "unfinished" && capabilities.library === "none" && device.system !== undefined
      ? [
          {
            check: "index: not-told",
            verdict: "note",
            text: `${who}: what is in a cloud is not told over MTP.`,
            remedy: "With USB debugging on, the phone's index is asked. In Google Photos: your picture > Backup.",
          },
        ]
      : [];
  const absent = roll.knowledge.indexedWithoutFile;
  const pending = roll.items.filter(({ library }) => library?.unfinished).length;
  const empty = roll.items.filter(({ parts }) => parts[0].item.sizeBytes === 0).length;
  const findings: Finding[] = [];
  if (absent + pending + empty === 0)
    return [
      {
        check: "index: agrees",
        verdict: "ok",
        text: `${who}: every photo of its index has a file, and none is pending.`,
      },
    ];
  if (absent > 0)
    findings.push({
      check: "index: without-file",
      verdict: "note",
      text: `${who}: its index has ${plural(absent, "entry", "entries")} without a file. They may be in a cloud alone, or gone: the index does not say which.`,
      remedy: "In Google Photos or the maker's gallery, download what has a cloud on it; then back up.",
    });
  if (pending > 0)
    findings.push({
      check: "index: pending",
      verdict: "note",
      text: `${who}: ${plural(pending, "file is", "files are")} still being written or downloaded.`,
      remedy: "Wait until the phone is done, and back up again.",
    });
  if (empty > 0)
    findings.push({
      check: "index: empty",
      verdict: "note",
      text: `${who}: ${plural(empty, "file has", "files have")} no byte: begun and never finished.`,
      remedy: "Open them in the gallery: what does not show is not on the phone.",
    });
  return findings;
}
