/** What the config file may hold, and the settings that flags, variables and the file give, each declared once. */
import * as v from "valibot";
import { parseVia } from "../../device/index.ts";
import { viaForms } from "../../device/media-source.ts";
import type { VerifyMode } from "../../transfer/events.ts";

/** How the terminal UI shows pictures: values of `--graphics`, which the command line names again because it loads nothing. */
export const graphicsModes = ["auto", "kitty", "iterm2", "sixel", "blocks", "none"] as const;

/** The values of `--verify`. */
export const verifyModes = ["size", "hash", "reread"] as const satisfies readonly VerifyMode[];

function isVia(text: string): boolean {
  try {
    parseVia(text);
    return true;
  } catch {
    return false;
  }
}

/** The config file. Unknown keys are errors: a typing error must not be a setting without effect. */
export const ConfigSchema = v.strictObject({
  /** Address of usbmuxd. */
  usbmux: v.optional(v.string()),
  /** A USB/IP server whose phones are used instead of those at this computer. */
  usbip: v.optional(v.string()),
  /** Address of the adb server. */
  adb: v.optional(v.string()),
  /** Only phones that are reached by this way. */
  via: v.optional(v.pipe(v.string(), v.check(isVia, `must be one of ${viaForms.join(", ")}`))),
  device: v.optional(v.string()),
  template: v.optional(v.string()),
  verify: v.optional(v.picklist(verifyModes)),
  wait: v.optional(v.string()),
  /** JPEG copies of every export and backup. */
  jpeg: v.optional(v.picklist(["none", "full", "small"])),
  /** MP4 copies of every export and backup. */
  mp4: v.optional(v.picklist(["none", "full"])),
  /** How the terminal UI shows pictures. */
  graphics: v.optional(v.picklist(graphicsModes)),
  /** What each phone's last export asked for, by UDID: defaults of the next. */
  exports: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        to: v.string(),
        template: v.optional(v.string()),
        edits: v.optional(v.picklist(["both", "original", "edited", "all"])),
        live: v.optional(v.picklist(["both", "still", "video"])),
        sidecar: v.optional(v.picklist(["none", "xmp", "json"])),
        albumsAs: v.optional(v.picklist(["none", "links", "copies"])),
        motion: v.optional(v.picklist(["keep", "extract"])),
        jpeg: v.optional(v.picklist(["none", "full", "small"])),
      }),
    ),
  ),
  /** Where each phone's messages, contacts, notes … were exported to the last time, by UDID. */
  dataExports: v.optional(v.record(v.string(), v.strictObject({ to: v.string() }))),
  /** Where each phone's backup goes, by UDID. */
  backups: v.optional(
    v.record(v.string(), v.strictObject({ path: v.string(), id: v.string(), name: v.optional(v.string()) })),
  ),
});
/** The config file as it was read; every key may be absent. */
export type Config = v.InferOutput<typeof ConfigSchema>;
/** A setting, without what is remembered in the same file. */
export type ConfigKey = Exclude<keyof Config, "backups" | "exports" | "dataExports">;

/** Settings a flag, a variable or the file may give, with their defaults. */
export const settings: Record<ConfigKey, { variables: readonly string[]; default: string | undefined; about: string }> =
  {
    usbmux: {
      variables: ["OFFROLL_USBMUX", "USBMUXD_SOCKET_ADDRESS"],
      default: undefined,
      about: "address of usbmuxd; the system's own when unset",
    },
    usbip: {
      variables: ["OFFROLL_USBIP"],
      default: undefined,
      about: "USB/IP server with Android phones, instead of this computer's own USB",
    },
    adb: {
      variables: ["OFFROLL_ADB", "ADB_SERVER_SOCKET"],
      default: undefined,
      about: "address of the adb server; 127.0.0.1:5037 when unset",
    },
    via: {
      variables: ["OFFROLL_VIA"],
      default: undefined,
      about:
        "only phones reached by usbmux, mtp or adb, or a folder: folder:PATH; the best way to each phone when unset",
    },
    device: { variables: ["OFFROLL_DEVICE"], default: undefined, about: "phone to use when several are plugged in" },
    template: { variables: ["OFFROLL_TEMPLATE"], default: "{year}/{month}/{name}", about: "where photos go" },
    verify: { variables: ["OFFROLL_VERIFY"], default: undefined, about: "size, hash or reread" },
    graphics: {
      variables: ["OFFROLL_GRAPHICS"],
      default: "auto",
      about: `pictures in the terminal UI: ${graphicsModes.join(", ")}`,
    },
    jpeg: {
      variables: ["OFFROLL_JPEG"],
      default: "none",
      about: "JPEG copies beside HEIC photos: none, full, or small (2048 pixels)",
    },
    mp4: {
      variables: ["OFFROLL_MP4"],
      default: "none",
      about: "MP4 copies beside QuickTime movies: none or full; ffmpeg must be installed",
    },
    wait: { variables: ["OFFROLL_WAIT"], default: "2m", about: "how long to wait for a disconnected or locked phone" },
  };
