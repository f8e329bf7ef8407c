/** Android phones through the whole program: a process for the phone, a process for offroll, and files on disk. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describedAndroid } from "../helpers/android.ts";
import { androidProcess, freshHome, mockProcess, offroll } from "../helpers/cli.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { assertSchema } from "../helpers/schemas.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "offroll-android-"));
/** What the demo phone shows; one more is hidden, one thrown away, one unfinished, one no photo. */
const shown = 24;

test("both ways to the demo phone: devices, ls, info, library, export, verify; nothing is copied twice", async () => {
  await using mock = await androidProcess();
  const home = freshHome();
  const by = (via: "mtp" | "adb") => {
    const env = { ...home, OFFROLL_USBIP: mock.usbip, OFFROLL_ADB: mock.adb, OFFROLL_VIA: via };
    return (...args: string[]) => offroll(args, { env });
  };
  const [mtp, adb] = [by("mtp"), by("adb")];
  const both = await offroll(["devices"], {
    env: {
      ...home,
      OFFROLL_USBIP: mock.usbip,
      OFFROLL_ADB: mock.adb,
      OFFROLL_VIA: "",
      OFFROLL_USBMUX: "/nonexistent/x",
    },
  });
  expect(both.stdout).toMatch(/Demo Pixel\s+Google Pixel 8\s+Android 14\s+.* free\s+adb, also MTP\s+ready/);
  assertSchema("devices", (await mtp("devices", "--json")).stdout);
  for (const run of [mtp, adb]) {
    const roll = assertSchema("ls", (await run("ls", "--json")).stdout) as { items: unknown[] };
    expect(roll.items).toHaveLength(shown + 1); // and the unfinished one
    expect((await run("ls", "Camera")).stdout).toContain("PXL_20240320_080000123.MP.jpg");
    assertSchema("info", (await run("info", "PXL_20240320_080000123.MP.jpg", "--json")).stdout);
    assertSchema("library", (await run("library", "--json")).stdout);
    const doctor = await run("doctor", "--json");
    expect(assertSchema("doctor", doctor.stdout)).toMatchObject({ ok: true });
    expect(doctor.stdout).toContain('"promises"');
  }
  const to = folder();
  const exported = await mtp("export", "--to", to, "--yes", "--json");
  for (const line of exported.stdout.trim().split("\n")) assertSchema("transfer-event", line);
  expect(exported.code).toBe(0);
  expect([...filesBelow(to)]).toHaveLength(shown);
  const again = await adb("export", "--to", to, "--yes");
  expect(again.stderr).toContain("nothing new");
  // An export leaves hidden ones out on purpose.
  const asExport = await adb("verify", to, "--against-phone", "--json");
  expect(assertSchema("verify", asExport.stdout)).toMatchObject({
    againstPhone: { complete: true, kind: "export", notHere: [], notCounted: { hidden: 1 }, hashed: shown },
  });
  expect((await adb("backup", to)).code).toBe(0);
  const proof = await adb("verify", to, "--against-phone");
  expect(proof.code).toBe(0);
  expect(proof.stderr).toContain("The phone itself computed the hashes of 25 files: all equal.");
  expect((await mtp("export", "--to", folder(), "--album", "Screenshots", "--yes")).stderr).toContain("2 files");
  expect((await adb("export", "--to", folder(), "--favourites", "--yes")).stderr).toContain("2 files");
  const refused = await mtp("export", "--to", folder(), "--favourites", "--yes");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--favourites needs adb")]);
});

test("a folder that the phone does not let us look at is told by every command, and none ends as if all were well", async () => {
  const phone = join(folder(), "phone.json");
  const generated = { bytes: 3_000, seed: 1 };
  const modified = "2024-01-01T10:00:00Z";
  writeFileSync(
    phone,
    JSON.stringify({
      ...describedAndroid(),
      files: ["/DCIM/Camera/a.jpg", "/Pictures/b.jpg"].map((path) => ({ path, modified, generated })),
      faults: [{ when: { operation: "stat", path: "/DCIM" }, do: { type: "status", status: 0x2002 }, times: 0 }],
    }),
  );
  await using mock = await androidProcess(["--phone", phone, "--adb-state", "none"]);
  const env = { ...freshHome(), OFFROLL_USBIP: mock.usbip, OFFROLL_VIA: "mtp" };
  const to = folder();
  for (const args of [["ls"], ["library"], ["export", "--to", to, "--yes"], ["ls", "/Pictures"]]) {
    const result = await offroll(args, { env });
    expect([args, result.code]).toEqual([args, 3]);
    expect(result.stderr).toContain("The device lists it, and does not say what it is.");
    expect(result.stderr).not.toContain("Everything chosen");
  }
  expect([...filesBelow(to)]).toHaveLength(1);
  const wanted = await offroll(["ls", "/DCIM"], { env });
  // It may be among what cannot be seen: nobody typed it wrong.
  expect([wanted.code, wanted.stderr]).toEqual([1, expect.stringContaining("1 entry could not be read")]);
});

test("phones without serial numbers: no backup goes where another's is, unless a person says so", async () => {
  const home = freshHome();
  const phone = async (name: string, manufacturer: string) => {
    const file = join(folder(), "phone.json");
    const generated = { bytes: 3_000, seed: name.length };
    const files = ["IMG_0001", name].map((f) => ({
      path: `/DCIM/Camera/${f}.jpg`,
      modified: "2024-01-01T10:00:00Z",
      generated,
    }));
    const serialNumber = "0123456789ABCDEF";
    writeFileSync(
      file,
      JSON.stringify({
        ...describedAndroid({ name, productType: name, serialNumber, files }),
        android: { manufacturer },
      }),
    );
    const mock = await androidProcess(["--phone", file, "--adb-state", "none"]);
    const env = { ...home, OFFROLL_USBIP: mock.usbip, OFFROLL_VIA: "mtp" };
    return { mock, run: (...args: string[]) => offroll(args, { env }) };
  };
  const to = folder();
  const first = await phone("Kosumi", "MOBIWIRE");
  expect((await first.run("backup", to)).code).toBe(0);
  const again = await first.run("backup", "--yes");
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("(device-indistinct)")]);
  expect((await first.run("backup", to)).stderr).toContain("2 files");
  await first.mock[Symbol.asyncDispose]();
  const second = await phone("VIBE K5", "LENOVO");
  await using _mock = second.mock;
  const other = await second.run("backup", "--yes");
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("Say where VIBE K5's backup goes")]);
  expect([...filesBelow(to)].sort()).toEqual(["2024/01/IMG_0001.jpg", "2024/01/Kosumi.jpg"]);
});

test("a locked phone: what to do is said, and it goes on by itself", async () => {
  await using mock = await androidProcess(["--quirk", "lockedLooks=4", "--adb-state", "none"]);
  const to = folder();
  const env = { ...freshHome(), OFFROLL_USBIP: mock.usbip, OFFROLL_VIA: "mtp" };
  const result = await offroll(["export", "--to", to, "--yes"], { env });
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain("choose File transfer");
  expect([...filesBelow(to)]).toHaveLength(shown);
});

test("USB debugging not allowed yet: what to tap is said, and it goes on by itself", async () => {
  await using mock = await androidProcess(["--adb-state", "unauthorized"]);
  const to = folder();
  const env = { ...freshHome(), OFFROLL_ADB: mock.adb, OFFROLL_VIA: "adb" };
  expect((await offroll(["devices"], { env })).stdout).toContain("tap Allow for USB debugging");
  const unattended = await offroll(["export", "--to", to, "--yes"], { env });
  expect([unattended.code, unattended.stderr]).toEqual([1, expect.stringContaining("(debugging-unauthorised)")]);
  const paired = await offroll(["pair"], {
    env,
    during: (child) =>
      child.stderr.on("data", (text) => {
        if (String(text).includes("tap Allow")) mock.type("allow");
      }),
  });
  expect(paired.code, paired.stderr).toBe(0);
  const result = await offroll(["export", "--to", to, "--yes"], { env });
  expect(result.code, result.stderr).toBe(0);
  expect([...filesBelow(to)]).toHaveLength(shown);
});

test("an iPhone and an Android phone at once, each to its own folder", async () => {
  await using iphone = await mockProcess();
  await using android = await androidProcess();
  const env = {
    ...freshHome(),
    USBMUXD_SOCKET_ADDRESS: iphone.address,
    OFFROLL_USBIP: android.usbip,
    OFFROLL_ADB: android.adb,
    OFFROLL_VIA: "",
  };
  const listed = await offroll(["devices", "--json"], { env });
  expect((JSON.parse(listed.stdout) as { devices: { name: string }[] }).devices.map((d) => d.name).sort()).toEqual([
    "Demo Pixel",
    "Demo iPhone",
  ]);
  const unsure = await offroll(["export", "--to", folder(), "--yes"], { env });
  expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringContaining("More than one device")]);
  const [a, b] = [folder(), folder()];
  const results = await Promise.all([
    offroll(["export", "--to", a, "--device", "Demo iPhone", "--limit", "20", "--yes"], { env }),
    offroll(["export", "--to", b, "--device", "Demo Pixel", "--yes"], { env }),
  ]);
  expect(
    results.map((r) => r.code),
    results.map((r) => r.stderr).join("\n"),
  ).toEqual([0, 0]);
  expect([...filesBelow(b)]).toHaveLength(shown);
});

test("doctor without a phone: what is there for Android, and the rule that opens it", async () => {
  const env = { ...freshHome(), OFFROLL_USBIP: "127.0.0.1:1", OFFROLL_ADB: "127.0.0.1:1", OFFROLL_VIA: "" };
  const doctor = await offroll(["doctor"], { env });
  expect(doctor.stdout).toMatch(/adb is (not )?installed/);
  const rule = await offroll(["doctor", "--udev"], { env });
  expect(rule.stdout).toContain('ENV{ID_USB_INTERFACES}=="*:060101:*", TAG+="uaccess"');
  expect(rule.stderr).toContain("sudo tee /etc/udev/rules.d/");
  for (const [args, code, words] of [
    [["devices", "--via", "bluetooth"], 2, "Allowed choices are"],
    [["devices", "--adb", "nonsense"], 2, "socket-address-invalid"],
    [["devices", "--via", "mtp"], 1, "USB/IP server"],
    [["mock", "android", "--quirk", "="], 2, "NAME=VALUE"],
  ] as const) {
    const result = await offroll([...args, ...(code === 2 && args[1] === "--adb" ? ["--json"] : [])], { env });
    expect([result.code, `${result.stdout}${result.stderr}`], args.join(" ")).toEqual([
      code,
      expect.stringContaining(words),
    ]);
  }
});
