/** `mock iphone --socket PATH` puts a socket there, and takes nothing away that is not a dead one's. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MockUsbmuxd } from "../../../src/device/mock/iphone/index.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "offroll-socket-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const start = (path: string) => MockUsbmuxd.start({ address: { path }, phones: [] });
const posix = test.skipIf(process.platform === "win32");

posix("a file, a folder or a link at the path stays, and is said", async () => {
  const folder = newFolder();
  const file = join(folder, "file");
  writeFileSync(file, "somebody's");
  symlinkSync(file, join(folder, "link"));
  mkdirSync(join(folder, "folder"));
  for (const name of ["file", "link", "folder"])
    await expect(start(join(folder, name)), name).rejects.toMatchObject({
      code: "usage",
      message: `${join(folder, name)} is no socket, and stays as it is.`,
    });
  expect(readFileSync(file, "utf8")).toBe("somebody's");
  expect(readdirSync(folder).sort()).toEqual(["file", "folder", "link"]);
});

posix("a socket that is listened on stays, one that a killed mock left goes", async () => {
  const path = join(newFolder(), "mux");
  const living = net.createServer().listen(path);
  await new Promise((done) => living.once("listening", done));
  await expect(start(path)).rejects.toMatchObject({ code: "usage", message: `${path} is in use, and stays as it is.` });
  expect(statSync(path).isSocket()).toBe(true);
  await new Promise((done) => living.close(done));
  // Node takes its own away: one that nobody listens on is made in another way.
  const { execFileSync } = await import("node:child_process");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  try {
    execFileSync(process.execPath, ["-e", script]);
  } catch {
    // killed
  }
  expect(statSync(path).isSocket()).toBe(true);
  await using daemon = await start(path);
  expect(daemon.address).toContain(path);
});
