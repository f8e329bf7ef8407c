/** What a photo's library says of it, as a file of its own beside it that other programs read. */
import { hash as hashOf } from "node:crypto";
import { photoJson } from "../../library/photo-json.ts";
import type { RollItem, RollRole } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import type { ExtrasSummary } from "../events.ts";
import { type Maker, type Workplace, writeMade } from "./maker.ts";
import type { ExtrasOptions } from "./options.ts";
import type { StoredFiles } from "./stored-files.ts";
import { xmpSidecar } from "./xmp.ts";

/** Files that a picture program opens; the movie of a Live Photo belongs to its still. */
const sidecarRoles: ReadonlySet<RollRole> = new Set(["original", "raw", "edit"]);
const atOnce = 8;

export const sidecars: Maker = {
  name: "sidecar",
  version: 1, // what it says is compared each time: another text is another file
  lies: "beside",
  isAsked: ({ sidecar }) => sidecar !== undefined,
  make,
};

async function make(files: StoredFiles, at: Workplace, { signal }: AbortOptions): Promise<ExtrasSummary> {
  let written = 0;
  let kept = 0;
  for await (const result of mapOrdered([...wantedOf(files, at.options)], atOnce, async ({ source, content }) => {
    throwIfAborted(signal);
    const sha256 = hashOf("sha256", content);
    const target = `${source}.${at.options.sidecar}`;
    return await writeMade(
      sidecars,
      { target, source, sizeBytes: content.length, sha256, content: () => [content] },
      at,
    );
  })) {
    if (result === "written") written += 1;
    if (result === "kept") kept += 1;
  }
  return { sidecarsWritten: written, ...(kept > 0 ? { sidecarsKept: kept } : {}) };
}

function* wantedOf(files: StoredFiles, options: ExtrasOptions): Generator<{ source: string; content: Buffer }> {
  for (const [photo, stored] of files) {
    const mine = stored.filter((file) => sidecarRoles.has(file.role));
    if (mine.length === 0) continue;
    const content = Buffer.from(textOf(photo, options));
    for (const { target } of mine) yield { source: target, content };
  }
}

function textOf(photo: RollItem, { sidecar, keywordsFrom }: ExtrasOptions): string {
  if (sidecar === "xmp") return xmpSidecar(photo, keywordsFrom);
  return `${JSON.stringify({ v: 1, ...photoJson(photo) }, null, 1)}\n`;
}
