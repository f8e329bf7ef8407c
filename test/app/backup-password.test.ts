/** The password of a phone's backups: as it was typed, from wherever it is said, and from nowhere else. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type PasswordWishes, saidPassword } from "../../src/app/backup-password.ts";
import { unheard } from "../../src/app/voice.ts";

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "offroll-password-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function said(wishes: PasswordWishes, cwd: string, typed?: string): Promise<string | undefined> {
  const context = { cwd, env: { PATH: process.env["PATH"] }, signal: new AbortController().signal };
  const voice = typed === undefined ? unheard : { ...unheard, askSecret: async () => typed };
  const password = await saidPassword({ context, voice }, wishes, "Password: ");
  return password && Buffer.from(password).toString("utf8");
}

test.each([
  [" sp aces \n", " sp aces "],
  ["line\r\n", "line"],
  ["two\n\n", "two\n"],
  ["ü\u0308", "ü\u0308"],
  ["no end", "no end"],
])("a file that holds %j says %j", async (content, password) => {
  const folder = freshFolder();
  writeFileSync(join(folder, "secret"), content);
  expect(await said({ passwordFile: "secret" }, folder)).toBe(password);
});

test("a command's output is the password, without its line's end; what fails or says nothing is told", async () => {
  const folder = freshFolder();
  expect(await said({ passwordCommand: "printf '%s\\n' ' a \"b\" '" }, folder)).toBe(' a "b" ');
  for (const passwordCommand of [
    "false",
    "true",
    "exit 3",
    "printf '\\n'",
    "yes | head -c 100000",
    "no-such-command-x 2>&-",
  ])
    await expect(said({ passwordCommand }, folder), passwordCommand).rejects.toMatchObject({
      code: "phone-backup-password",
    });
  await expect(said({ passwordCommand: " " }, folder)).rejects.toMatchObject({ code: "usage" });
});

test("a file that is missing, empty or no file is told; both ways at once are a mistake", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "empty"), "\n");
  for (const passwordFile of ["nothing", "empty", "."])
    await expect(said({ passwordFile }, folder), passwordFile).rejects.toMatchObject({ code: "phone-backup-password" });
  await expect(said({ passwordFile: "empty", passwordCommand: "true" }, folder)).rejects.toMatchObject({
    code: "usage",
  });
});

test("on a terminal it is asked for and not trimmed; without one nobody says it", async () => {
  expect(await said({}, "/", " typed ")).toBe(" typed ");
  expect(await said({}, "/")).toBeUndefined();
});
