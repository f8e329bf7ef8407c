/** The id that a used destination carries in `.offroll/destination.json`, beside the catalog: it outlives a rebuilt one. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPlainText } from "../../shared/plain-file.ts";
import { assertPlain } from "./disk-errors.ts";

/** @param metadata the destination's `.offroll`; undefined for a new destination */
export function readDestinationId(metadata: string): string | undefined {
  try {
    const { id } = JSON.parse(readPlainText(join(metadata, "destination.json"), { followLinks: false })) as {
      id?: unknown;
    };
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

export function ensureDestinationId(metadata: string): string {
  const known = readDestinationId(metadata);
  if (known) return known;
  assertPlain(join(metadata, "destination.json"));
  const id = randomUUID();
  writeFileSync(join(metadata, "destination.json"), `${JSON.stringify({ id })}\n`);
  return id;
}
