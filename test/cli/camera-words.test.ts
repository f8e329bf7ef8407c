/** Whoever plugs in a camera reads of a camera: "phone" stands in nothing that is said about it. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileDescription, PhoneDescription } from "../../src/device/mock/described-phone.ts";
import { type AndroidSetup, startAndroid } from "../helpers/android.ts";
import type { CliResult } from "../helpers/cli.ts";
import { generated } from "../helpers/mock.ts";
import { homeOf, type ProgramOptions } from "../helpers/program.ts";

type Camera = NonNullable<PhoneDescription["android"]>;

const cameras: Readonly<Record<string, Camera>> = {
  "Canon EOS R": { manufacturer: "Canon.Inc", vendorId: 0x04a9, productId: 0x32da, mtp: { ptp: true } },
  "Nikon Z 6": {
    manufacturer: "Nikon Corporation",
    vendorId: 0x04b0,
    productId: 0x0443,
    mtp: { partial: "32", dateProperty: "refused" },
  },
  "HERO11 Black": { manufacturer: "GoPro", vendorId: 0x2672, productId: 0x0059, mtp: { dates: "missing" } },
};

const photos: readonly FileDescription[] = [
  generated("/DCIM/100CAMER/A0000001.JPG", 3_000),
  generated("/DCIM/100CAMER/A0000002.JPG", 4_000),
  generated("/DCIM/100CAMER/A0000003.JPG", 0),
  generated("/DCIM/100CAMER/A0000004.JPG", 5_000),
  generated("/DCIM/100CAMER/NOTES.TXT", 20),
  generated("/DCIM/101CAMER/A0000005.JPG", 6_000),
  generated(`/DCIM/${Array.from({ length: 14 }, (_, i) => i).join("/")}/A0000006.JPG`, 7_000),
];

/** What is said of this computer, and before anything was seen, is not about what is plugged in. */
const ofThisComputer = /^. adb is not installed|^offroll copies photos and videos from a phone or a camera/;
/** Flags, codes and tokens that hold the word are names; so are files. */
const word = /(?<![-\w/{.])phones?\b/i;

class Told {
  readonly #camera: string;
  readonly #lines: string[] = [];
  /** Of all that was said, so that a run which said nothing is seen. */
  length = 0;

  constructor(camera: string) {
    this.#camera = camera;
  }

  by(command: string, { code, stdout, stderr }: CliResult): CliResult {
    this.length += stdout.length + stderr.length;
    for (const line of `${stdout}\n${stderr}`.split("\n"))
      if (word.test(line) && !ofThisComputer.test(line))
        this.#lines.push(`${this.#camera}, ${command}: ${line.trim()}`);
    return { code, stdout, stderr };
  }

  expectNone(): void {
    expect(this.#lines).toEqual([]);
  }
}

async function camera(model: string, over: Partial<PhoneDescription> = {}): Promise<AndroidSetup> {
  const { mtp, ...android } = cameras[model] as Camera;
  const description = { name: model, productType: model, files: photos, ...over };
  return await startAndroid({ ...description, android }, mtp);
}

function shell(mock: AndroidSetup, told: Told) {
  const home = homeOf();
  const env = { OFFROLL_VIA: "mtp", OFFROLL_USBIP: mock.server.address };
  return async (args: readonly string[], options: ProgramOptions = {}): Promise<CliResult> =>
    told.by(args.join(" "), await home.run(args, { env, ...options }));
}

test.each(Object.keys(cameras).slice(1))("a %s is no phone in what most people see of it", async (model) => {
  await using mock = await camera(model);
  const told = new Told(model);
  const run = shell(mock, told);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-camera-")), "photos");
  for (const args of [["devices"], ["ls"], ["unpair"], ["backup", to], ["verify", to, "--against-phone"]])
    await run(args);
  told.expectNone();
});

test("a Canon EOS R is no phone in anything that is said about it", async () => {
  const model = "Canon EOS R";
  await using mock = await camera(model);
  const told = new Told(model);
  const run = shell(mock, told);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-camera-")), "photos");
  expect((await run(["devices"])).stdout).toContain(model);
  expect((await run(["ls"])).code).toBe(3);
  for (const args of [
    ["ls", "/DCIM/100CAMER"],
    ["ls", "/NOWHERE"],
    ["ls", "--missing"],
    ["ls", "--favourites"],
    ["ls", "--person", "Ann"],
    ["ls", "--camera", "Leica"],
    ["ls", "--album", "None"],
    ["ls", "--text", "nothing"],
    ["info", "A0000001.JPG"],
    ["info", "A0000009.JPG"],
    ["library"],
    ["doctor"],
    ["pair"],
    ["unpair"],
    ["backup", to, "--dry-run", "--verbose"],
    ["export", `${to}-2`, "--since", "2050-01-01", "--yes"],
    ["export", `${to}-3`, "--yes", "--require-complete"],
  ])
    await run(args);
  const backup = await run(["backup", to]);
  expect([backup.code, backup.stderr]).toEqual([3, expect.stringContaining("Copied")]);
  expect(backup.stderr).toMatch(/on this camera|sizes against the camera/);
  for (const args of [
    ["backup", to],
    ["verify", to],
    ["verify", to, "--against-phone"],
    ["status", to],
    ["status"],
    ["history", to],
    ["why", "A0000003.JPG", "--in", to],
    ["why", "A0000001.JPG"],
    ["why", "A0000009.JPG"],
    ["ignore", "A0000009.JPG", "--in", to],
    ["ignore", "--list", "--in", to],
  ])
    await run(args);
  // One that is gone here, one that is damaged here.
  const [month] = readdirSync(join(to), { recursive: true, encoding: "utf8" }).filter((f) =>
    f.endsWith("A0000001.JPG"),
  );
  writeFileSync(join(to, month as string), "damaged");
  await run(["verify", to]);
  await run(["status", to]);
  await run(["verify", to, "--repair"]);
  await run(["catalog", "rebuild", to]);
  expect(told.length).toBeGreaterThan(5_000);
  told.expectNone();
});

test("questions and answers about a camera, and what is said when it goes and comes back", async () => {
  const told = new Told("Nikon Z 6");
  await using mock = await camera("Nikon Z 6");
  const to = join(mkdtempSync(join(tmpdir(), "offroll-camera-")), "photos");
  const asked = await shell(mock, told)(["--plain"], { answers: ["1", to, "", "", ""] });
  expect([asked.code, asked.stdout]).toEqual([3, expect.stringContaining("This camera is plugged in: Nikon Z 6")]);
  const files = [...photos, generated("/DCIM/101CAMER/A0000007.MOV", 20_000_000)];
  const unplugs = {
    when: { operation: "read", path: "/DCIM/101CAMER/A0000007.MOV", afterBytes: 4_000_000 },
    do: { type: "unplug" },
  } as const;
  await using lost = await camera("Nikon Z 6", { files, faults: [unplugs] });
  const gone = await shell(lost, told)(["backup", `${to}-2`, "--wait", "1s"]);
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("This run waits 1 s for it.")]);
  told.expectNone();
});

test("a camera whose folders and files are refused is named as one too", async () => {
  const told = new Told("Canon EOS R");
  const refused = (operation: "stat" | "read", path: string, status: number) =>
    ({ when: { operation, path }, do: { type: "status", status }, times: 0 }) as const;
  await using mock = await camera("Canon EOS R", {
    files: [...photos, generated("/MISC/A0000010.JPG", 100)],
    faults: [
      refused("stat", "/MISC", 0x2002),
      refused("read", "/DCIM/100CAMER/A0000001.JPG", 0x2002),
      refused("read", "/DCIM/100CAMER/A0000002.JPG", 0x200f),
      refused("read", "/DCIM/101CAMER/A0000005.JPG", 0x2009),
    ],
  });
  const run = shell(mock, told);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-camera-")), "photos");
  mkdirSync(to);
  for (const args of [
    ["ls"],
    ["ls", "/MISC"],
    ["library"],
    ["backup", to],
    ["backup", to],
    ["verify", to, "--against-phone"],
  ])
    expect((await run(args)).code, args.join(" ")).not.toBe(0);
  for (const args of [
    ["why", "A0000001.JPG", "--in", to],
    ["status", to],
    ["ignore", "A0000001.JPG", "--in", to],
    ["doctor"],
  ])
    await run(args);
  told.expectNone();
});
