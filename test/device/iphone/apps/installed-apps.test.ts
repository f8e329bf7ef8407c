/** The apps of a phone in real bytes: as it lists them, and when it lists them badly. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InstalledApp, readInstalledApps } from "../../../../src/device/iphone/apps/index.ts";
import type { IPhone } from "../../../../src/device/iphone/index.ts";
import type { AppsBehaviour } from "../../../../src/device/mock/app-description.ts";
import type { PhoneDescription } from "../../../../src/device/mock/described-phone.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { type BackupPhone, clientOf, quickTemporary, startBackupPhone } from "../../../helpers/backup-phone.ts";

const folder = mkdtempSync(join(quickTemporary(), "offroll-apps-"));
let mock: BackupPhone;
let client: IPhone;
beforeAll(async () => {
  mock = await startBackupPhone(folder, { cameraRoll: false });
  client = await clientOf(mock, folder);
});
afterAll(async () => {
  await mock[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function appsOf(phone: Partial<PhoneDescription>, signal?: AbortSignal): Promise<InstalledApp[]> {
  Object.assign(mock.phone.description, { appService: undefined, ...phone });
  const apps = await readInstalledApps(client, { clock: systemClock, ...(signal && { signal }) });
  expect(mock.phone.refusedOperations).toEqual([]);
  return apps;
}

const named = (...ids: string[]): Partial<PhoneDescription> => ({ apps: ids.map((id) => ({ id })) });
const ids = (apps: readonly InstalledApp[]): string[] => apps.map(({ id }) => id);

test("those of its owner come in pieces, with what installs them again, and their pictures", async () => {
  const many = Array.from({ length: 45 }, (_, i) => `org.example.app${i}`);
  const apps = await appsOf({
    apps: [
      ...many.map((id) => ({ id })),
      { id: "org.example.home-made", fromStore: false },
      { id: "org.example.plain", icon: false },
      { id: "com.apple.mobilesafari", type: "System" },
    ],
  });
  expect(ids(apps)).toEqual([...many, "org.example.home-made", "org.example.plain"]);
  const [first] = apps;
  expect(Buffer.from(first?.store?.rights ?? []).toString("latin1")).toMatch(/^sinf/);
  expect(Buffer.from(first?.store?.metadata ?? []).toString("latin1")).toMatch(/^bplist00/);
  expect(Buffer.from(first?.icon ?? []).toString("hex")).toMatch(/^89504e47/);
  expect(apps.at(-2)).toEqual({ id: "org.example.home-made", store: undefined, icon: undefined });
  expect(apps.at(-1)).toMatchObject({ icon: undefined });
});

test("odd names: what can be a key of a property list is kept as it is, the rest is left out, one that comes twice counts once", async () => {
  const odd = ["com.a b", "Grüße-😀", "../../etc/passwd", "a&<b>\"'", "toString", "123", "long".repeat(256)];
  const apps = await appsOf(named(...odd, "", "__proto__", `x${"y".repeat(1024)}`, "a\ttab", "123"));
  expect(ids(apps)).toEqual(odd);
});

test.each([
  ["error", "the phone refused: APIInternalError"],
  ["garbage", "element should be"],
  ["oversize", "a message of 4294967295 bytes"],
  ["cut", "broke off"],
  ["unknown-status", "without a status"],
  ["endless", "does not end"],
] as const)("a list that ends in %s is told as none", async (fault, words) => {
  const appService: AppsBehaviour = { atOnce: 2, fault };
  await expect(appsOf({ ...named("a", "b", "c"), appService })).rejects.toThrow(words);
});

test("a phone without the service says so; one that falls silent is left by whoever cancels", async () => {
  await expect(appsOf({ appService: { isMissing: true } })).rejects.toMatchObject({ code: "service-unavailable" });
  const controller = new AbortController();
  const asking = appsOf({ ...named("a"), appService: { fault: "silent" } }, controller.signal);
  setTimeout(() => controller.abort(), 20);
  await expect(asking).rejects.toMatchObject({ name: expect.stringMatching(/Abort|Cancel/) as string });
});

test.each(["missing", "cut"] as const)("pictures are what can be done without (%s)", async (icons) => {
  const apps = await appsOf({ ...named("a", "b", "c"), appService: { icons } });
  expect(ids(apps)).toEqual(["a", "b", "c"]);
  expect(apps.map(({ icon }) => icon !== undefined)).toEqual(
    icons === "cut" ? [true, false, false] : [false, false, false],
  );
});

test("lists that are too large to be kept are refused", async () => {
  const apps = Array.from({ length: 3 }, (_, i) => ({ id: `large${i}`, metadataBytes: 9_000_000 }));
  await expect(appsOf({ apps, appService: { atOnce: 1 } })).rejects.toThrow("does not end");
});
