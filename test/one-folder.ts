/**
 * Everything that tests write lies in one folder of the system's temporary one, which goes when they end. What Node compiles lies
 * there too: hundreds of children and workers load the same few files.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "offroll-"));
  for (const name of ["TMPDIR", "TEMP", "TMP"]) process.env[name] = folder;
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled");
  // The one that is started most is killed when it is done, and would leave nothing there.
  spawnSync(
    process.execPath,
    [resolve(import.meta.dirname, "../src/shared/foreign-database-child.ts"), "", "1000", "1"],
    {
      stdio: "ignore",
    },
  );
  return () => rmSync(folder, { recursive: true, force: true });
}
