/** A whole phone is backed up by our own client, from a phone in real bytes; the last good backup survives whatever happens. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BackupDescription } from "../../src/device/mock/backup-description.ts";
import { decodePlistDict } from "../../src/device/wire/plist.ts";
import { type BackUpOptions, backUpPhone, type PhoneEvent } from "../../src/phone-backup/index.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { isProcessGone } from "../../src/shared/process.ts";
import { type BackupPhone, clientOf, diskSnapshot, quickTemporary, startBackupPhone } from "../helpers/backup-phone.ts";
import { inhibitor } from "../helpers/inhibitor.ts";

let folder: string;
let dir: string;

beforeEach(() => {
  folder = mkdtempSync(join(quickTemporary(), "offroll-back-up-"));
  dir = join(folder, "backups");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const events: PhoneEvent[] = [];
const optionsOf = (over: Partial<BackUpOptions> = {}): BackUpOptions => ({
  dir,
  isFull: false,
  mustEncrypt: false,
  keep: 0,
  pid: process.pid,
  host: "test-host",
  clock: systemClock,
  onEvent: (event) => events.push(event),
  ...over,
});

async function phoneWith(backup: BackupDescription = {}): Promise<BackupPhone> {
  events.length = 0;
  return await startBackupPhone(folder, backup);
}

const backUp = async (mock: BackupPhone, over: Partial<BackUpOptions> = {}) =>
  await backUpPhone(await clientOf(mock, folder), optionsOf(over));

const status = (place: string): Record<string, unknown> => ({
  ...decodePlistDict(readFileSync(join(place, "Status.plist"))),
});

function storedFiles(place: string): number {
  return readdirSync(place)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .reduce((sum, name) => sum + readdirSync(join(place, name)).length, 0);
}

describe("a backup", () => {
  test("holds every file; the next one what changed; nothing of ours is left beside it", async () => {
    await using mock = await phoneWith();
    const first = await backUp(mock);
    expect(first).toMatchObject({ isFull: true, isEncrypted: false, suspects: 0, kept: [] });
    const place = join(dir, mock.udid);
    expect(status(place)["SnapshotState"]).toBe("finished");
    expect(storedFiles(place)).toBe(mock.fileCount({ encrypted: false }));
    const info = decodePlistDict(readFileSync(join(place, "Info.plist")));
    expect(info["Installed Applications"]).toEqual([
      "org.example.notes",
      "org.example.Grüße-😀",
      "org.example.unsigned",
    ]);
    expect(Object.keys(info["Applications"] as object)).toEqual(["org.example.notes", "org.example.Grüße-😀"]);
    expect(first.apps).toBe(3);
    expect(readdirSync(dir)).toEqual([mock.udid]);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    const same = readdirSync(place).find((name) => /^[0-9a-f]{2}$/.test(name)) as string;
    const inode = statSync(join(place, same, readdirSync(join(place, same))[0] as string)).ino;
    mock.change();
    Object.assign(mock.phone.description, { appService: { fault: "error" } });
    const second = await backUp(mock);
    expect(second.apps).toBe(0);
    expect(events).toContainEqual({ type: "apps-unknown", why: expect.stringContaining("APIInternalError") as string });
    expect(second.isFull).toBe(false);
    expect(second.bytes).toBeLessThan(first.bytes);
    expect(storedFiles(place)).toBe(mock.fileCount({ encrypted: false }));
    expect(readdirSync(dir)).toEqual([mock.udid]);
    expect(statSync(join(place, same, readdirSync(join(place, same))[0] as string)).ino).toBe(inode);
    expect(mock.phone.backup.oddities).toEqual([]);
    expect(mock.phone.backup.lock.owner).toBeUndefined();
    expect(mock.phone.refusedOperations).toEqual([]);
    expect(new Set(mock.phone.changes.map((each) => each.replace(/^\S+ (\d )?/, "")))).toEqual(
      new Set(["/com.apple.itunes.lock_sync"]),
    );
    expect(mock.phone.backup.posted.map((name) => name.slice(name.lastIndexOf(".") + 1))).toEqual([
      ...["syncWillStart", "syncLockRequest", "syncDidStart", "syncDidFinish"],
      ...["syncWillStart", "syncLockRequest", "syncDidStart", "syncDidFinish"],
    ]);
  });

  test.runIf(platform() === "linux")("keeps the computer awake, and lets it sleep when it is over", async () => {
    await using mock = await phoneWith({ cameraRoll: false });
    const { path, pids } = inhibitor();
    vi.stubEnv("PATH", path);
    try {
      await backUp(mock);
    } finally {
      vi.unstubAllEnvs();
    }
    await expect.poll(pids).toHaveLength(2);
    await expect.poll(() => pids().map(isProcessGone)).toEqual([true, true]);
  });

  test("keeps older states, so many", async () => {
    await using mock = await phoneWith();
    for (let i = 0; i < 3; i += 1) {
      mock.change();
      await backUp(mock, { keep: 1 });
      await new Promise((resolve) => setTimeout(resolve, 1_001 - (Date.now() % 1000)));
    }
    const kept = readdirSync(dir).filter((name) => name.startsWith(`${mock.udid}-`));
    expect(kept).toHaveLength(1);
    for (const name of [...kept, mock.udid]) expect(status(join(dir, name))["SnapshotState"]).toBe("finished");
    const states = () => readdirSync(dir).filter((name) => name.startsWith(`${mock.udid}-`));
    mock.change();
    expect(await backUp(mock, { keep: undefined })).toMatchObject({ kept });
    expect(states()).toEqual(kept);
    mock.change();
    expect(await backUp(mock, { keep: 0 })).toMatchObject({ kept: [] });
    expect(states()).toEqual([]);
  });

  test.each([true, false])(
    "that breaks off leaves the last good one as it was, byte for byte (unplugged: %s)",
    async (unplugged) => {
      await using mock = await phoneWith();
      mock.change(); // so that the next one has something to remove
      await backUp(mock);
      const before = diskSnapshot(dir);
      mock.change();
      for (const message of [
        "DLMessageUploadFiles",
        "DLMessageMoveItems",
        "DLMessageRemoveItems",
        "DLMessageDownloadFiles",
      ]) {
        mock.phone.backup.disarm();
        mock.phone.backup.arm([
          {
            when: { message, nth: message === "DLMessageDownloadFiles" ? 4 : 2 },
            do: unplugged ? { type: "unplug", replugMs: 10 } : { type: "response", code: 104, text: "Multiple errors" },
          },
        ]);
        if (message === "DLMessageMoveItems" || message === "DLMessageRemoveItems")
          mock.phone.backup.arm([{ when: { message }, do: { type: "disconnect" } }]);
        await expect(backUp(mock)).rejects.toMatchObject({ scope: "device" });
        expect(diskSnapshot(dir)).toEqual(before);
        await mock.attached();
      }
      mock.phone.backup.disarm();
      expect((await backUp(mock)).isFull).toBe(false);
    },
  );

  test("that a person cancels on the phone, or here, or does not allow, changes nothing", async () => {
    await using mock = await phoneWith({ passcode: { answer: "none", unansweredMs: 30 } });
    await expect(backUp(mock)).rejects.toMatchObject({ code: "phone-passcode" });
    expect(events.some((event) => event.type === "phase" && event.phase === "passcode")).toBe(true);
    expect(readdirSync(dir)).toEqual([]);
    await mock[Symbol.asyncDispose]();
    mkdirSync(join(folder, "two"));
    await using other = await startBackupPhone(join(folder, "two"), {
      faults: [{ when: { message: "DLMessageUploadFiles", nth: 2 }, do: { type: "cancel" } }],
    });
    await expect(backUp(other)).rejects.toMatchObject({ code: "phone-cancelled" });
    expect(other.phone.backup.lock.owner).toBeUndefined();
    const abort = new AbortController();
    const onEvent = (event: PhoneEvent): void => {
      if (event.type === "phase" && event.phase === "receiving") abort.abort();
    };
    await expect(backUp(other, { signal: abort.signal, onEvent })).rejects.toMatchObject({ code: "cancelled" });
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each(["sorting", "saving"])(
    "is the only one in its folder until it has its place (another begins while %s)",
    async (phase) => {
      await using mock = await phoneWith();
      await backUp(mock);
      mock.change();
      let second: Promise<unknown> | undefined;
      const onEvent = (event: PhoneEvent): void => {
        if (event.type === "phase" && event.phase === phase) second = backUp(mock).catch((error: unknown) => error);
      };
      await backUp(mock, { isFull: true, onEvent });
      expect(await second).toMatchObject({ code: "destination-in-use" });
      expect(readdirSync(dir)).toEqual([mock.udid]);
      expect(storedFiles(join(dir, mock.udid))).toBe(mock.fileCount({ encrypted: false }));
      expect((await backUp(mock)).isFull).toBe(false);
    },
  );

  test("in the clear never takes the place of an encrypted one: that stays beside it, and is told", async () => {
    await using mock = await phoneWith();
    mock.phone.backup.setPassword("secret");
    const place = (await backUp(mock)).folder;
    const encrypted = diskSnapshot(place);
    mock.phone.backup.setPassword(undefined);
    expect(await backUp(mock)).toMatchObject({ isEncrypted: false, folder: place });
    const [kept, ...more] = readdirSync(dir).filter((name) => name !== mock.udid);
    expect(more).toEqual([]);
    expect(diskSnapshot(join(dir, kept as string))).toEqual(encrypted);
    expect(events).toContainEqual({ type: "encrypted-kept", name: kept });
    // Once: the clear one after it has nothing that could be lost. No later run prunes what was kept for that.
    await backUp(mock, { keep: 1 });
    await backUp(mock, { keep: 1 });
    expect(readdirSync(dir)).toContain(kept);
  });

  test("of a phone that does not encrypt is refused where that is asked for", async () => {
    await using mock = await phoneWith();
    await expect(backUp(mock, { mustEncrypt: true })).rejects.toMatchObject({ code: "phone-backup-unencrypted" });
    mock.phone.backup.setPassword("secret");
    const summary = await backUp(mock, { mustEncrypt: true });
    expect(summary.isEncrypted).toBe(true);
    expect(storedFiles(summary.folder)).toBe(mock.fileCount({ encrypted: true }));
  });
});
