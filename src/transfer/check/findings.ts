/** What a check found, kept in the catalog: what `status` names and `--repair` mends later. */
import { AppError } from "../../shared/errors.ts";
import type { DestinationFolder } from "../destination/place.ts";
import { type ChangeOptions, changeCatalog } from "./change-catalog.ts";
import type { Finding } from "./verify.ts";

/** @returns why they could not be kept: a disk that is read-only, another run; undefined where they were */
export async function keepFindings(
  folder: DestinationFolder,
  findings: readonly Finding[],
  options: Omit<ChangeOptions, "signal">,
): Promise<AppError | undefined> {
  if (findings.length === 0) return undefined;
  const at = options.clock.now();
  try {
    await changeCatalog(folder, options, (catalog) =>
      catalog.transaction(() => {
        // A file of which only the size is known was not read.
        for (const { target, sha256, found } of findings)
          catalog.items.noteRead(target, sha256, found === "whole" && sha256 === undefined ? undefined : { at, found });
      }),
    );
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
