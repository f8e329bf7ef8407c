/** What runs on a code host runs with the least rights, and nothing that somebody else may exchange. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = join(root, ".github/workflows");
const workflows = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
const lines = (pattern: RegExp): string[] => workflows.flatMap((text) => [...text.matchAll(pattern)].map((m) => m[1]!));

test("every action is pinned by its commit, and no checkout leaves its token behind", () => {
  const uses = lines(/uses: (\S+)/g);
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((u) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(u))).toEqual([]);
  const checkouts = lines(/(actions\/checkout@.*\n.*)/g);
  expect(checkouts.filter((c) => !c.includes("persist-credentials: false"))).toEqual([]);
});

test("every workflow may read the source alone", () => {
  for (const text of workflows) {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n/m);
    expect(text.match(/permissions:/g)).toHaveLength(1);
  }
});

test("packages run an install script only where it is named: here, and in package.json", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { hasInstallScript?: boolean; optional?: boolean; os?: string[] }>;
  };
  const scripted = Object.entries(lock.packages)
    .filter(([, p]) => p.hasInstallScript)
    .map(([path]) => path.split("node_modules/").at(-1));
  const { allowScripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    allowScripts: Record<string, boolean>;
  };
  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(scripted)].sort());
  expect(lines(/run: (npm ci.*)/g).filter((l) => l !== "npm ci --ignore-scripts")).toEqual([]);
  const rebuilds = new Set(lines(/run: npm rebuild (.*)/g));
  expect([...rebuilds]).toEqual([Object.keys(allowScripts).sort().join(" ")]);
});
