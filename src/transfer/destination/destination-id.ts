/** The id that a used destination carries in `.offroll/destination.json`, beside the catalog: it outlives a rebuilt one. */
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @param metadata the destination's `.offroll`; undefined for a new destination */
export function readDestinationId(metadata: string): string | undefined {
  try {
    const { id } = JSON.parse(readFileSync(join(metadata, "destination.json"), "utf8")) as { id?: unknown };
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

export function ensureDestinationId(metadata: string): string {
  const known = readDestinationId(metadata);
  if (known) return known;
  const id = randomUUID();
  writeFileSync(join(metadata, "destination.json"), `${JSON.stringify({ id })}\n`);
  return id;
}
