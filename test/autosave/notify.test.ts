/** Notifications: what is said, and that nobody's name becomes an option, a script or markup. A real server: `npm run test:autosave`. */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Notice } from "../../src/autosave/events.ts";
import { notifier } from "../../src/autosave/notify/index.ts";
import { noticeWords } from "../../src/autosave/notify/notice-words.ts";
import { notifyCommand } from "../../src/autosave/notify/notify-command.ts";
import { annsPlan } from "../helpers/autosave.ts";

const hostile = `--help <b>x</b> & \\n "q" $(id) \`id\` 'y'; rm \u202e\u001b[2J`;
const shown = `--help <b>x</b> & \\n "q" $(id) \`id\` 'y'; rm [2J`;
const plan = { ...annsPlan, name: hostile };

test.each<[Notice, string]>([
  [{ cause: "brought", phone: "ann", count: 1 }, "Copied 1 file from Ann's phone to /mnt/disk/Phone."],
  [
    { cause: "brought", phone: "ann", copy: "usb", count: 3 },
    "Copied 3 files to usb, the copy of Ann's phone's backup.",
  ],
  [
    { cause: "brought", phone: "ann", count: 3, isPart: true },
    "Copied 3 files from Ann's phone, not everything: it goes on when the phone and its disk are there.",
  ],
  [{ cause: "overdue", phone: "ann", count: 14 }, "No backup of Ann's phone for 14 days. Plug it in, and its disk."],
  [{ cause: "unlock", phone: "ann" }, "Unlock Ann's phone: its backup waits for that."],
  [{ cause: "trust", phone: "ann" }, "Unlock Ann's phone and tap Trust: its backup waits for that."],
  [
    { cause: "destination-full", phone: "ann" },
    "The backup of Ann's phone needs you (destination-full). Free some space or choose another folder. The next run continues from here.",
  ],
])("%o is told in a sentence that names the phone", (notice, body) => {
  expect(noticeWords(notice, annsPlan).body).toBe(body);
});

test("only a run that was complete is told as backed up", () => {
  const title = (copy?: string, isPart?: boolean): string =>
    noticeWords({ cause: "brought", phone: "ann", copy, count: 3, isPart }, annsPlan).title;
  expect(title()).toBe("offroll: backed up");
  expect([title(undefined, true), title("usb", true)]).toEqual(Array(2).fill("offroll: not everything yet"));
});

test("an unknown phone is told by its id, and what to type", () => {
  expect(noticeWords({ cause: "unknown-phone", phone: "00008150-X" }, undefined)).toEqual({
    title: "offroll: a phone is not set up",
    body: "Nothing is copied from it (00008150-X) until you set it up: offroll autosave on",
    isTrouble: true,
  });
});

test("a name is one argument, after the options, and no markup: on Linux and macOS; on Windows it is in no script at all", () => {
  const words = noticeWords({ cause: "unlock", phone: "ann" }, plan);
  expect(words.body).toBe(`Unlock ${shown}: its backup waits for that.`);
  const linux = notifyCommand("linux", words).argv;
  expect(linux.slice(linux.indexOf("--") + 1)).toEqual([
    words.title,
    words.body.replaceAll("&", "&#38;").replaceAll("<", "&#60;").replaceAll(">", "&#62;").replaceAll("\\", "\\\\"),
  ]);
  const mac = notifyCommand("darwin", words).argv;
  expect(mac.slice(-2)).toEqual([words.title, words.body]);
  expect(mac.slice(0, -2).join(" ")).not.toContain("rm");
  const windows = notifyCommand("win32", words);
  expect(windows.env["OFFROLL_BODY"]).toBe(words.body);
  expect(windows.argv.join(" ")).not.toContain("rm");
  // A title of ours stands where an option could.
  for (const { title, body } of [words]) expect(`${title}${body}`).toMatch(/^offroll: [^-]/);
});

test("the system's program is given the words, and its refusal is no error; without one nothing is shown", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-notify-"));
  const program = join(folder, "notify-send");
  const say = (exit: number): void => {
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/said\nexit ${exit}\n`);
    chmodSync(program, 0o700);
  };
  const notice: Notice = { cause: "unlock", phone: "ann" };
  const { show } = notifier({ platform: "linux", env: { PATH: `${folder}:/bin:/usr/bin` } });
  say(0);
  expect(await show(notice, plan)).toBe(true);
  expect(readFileSync(join(folder, "said"), "utf8").split("\n")).toContain("offroll: unlock the phone");
  say(1);
  expect(await show(notice, plan)).toBe(false);
  expect(await notifier({ platform: "linux", env: { PATH: "" } }).show(notice, plan)).toBe(false);
});
