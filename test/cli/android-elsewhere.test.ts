/** An Android phone keeps photos in any folder: who erases it on our word must know where nobody looked. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAndroid } from "../helpers/android.ts";
import { generated } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

const photos = ["/DCIM/Camera/a.jpg", "/Download/b.jpg", "/WhatsApp/Media/WhatsApp Images/c.jpg"];

test("a backup and its check name the folders that were looked into, and never say everything on the phone", async () => {
  await using android = await startAndroid({ files: photos.map((path) => generated(path, 3_000)) });
  const home = homeOf();
  const run = (...args: string[]) =>
    home.run([...args, "--usbip", android.server.address], { env: { OFFROLL_VIA: "mtp" } });
  const to = join(mkdtempSync(join(tmpdir(), "offroll-android-")), "photos");

  const backup = await run("backup", to);
  expect(backup.code, backup.stderr).toBe(0);
  expect(backup.stderr).toContain(
    "Looked into DCIM, Pictures, Movies. Photos in the phone's other folders are not among these.",
  );
  const said = await run("verify", to, "--against-phone");
  expect(said.code, said.stderr).toBe(0);
  expect(said.stderr).toContain("Everything in DCIM, Pictures, Movies on Test Pixel (1 file) is in this backup.");
  expect(said.stderr).toContain("Photos in the phone's other folders (Download, those of chat programs …)");
  expect(said.stderr).not.toContain("Everything on");
  const { againstPhone } = assertSchema("verify", (await run("verify", to, "--against-phone", "--json")).stdout) as {
    againstPhone: object;
  };
  expect(againstPhone).toMatchObject({ complete: true, lookedInto: ["DCIM", "Pictures", "Movies"] });

  const more = await run("backup", to, "--messengers", "--folder", "/Download", "--json");
  const events = more.stdout.trim().split("\n");
  for (const event of events) assertSchema("transfer-event", event);
  const { library } = events.map((line) => JSON.parse(line)).find((e) => e.type === "summary");
  expect(library.lookedInto).toEqual(expect.arrayContaining(["DCIM", "WhatsApp", "Download"]));
});
