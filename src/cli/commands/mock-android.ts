/** `offroll mock android`: an Android phone without a phone, for trying things out and for tests of other programs. */
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exitCodes, type Host } from "../../app/host.ts";
import { AdbFakeServer, MockAndroid, MtpResponder } from "../../device/mock/android/index.ts";
import type { MtpPersonality, PhoneDescription } from "../../device/mock/described-phone.ts";
import { UsbipServer } from "../../device/mock/usb/usbip-server.ts";
import { UsageError } from "../../shared/errors.ts";
import type { CommandFlags, mockAndroidFlags } from "../command-flags.ts";
import { Output } from "../output.ts";
import { readPhone, takeOrders, withLink } from "./mock.ts";

type MockAndroidFlags = CommandFlags<typeof mockAndroidFlags>;

export async function mockAndroid(context: Host, flags: MockAndroidFlags): Promise<number> {
  const output = new Output(context, flags);
  const file = flags.phone ? resolve(context.cwd, flags.phone) : join(context.assets, "demo-android", "phone.json");
  const { description, baseFolder } = await readPhone(file);
  const phone = await MockAndroid.create(withQuirks(withLink(description, flags), flags.quirk ?? []), baseFolder);
  const responder = new MtpResponder(phone);
  await using cable = await UsbipServer.start([responder], portOf(flags.port));
  const state = flags.adbState ?? "device";
  await using adb = await AdbFakeServer.start(state === "none" ? [] : [phone], { port: portOf(flags.adbPort) });
  if (state !== "none") adb.setState(phone, state);
  const unplug = (): void => {
    cable.unplug(responder);
    adb.unplug(phone);
  };
  const plug = (): void => {
    cable.plug(responder);
    adb.plug(phone);
  };
  phone.onUnplug = (replugMs) => {
    unplug();
    if (replugMs !== undefined) void delay(replugMs).then(plug);
  };
  const { serialNumber } = description;
  if (output.json) output.document({ type: "ready", usbip: cable.address, adb: adb.address, serial: serialNumber });
  else {
    output.data(cable.address);
    output.say(`${description.name} is on a USB cable at this USB/IP address, and at an adb server. Use it like this:`);
    output.say(`  offroll devices --usbip ${cable.address} --via mtp`);
    output.say(`  offroll devices --adb ${adb.address} --via adb`);
    output.say("Type unplug, plug, allow or rescan and Enter; Ctrl-C ends it.");
  }
  await takeOrders(context, output, {
    unplug,
    plug,
    allow: () => adb.setState(phone, "device"),
    rescan: () => responder.rekey(),
  });
  return exitCodes.complete;
}

/** Every one there is: the compiler asks for those that are new. */
const knownQuirks: Record<keyof MtpPersonality, true> = {
  propList: true,
  propListAnswer: true,
  dateProperty: true,
  refusesValues: true,
  persistentIds: true,
  wideObjectInfo: true,
  junkHeader: true,
  needsReset: true,
  osDescriptor: true,
  vendorInterface: true,
  partial: true,
  hangsOnFullPacket: true,
  dates: true,
  echoesFolder: true,
  lockedLooks: true,
  cardAloneLooks: true,
  brokenFolder: true,
  wedgesAfterCancel: true,
  splitsHeader: true,
  forgetsEmptyPacket: true,
  staleContainer: true,
  sessionOpen: true,
  refusesInfoBeforeSession: true,
  busyTimes: true,
  ptp: true,
  packetBytes: true,
};

/** "lockedLooks=3", "propList=refused": as in the description's `android.mtp`. */
function withQuirks(description: PhoneDescription, quirks: readonly string[]): PhoneDescription {
  const mtp: Record<string, string | number | boolean> = { ...description.android?.mtp };
  for (const quirk of quirks) {
    const [name = "", value = "true"] = quirk.split("=");
    if (!/^\w+$/.test(name)) throw new UsageError("usage", `--quirk is NAME=VALUE, not "${quirk}".`);
    if (!Object.hasOwn(knownQuirks, name))
      throw new UsageError("usage", `--quirk must be one of ${Object.keys(knownQuirks).join(", ")}; got "${name}".`);
    mtp[name] =
      value === "true"
        ? true
        : value === "false"
          ? false
          : /^\d+$/.test(value) && name !== "partial"
            ? Number(value)
            : value;
  }
  return { ...description, android: { ...description.android, mtp: mtp as MtpPersonality } };
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError("usage", `"${text}" is not a port number.`);
  return port;
}
