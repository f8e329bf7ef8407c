/** Bundles src into dist, for speed of start, and puts the demo phone beside it. Run by `npm run build`. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { buildPage } from "./esbuild.page.ts";
import { makeDemoAndroid } from "./fixtures/make/demo-android.ts";
import { makeDemoPhone } from "./fixtures/make/demo-phone.ts";

const root = import.meta.dirname;
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== "demo-phone" && name !== "demo-android") rmSync(join(dist, name), { recursive: true });
const together = [
  "src/main.ts",
  "src/signal-guard-worker.ts",
  "src/places-main.ts",
  "src/media/decode-worker.ts",
  "src/media/convert/convert-worker.ts",
  "src/shared/foreign-database-child.ts",
  "src/gallery/server/index-child.ts",
  "src/gallery/server/pictures-child.ts",
  "src/transfer/run/hash-worker.ts",
  "src/transfer/catalog/catalog-worker.ts",
  "src/transfer/check/inspect-worker.ts",
  "src/device/mock/alarm-worker.ts",
];
/** What is loaded all day shares no file with the others: a shared one holds what any of them needs. */
const alone = ["src/watch-main.ts"];
const bundles = [await bundle(together, "chunk"), await bundle(alone, "watch")];

async function bundle(entries: readonly string[], name: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: entries.map((f) => join(root, f)),
    entryNames: "[name]",
    chunkNames: `${name}-[hash]`,
    outdir: dist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    metafile: true,
    legalComments: "none", // collected below
    external: ["usb", "sharp", "libheif-js", "react-devtools-core"],
    define: {
      OFFROLL_VERSION: JSON.stringify(version),
      "process.env.NODE_ENV": '"production"',
      UPNG: "globalThis.UPNG", // sixel's quantizer assigns to a name that it never declares
    },
    plugins: [quickBuiltins()],
    // A member that the plugin does not offer must not become undefined in what is shipped.
    logOverride: { "import-is-undefined": "error" },
    // Some bundled packages are CommonJS and ask for Node's modules by require.
    banner: { js: 'const require=process.getBuiltinModule("module").createRequire(import.meta.url);' },
  });
  return metafile;
}
await buildPage(join(dist, "gallery"));
copyFileSync(join(root, "src/entry.cjs"), join(dist, "offroll.cjs"));
chmodSync(join(dist, "offroll.cjs"), 0o755);
cpSync(join(root, "src/cli/schemas"), join(dist, "schemas"), { recursive: true });
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licences(bundles.flatMap(({ inputs }) => Object.keys(inputs))));
makeOnce("demo-phone", makeDemoPhone);
makeOnce("demo-android", makeDemoAndroid);

/**
 * Node's own modules without the module records that `import` makes of them: those read every getter, of `node:process` the
 * standard streams, of `node:fs` its streams, of `node:util` its decoders, and load what is behind them, which is much of a start's
 * time. What no start needs is loaded when it is called.
 */
function quickBuiltins(): Plugin {
  // What is no function cannot wait for its module; node:fs is there from the start.
  const fsConstants = 'export const constants = /* @__PURE__ */ process.getBuiltinModule("node:fs").constants;';
  const late = ["node:child_process", "node:fs/promises", "node:readline/promises"];
  return {
    name: "quick builtins",
    setup(b) {
      // For each importer anew: one that all share would be a file more to load.
      b.onResolve({ filter: /^node:/ }, ({ path, kind, importer }) =>
        kind === "import-statement"
          ? { path, namespace: "builtin", suffix: `?${relative(root, importer)}` }
          : undefined,
      );
      b.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
        const module = `process.getBuiltinModule("${path}")`;
        const builtin = process.getBuiltinModule(path) as Record<string, unknown>;
        const names = Object.keys(builtin).filter((n) => /^[A-Za-z]\w*$/.test(n));
        if (late.includes(path)) {
          const functions = names.filter((n) => typeof builtin[n] === "function");
          const calls = functions.map((n) => `export const ${n} = (...args) => $get().${n}(...args);`);
          return {
            contents: `let $module; const $get = () => ($module ??= ${module});
              ${calls.join("\n")} ${path === "node:fs/promises" ? fsConstants : ""}
              export default { ${functions.join(", ")} };`,
          };
        }
        // Marked pure, so that only what is asked for is read.
        const reads = names.map((n) => `export const ${n} = /* @__PURE__ */ $read("${n}");`);
        return {
          contents: `const $builtin = /* @__PURE__ */ ${module}; const $read = (name) => $builtin[name];
            ${reads.join("\n")} export default $builtin;`,
        };
      });
    },
  };
}

/** The licence text of every package that is in the bundle. */
function licences(inputs: string[]): string {
  const packages = new Set<string>();
  for (const input of inputs) {
    const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) packages.add(match[1]);
  }
  return [...packages]
    .sort()
    .map((name) => {
      const folder = join(root, "node_modules", name);
      const { license, version: v } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        license?: string;
        version: string;
      };
      const file = readdirSync(folder).find((f) => /^(licen[cs]e|copying)/i.test(f));
      return `${name} ${v} (${license ?? "see below"})\n\n${file ? readFileSync(join(folder, file), "utf8") : ""}\n`;
    })
    .join(`${"-".repeat(80)}\n`);
}

/** Drawing takes a few seconds: done again only when a generator is newer than its result. */
function makeOnce(name: string, make: (target: string) => number): void {
  const result = join(dist, name, "phone.json");
  const sources = ["fixtures/make", "fixtures/demo-media"].flatMap((f) =>
    readdirSync(join(root, f)).map((n) => join(root, f, n)),
  );
  const newest = Math.max(...sources.map((s) => statSync(s).mtimeMs));
  if (existsSync(result) && statSync(result).mtimeMs >= newest) return;
  mkdirSync(dist, { recursive: true });
  make(join(dist, name));
}
