/** Whom somebody means by a name. */
import { expect, test } from "vitest";
import { type DeviceSummary, phonesNamed } from "../../src/device/index.ts";

const phone = (name: string, id: string): DeviceSummary => ({
  info: {
    id,
    platform: "ios",
    noun: "phone",
    system: "iOS",
    keepsPairing: true,
    name,
    model: "iPhone",
    productType: undefined,
    osVersion: "17.5",
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  },
  state: "ready",
  route: "usbmux",
});
const phones = [phone("Ann's iPhone", "00008110-AA"), phone("Joanne", "00008110-BB"), phone("ann", "00008110-CC")];
const named = (wanted: string): string[] => phonesNamed(phones, wanted).map((d) => d.info.name);

test.each([
  ["ann", ["ann"]], // its whole name: others only have it in theirs
  ["ANN'S", ["Ann's iPhone"]],
  ["iphone", ["Ann's iPhone"]],
  ["00008110bb", ["Joanne"]],
  ["nn", ["Ann's iPhone", "Joanne", "ann"]], // ambiguous: the caller says so
  ["00008110", []], // a part of a serial number is nobody's name
  ["", []],
  ["bob", []],
])('"%s" means %j', (wanted, names) => {
  expect(named(wanted)).toEqual(names);
});
