/** Is a copied file still what its row says? Read back, whole. */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { toAppError } from "../../shared/errors.ts";
import type { Destination } from "../destination/destination.ts";
import type { CatalogRow, Found } from "./item-row.ts";

/** What came of reading one file back. */
export interface FileCheck {
  readonly found: Found;
  readonly detail: string;
  readonly from?: "disk" | "cache";
  /** The time that the disk tells of a whole one. */
  readonly storedMs?: number;
}

/** Reads one copied file back and compares it with its record; what the disk refuses makes it `unreadable`. */
export async function checkFile(
  row: Pick<CatalogRow, "target" | "sizeBytes" | "sha256">,
  destination: Destination,
  options: AbortOptions = {},
): Promise<FileCheck> {
  throwIfAborted(options.signal);
  try {
    const stat = await destination.stat(row.target);
    if (!stat) return { found: "missing", detail: "the file is not there" };
    if (stat.sizeBytes < 0) return { found: "damaged", detail: "something else stands there, which is no plain file" };
    if (stat.sizeBytes !== row.sizeBytes)
      return { found: "damaged", detail: `${stat.sizeBytes} bytes instead of ${row.sizeBytes}` };
    if (row.sha256 === undefined) return { found: "whole", detail: "", storedMs: stat.modifiedMs };
    const { sha256, from } = await destination.hash(row.target, options);
    return sha256 === row.sha256
      ? { found: "whole", detail: "", from, storedMs: stat.modifiedMs }
      : { found: "damaged", detail: "its content is not what was copied", from };
  } catch (error) {
    throwIfAborted(options.signal);
    return { found: "unreadable", detail: toAppError(error).message };
  }
}
