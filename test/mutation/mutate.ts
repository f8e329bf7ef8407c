/**
 * Breaks each promise on purpose in a scratch copy and expects a test to go red for it. A mutation that survives is a promise
 * nobody checks.
 *
 *   npm run test:mutation -- [part of a mutation's name]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { mutations } from "./mutations.ts";

const top = resolve(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "offroll-mutation-"));
for (const name of ["src", "test", "fixtures", "dist", "package.json", "tsconfig.json", "vitest.config.ts"])
  cpSync(join(top, name), join(scratch, name), { recursive: true });
symlinkSync(join(top, "node_modules"), join(scratch, "node_modules"));

let caught = 0;
let survived = 0;
const wanted = mutations.filter((m) => m.what.includes(process.argv[2] ?? ""));
for (const { what, file, from, to, tests } of wanted) {
  const path = join(scratch, file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) {
    console.log(`✗ ${what}: its place in ${file} was not found once`);
    survived += 1;
    continue;
  }
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  const vitest = join(scratch, "node_modules/vitest/vitest.mjs");
  const result = spawnSync(process.execPath, [vitest, "run", "--bail=1", ...tests], {
    cwd: scratch,
    encoding: "utf8",
    timeout: 240_000,
  });
  writeFileSync(path, text);
  const red = /FAIL\s+(.*)/.exec(result.stdout + result.stderr)?.[1] ?? "";
  if (result.status !== 0 && red !== "") {
    caught += 1;
    console.log(`✓ ${what}\n    red: ${red}`);
  } else {
    survived += 1;
    console.log(`✗ ${what}: no test noticed`);
  }
}
rmSync(scratch, { recursive: true });
console.log(`${caught} passed, ${survived} failed`);
process.exitCode = survived === 0 ? 0 : 1;
