/** Where all places of the settings are now, as one look. It is taken by a process of its own: what it needs is much, and seldom. */
import type { Host } from "../app/host.ts";
import { lookAtPhoneBackup } from "../app/phone-backup-place.ts";
import { isCopyBehind, placeIsFree, placeNow } from "../app/places-there.ts";
import { autosaveFiles } from "./files.ts";
import { jobsOf } from "./job.ts";
import type { PlaceSeen } from "./places-look.ts";
import { readAutosave } from "./settings.ts";

/** What the process prints on its last line. */
export async function placesLook(host: Host): Promise<{ readonly places: readonly PlaceSeen[] }> {
  const jobs = jobsOf(readAutosave(autosaveFiles(host).settings));
  const places = await Promise.all(
    jobs.map(async ({ plan: { to, id }, copy }): Promise<PlaceSeen> => {
      const root = await placeNow(host, { to, id, copy }).catch(() => undefined);
      const isBehind = copy !== undefined && isCopyBehind(host, { to, id, copy });
      return { to, copy, root, isBehind };
    }),
  );
  return { places: [...places, ...(await wholePlaces(host))] };
}

async function wholePlaces(host: Host): Promise<PlaceSeen[]> {
  const { phones } = readAutosave(autosaveFiles(host).settings);
  const seen: PlaceSeen[] = [];
  for (const [phone, { phoneBackup }] of Object.entries(phones)) {
    if (!phoneBackup) continue;
    const { root, ...whole } = await lookAtPhoneBackup(phoneBackup, phone);
    seen.push({ to: phoneBackup.to, root, isBehind: false, whole: { phone, ...whole } });
  }
  return seen;
}

/** The same process, asked about one place alone. @param root as a look told it */
export async function freeLook(host: Host, root: string): Promise<{ readonly isFree: boolean }> {
  return { isFree: await placeIsFree(host, root) };
}
