/** What a person's other windows ask of the watcher: a file each, which is gone when it was taken in. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Host } from "../app/host.ts";
import { namesOfOwn, removeOwnFile, writeOwnFile } from "../shared/own-files.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { autosaveFiles } from "./files.ts";

/** Where they lie. */
export function asksFolder(host: Pick<Host, "env" | "home" | "platform">): string {
  return join(autosaveFiles(host).folder, "asks");
}

/**
 * A person goes on with this phone's run themselves: the watcher ends its own in order, and waits while the place is in use. A watcher
 * that does not run is told nothing.
 */
export function requestTakeOver(host: Pick<Host, "env" | "home" | "platform">, phone: string): void {
  const name = createHash("sha256").update(phone).digest("hex").slice(0, 16);
  writeOwnFile(join(asksFolder(host), `take-over-${name}.json`), `${JSON.stringify({ phone })}\n`);
}

/** Phones that are to be taken over; each is told once. */
export function takeAsks(folder: string): string[] {
  return namesOfOwn(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const file = join(folder, name);
      try {
        const { phone } = JSON.parse(readPlainText(file, { maxBytes: 4096 })) as { phone?: unknown };
        return typeof phone === "string" ? [phone] : [];
      } catch {
        return [];
      } finally {
        removeOwnFile(file);
      }
    });
}
