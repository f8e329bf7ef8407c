/** A phone of a hundred photos as the UI knows it, and the reducer played from it. */

import { defaultSettings } from "../../src/app/export-choices.ts";
import type { DeviceSummary } from "../../src/device/index.ts";
import type { RollItem } from "../../src/library/roll.ts";
import { Decoder } from "../../src/media/index.ts";
import type { Action, Effect } from "../../src/ui/actions.ts";
import { groupsOf } from "../../src/ui/groups.ts";
import { toUiItem, type UiItem } from "../../src/ui/items.ts";
import { PictureStore } from "../../src/ui/pictures/picture-store.ts";
import { reduce } from "../../src/ui/reducer.ts";
import { type BrowseState, initialState, type State } from "../../src/ui/state.ts";

export const device: DeviceSummary = {
  info: {
    id: "u",
    platform: "ios",
    noun: "phone",
    system: "iOS",
    keepsPairing: true,
    name: "Ann\u001b[31m's iPhone",
    model: "iPhone 14 Pro",
    productType: undefined,
    osVersion: "17.5",
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  },
  state: "needs-trust",
  route: "usbmux",
};

export const day = (n: number): string =>
  `2024-${String(5 - Math.floor(n / 28)).padStart(2, "0")}-${String(28 - (n % 28)).padStart(2, "0")}`;

export const photo = (n: number): RollItem => ({
  id: `id${n}`,
  kind: n % 3 === 0 ? "video" : "photo",
  subtype: n % 10 === 1 ? "live" : undefined,
  captured: { local: `${day(Math.floor(n / 2))}T12:00:00`, offsetMinutes: 120, zone: "recorded", source: "library" },
  availability: n === 7 ? "icloud" : "phone",
  edited: n % 9 === 2,
  parts: [
    {
      role: "original",
      availability: n === 7 ? "icloud" : "phone",
      item: {
        id: `${n}`,
        path: `/DCIM/${n < 50 ? "100APPLE" : "101APPLE"}/IMG_${String(n).padStart(4, "0")}.HEIC`,
        name: `IMG_${String(n).padStart(4, "0")}.HEIC`,
        area: "camera-roll",
        sizeBytes: 1_000_000 + n,
        modifiedAt: undefined,
        createdAt: undefined,
      },
      facts: { format: "heif", make: n % 2 ? "Apple" : "Canon", model: n % 2 ? "iPhone 14 Pro" : "R6" },
    },
  ],
});
export const items = Array.from({ length: 100 }, (_, i) => toUiItem(photo(i)));
export const settings = { ...defaultSettings, destination: "/home/ann/Pictures" };

/** Pictures are not drawn here: what stands in their place is. */
export const pictures = new PictureStore(
  { mode: "blocks", depth: "true", cell: { width: 10, height: 20 } },
  new Decoder(),
  undefined,
  () => {},
);

export function play(actions: readonly Action[], start: State = initialState): { state: State; effects: Effect[] } {
  let state = start;
  const effects: Effect[] = [];
  for (const action of actions) {
    const step = reduce(state, action);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

export const groups = await groupsOf(items);
export const noGroups: typeof groups = [];
export const openedPhone = (list: readonly UiItem[] = items, partial = false): Action => ({
  type: "opened",
  opened: {
    device: "u",
    phone: "Ann's iPhone",
    noun: "phone",
    parts: ["edits", "live"],
    usualTemplate: defaultSettings.template,
    items: list,
    groups: list === items ? groups : noGroups,
    settings,
    partial,
    hasData: true,
    view: "list",
  },
});
export const opened = play([{ type: "devices", devices: [device] }, { type: "enter" }, openedPhone()])
  .state as BrowseState & State;
export const ids = (state: State): string[] => [...(state as BrowseState).chosen];
