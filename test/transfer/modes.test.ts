/** Who may read and write what we make, when the person's umask forbids nothing. */
import { lstatSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { umask } from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { generated, startMock } from "../helpers/mock.ts";

function below(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true }).map((e) => join(e.parentPath, e.name));
}

const mode = (path: string): number => lstatSync(path).mode & 0o777;
/** Open to others in any way. */
const open = (root: string, paths: string[]): string[] =>
  paths.filter((path) => (mode(path) & 0o077) !== 0).map((path) => `${relative(root, path)} ${mode(path).toString(8)}`);

test.skipIf(process.platform === "win32").each([[false], [true]])(
  "with umask 000 what is ours is ours alone, and photos are written by nobody else (share: %s)",
  async (onShare) => {
    const before = umask(0);
    onTestFinished(() => void umask(before));
    const files = [
      ...Array.from({ length: 6 }, (_, i) => generated(`/DCIM/100APPLE/IMG_100${i}.JPG`, 30_000)),
      generated("/DCIM/100APPLE/IMG_2000.MOV", 12_000_000),
    ];
    await using mock = await startMock({ files });
    await using source = await mock.open();
    const to = join(temporaryFolder(), "to");
    const dataFolder = join(temporaryFolder(), "data");
    const ours = (): string[] =>
      below(join(to, ".offroll")).filter((p) => !p.endsWith("destination.json") && !p.endsWith(".offroll"));
    const during: string[] = [];
    let seen = 0;
    const { summary } = await exportOnce(source, to, {
      dataFolder,
      onShare,
      snapshot: true,
      extras: { albumsAs: "none", sidecar: "json" },
      onEvent() {
        for (const path of ours())
          try {
            if (path.endsWith(".part")) seen += 1;
            during.push(...open(to, [path]));
          } catch {
            // gone since
          }
      },
    });
    expect(summary.ok).toBe(true);
    expect([...new Set(during)]).toEqual([]);
    expect(seen, "partials were looked at").toBeGreaterThan(0);
    expect(open(to, ours())).toEqual([]);
    expect(open(dataFolder, [dataFolder, ...below(dataFolder)])).toEqual([]);
    expect(mode(join(to, ".offroll/destination.json"))).toBe(0o644);
    const photos = below(to).filter((path) => !path.includes("/.offroll/"));
    expect(photos.length).toBeGreaterThan(files.length);
    for (const path of photos) expect(mode(path), path).toBe(statSync(path).isDirectory() ? 0o755 : 0o644);
  },
);

test.skipIf(process.platform === "win32")("a stricter umask is kept", async () => {
  const before = umask(0o077);
  onTestFinished(() => void umask(before));
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/IMG_1000.JPG", 30_000)] });
  await using source = await mock.open();
  const to = join(temporaryFolder(), "to");
  expect((await exportOnce(source, to)).summary.ok).toBe(true);
  expect(open(to, below(to))).toEqual([]);
});
