/** A phone that was set up, and what is made of it. */
import type { AutosaveSettings, PhonePlan } from "../../src/autosave/index.ts";

export const annsPlan: PhonePlan = {
  name: "Ann's phone",
  to: "/mnt/disk/Phone",
  photos: true,
  videos: true,
  copy: "second",
  network: false,
  daily: "12:30",
  quietHours: { from: "22:00", to: "07:00" },
  setUpAt: new Date(2026, 0, 1, 8).getTime(),
};

/** Settings of one phone, "ann". */
export function settingsWith(plan: Partial<PhonePlan> = {}): AutosaveSettings {
  return { v: 1, phones: { ann: { ...annsPlan, ...plan } } };
}
