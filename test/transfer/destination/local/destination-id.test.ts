/** The file that names a destination, and what a run leaves that is killed while it makes it. */
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureDestinationId } from "../../../../src/transfer/destination/local/destination-id.ts";

const unfinished = "destination.json.1606d108.new";

test.each(["before the destination has a name", "after it has one"])("what a killed run left %s goes", (when) => {
  const metadata = mkdtempSync(join(tmpdir(), "offroll-id-"));
  const known = when.startsWith("after") ? ensureDestinationId(metadata) : undefined;
  for (const name of [unfinished, "destination.json.new", "catalog.sqlite"]) writeFileSync(join(metadata, name), "{}");
  const id = ensureDestinationId(metadata);
  if (known) expect(id).toBe(known);
  expect(readdirSync(metadata).sort()).toEqual(["catalog.sqlite", "destination.json", "destination.json.new"]);
  expect(ensureDestinationId(metadata)).toBe(id);
});
