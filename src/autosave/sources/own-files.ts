/** What a person's other commands leave for the watcher: changed settings, and what is asked of it. */
import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import type { Hint, Source } from "./source.ts";

/** @param folder whose every change is told, made if it is missing; or a file, of which alone */
export function ownFilesSource(
  name: string,
  hint: Hint,
  where: { readonly folder: string } | { readonly file: string },
): Source {
  return {
    name,
    async follow(tell, signal) {
      const folder = "file" in where ? dirname(where.file) : where.folder;
      const only = "file" in where ? basename(where.file) : undefined;
      makeFoldersSync(folder, 0o700);
      const { promise, resolve } = Promise.withResolvers<void>();
      const watcher = watch(folder, (_, changed) => {
        if (only === undefined || changed === only) tell(hint);
      });
      watcher.on("error", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
      // What came before anybody watched.
      tell(hint);
      await promise;
      watcher.close();
    },
  };
}
