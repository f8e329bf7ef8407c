/** Debian's adb decides whether our fake server is one, and its server whether our client is right. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { AdbRoute } from "../../src/device/adb/adb-route.ts";
import { AdbServer, startAdbServer } from "../../src/device/adb/adb-server.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { startAdb } from "../helpers/android.ts";
import { generated, truth } from "../helpers/mock.ts";

const ci = process.env["CI"] === "true";
const isAbsent = (() => {
  try {
    execFileSync("which", ["adb"], { stdio: "ignore" });
    return false;
  } catch {
    return true;
  }
})();

test.runIf(ci)("adb is installed", () => expect(isAbsent).toBe(false));

async function adb(port: string | number, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)("adb", ["-P", String(port), ...args], { timeout: 300_000 });
  return stdout + stderr;
}

describe.skipIf(isAbsent)("Debian's adb", () => {
  const files = [generated("/DCIM/Camera/a.jpg", 300_000), generated("/DCIM/Camera/sub/b c.jpg", 10)];

  test("lists, asks and pulls from our fake server, which it takes for its own", async () => {
    await using mock = await startAdb({ files });
    const port = mock.server.address.split(":")[1] as string;
    expect(await adb(port, "devices", "-l")).toMatch(/TESTANDROID01\s+device usb:1-1 .*model:Pixel_8.*transport_id:1/);
    expect(await adb(port, "get-state")).toBe("device\n");
    expect(await adb(port, "shell", "getprop", "ro.product.model")).toBe("Pixel 8\n");
    expect(await adb(port, "ls", "/sdcard/DCIM/Camera")).toMatch(/000493e0 \w+ a\.jpg/);
    const to = mkdtempSync(join(tmpdir(), "offroll-adb-"));
    expect(await adb(port, "pull", "/sdcard/DCIM", join(to, "DCIM"))).toContain("2 files pulled");
    const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    for (const { path } of files) {
      const want = hash(await truth(mock.phone, path));
      expect(hash(readFileSync(join(to, path)))).toBe(want);
      expect(await adb(port, "exec-out", `sha256sum '/sdcard${path}'`)).toContain(want);
    }
    expect(mock.server.kills).toBe(0);
    await expect(adb(port, "push", "/etc/hostname", "/sdcard/x")).rejects.toThrow(/failed/i);
    expect(mock.phone.node("/x")).toBeUndefined();
    mock.server.setState(mock.phone, "unauthorized");
    expect(await adb(port, "devices")).toContain("TESTANDROID01\tunauthorized");
    await expect(adb(port, "shell", "true")).rejects.toThrow(/unauthorized/);
  });

  test("its own server, started once by our client, answers it", async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const address = { host: "127.0.0.1", port };
    const server = new AdbServer(address, { stallMs: 5_000 });
    await expect(server.version()).rejects.toMatchObject({ code: "adb-not-running" });
    await startAdbServer(address);
    try {
      expect(await server.version()).toBe(41);
      expect(await server.devices()).toEqual([]);
      await expect(server.service("nobody", "sync:")).rejects.toMatchObject({ code: "device-disconnected" });
      const stop = new AbortController();
      for await (const list of server.track({ signal: stop.signal })) {
        expect(list).toEqual([]);
        stop.abort();
      }
    } finally {
      await adb(port, "kill-server"); // ours to end: this test started it
    }
  });

  test("a server that does not run is started once, and only where a phone with debugging waits for it", async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const route = (isWanted: boolean, onStarted: () => void) =>
      new AdbRoute({
        address: { host: "127.0.0.1", port },
        clock: systemClock,
        isWanted: async () => isWanted,
        onStarted,
      });
    let started = 0;
    const note = (): void => {
      started += 1;
    };
    expect(await route(false, note).devices()).toEqual([]);
    expect(started).toBe(0);
    const wanted = route(true, note);
    try {
      expect(await wanted.devices()).toEqual([]);
      expect(await wanted.devices()).toEqual([]);
      expect(started).toBe(1);
    } finally {
      await adb(port, "kill-server");
    }
    expect(await wanted.devices()).toEqual([]);
    expect(started).toBe(1);
  });
});
