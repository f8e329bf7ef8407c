/** Programs we did not write decide whether the mock is a phone: Debian's libimobiledevice-utils and ifuse. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readDescription } from "../../src/device/mock/described-phone.ts";
import { type MockProcess, mockProcess } from "../helpers/cli.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";

const udid = "00008110-001A2B3C4D5E6F7A";
const ci = process.env["CI"] === "true";

function missing(...programs: string[]): string[] {
  return programs.filter((p) => {
    try {
      execFileSync("which", [p], { stdio: "ignore" });
      return false;
    } catch {
      return true;
    }
  });
}

const absent = missing("idevice_id", "ideviceinfo", "idevicepair", "ifuse");
const noFuse = (() => {
  try {
    accessSync("/dev/fuse");
    return false;
  } catch {
    return true;
  }
})();

// On a user's machine a missing peer is a skip that is seen and counted; in CI it is a failure.
test.runIf(ci)("the peers are installed", () => expect(absent).toEqual([]));

interface Result {
  readonly code: number;
  readonly output: string;
}

async function peer(address: string, program: string, ...args: string[]): Promise<Result> {
  const env = { ...process.env, USBMUXD_SOCKET_ADDRESS: `UNIX:${address}` };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { env, timeout: 300_000 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe.skipIf(absent.length > 0)(
  `libimobiledevice${absent.length > 0 ? ` (missing: ${absent.join(", ")})` : ""}`,
  () => {
    test("idevice_id lists the phone, ideviceinfo tells of it before and after pairing", async () => {
      await using mock = await startMock();
      const run = (program: string, ...args: string[]) => peer(mock.daemon.address, program, ...args);
      expect((await run("idevice_id", "-l")).output.trim()).toBe(udid);
      expect((await run("ideviceinfo", "-s", "-k", "ProductVersion")).output.trim()).toBe("17.5.1");
      expect((await run("ideviceinfo", "-s", "-k", "SerialNumber")).output).not.toContain("TESTSERIAL01");
      expect((await run("idevicepair", "pair")).output).toContain("SUCCESS");
      expect((await run("ideviceinfo", "-k", "SerialNumber")).output.trim()).toBe("TESTSERIAL01");
      expect((await run("ideviceinfo", "-k", "UniqueChipID")).output.trim()).toBe("9007199254740993");
    });

    test("idevicepair goes through the trust states", async () => {
      await using mock: MockSetup = await startMock(
        {},
        { trust: { type: "pending", polls: Number.POSITIVE_INFINITY } },
      );
      const run = (...args: string[]) => peer(mock.daemon.address, "idevicepair", ...args);
      expect((await run("pair")).output).toMatch(/accept the trust dialog/i);
      mock.phone.locked = true;
      mock.phone.trust = { type: "locked", polls: Number.POSITIVE_INFINITY };
      expect((await run("pair")).output).toMatch(/passcode/i);
      mock.phone.unlock();
      mock.phone.tapDontTrust();
      expect((await run("pair")).output).toMatch(/denied the trust dialog/i);
      mock.phone.tapTrust();
      expect((await run("pair")).output).toContain("SUCCESS");
      expect((await run("validate")).output).toContain("SUCCESS");
      expect((await run("unpair")).output).toContain("SUCCESS");
      expect(mock.phone.pairings.size).toBe(0);
      mock.phone.tapDontTrust(); // validate pairs by itself where there is no record
      expect((await run("validate")).output).toContain("ERROR");
    });

    test("a pairing made by idevicepair serves us, and ours serves ideviceinfo", async () => {
      await using theirs = await startMock();
      expect((await peer(theirs.daemon.address, "idevicepair", "pair")).output).toContain("SUCCESS");
      expect((await theirs.hub.devices())[0]?.state).toBe("ready");
      await using source = await theirs.hub.open((await theirs.hub.find(undefined)).info);
      expect(source.device.freeBytes).toBe(50_000_000_000);
      expect(theirs.phone.pairings.size).toBe(1);
      await using ours = await startMock();
      await ours.hub.trust((await ours.hub.find(undefined)).info);
      expect((await peer(ours.daemon.address, "ideviceinfo", "-k", "SerialNumber")).output.trim()).toBe("TESTSERIAL01");
      expect(ours.phone.pairings.size).toBe(1);
    });
  },
);

const demo = resolve(import.meta.dirname, "../../dist/demo-phone/phone.json");
const why = absent.length > 0 ? ` (missing: ${absent.join(", ")})` : noFuse ? " (this kernel has no FUSE)" : "";

describe.skipIf(absent.length > 0 || noFuse)(`ifuse${why}`, () => {
  test("mounts the phone: a recursive copy is byte-identical to the description, and a backup of the mount is whole", async () => {
    await using mock: MockProcess = await mockProcess();
    expect((await peer(mock.address, "idevicepair", "pair")).output).toContain("SUCCESS");
    const mount = mkdtempSync(join(tmpdir(), "offroll-ifuse-"));
    const copy = mkdtempSync(join(tmpdir(), "offroll-ifuse-copy-"));
    const mounted = await peer(mock.address, "ifuse", mount);
    expect(mounted.code, mounted.output).toBe(0);
    const backup = join(copy, "..", `${basename(copy)}-backup`);
    try {
      await promisify(execFile)("cp", ["-r", `${mount}/.`, copy], { timeout: 300_000 });
      // A phone that somebody else has mounted is a folder, and its path tells little of who it is.
      const home = homeOf();
      const env = { OFFROLL_VIA: `folder:${mount}` };
      const first = await home.run(["backup", backup], { env });
      expect(first.code, first.stderr).toBe(0);
      const compared = await home.run(["verify", backup, "--against-phone"], { env });
      expect(compared.code, compared.stderr).toBe(0);
      expect((await home.run(["backup"], { env })).stderr).toContain("(device-indistinct)");
    } finally {
      execFileSync("fusermount", ["-u", mount]);
    }
    const { description, baseFolder } = await readDescription(demo);
    let compared = 0;
    for (const file of description.files) {
      const got = createHash("sha256")
        .update(readFileSync(join(copy, file.path)))
        .digest("hex");
      const want = createHash("sha256")
        .update(readFileSync(join(baseFolder, file.file!)))
        .digest("hex");
      expect(got, file.path).toBe(want);
      compared += 1;
    }
    expect(compared).toBe(description.files.length);
    expect(readdirSync(join(copy, "DCIM")).length).toBeGreaterThan(3);
  });
});
