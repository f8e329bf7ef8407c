/** What keeps a computer awake, replaced by a script that tells who asked for it. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder whose `systemd-inhibit` notes its process and runs what it is told to, as the real one does. */
export function inhibitor(): { path: string; pids: () => number[]; words: () => string } {
  const folder = mkdtempSync(join(tmpdir(), "offroll-awake-"));
  const noted = join(folder, "pids");
  const words = join(folder, "words");
  writeFileSync(
    join(folder, "systemd-inhibit"),
    `#!/bin/sh\necho "$@" >> '${words}'\nwhile [ "\${1#--}" != "$1" ]; do shift; done\nexec 3<&0\n"$@" <&3 &\necho $$ $! > '${noted}.new'; mv '${noted}.new' '${noted}'; wait\n`,
    { mode: 0o755 },
  );
  return {
    path: `${folder}:${process.env["PATH"]}`,
    pids: () => (existsSync(noted) ? readFileSync(noted, "utf8").trim().split(" ").map(Number) : []),
    words: () => (existsSync(words) ? readFileSync(words, "utf8") : ""),
  };
}
