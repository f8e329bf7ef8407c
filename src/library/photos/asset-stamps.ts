/**
 * What the library says of each photo's files, shortened to a stamp: while it is the same, nothing was done to them, and they need
 * not be looked at one by one. Sources: `ZMODIFICATIONDATE` and `ZADJUSTMENTTIMESTAMP` move with every edit, an original's size and
 * hash with its bytes, `ZUUID` with a name that is used again (ScottKjr3347/iOS_Local_PL_Photos.sqlite_Queries).
 */
import { hash } from "node:crypto";
import { posix } from "node:path";
import { Yielder } from "../../shared/async.ts";
import { ForeignDatabase, type ForeignOptions } from "../../shared/foreign-database.ts";
import { stemOf } from "../tree.ts";
import { oneEach, PhotosSchema } from "./photos-schema.ts";

/** Without these a change might go unnoticed. */
const needed = ["ZUUID", "ZMODIFICATIONDATE"] as const;
const assetColumns = [
  "ZADJUSTMENTTIMESTAMP",
  "ZADJUSTMENTSSTATE",
  "ZHASADJUSTMENTS",
  "ZDATECREATED",
  "ZKIND",
  "ZKINDSUBTYPE",
  "ZCOMPLETE",
  "ZTRASHEDSTATE",
  "ZWIDTH",
  "ZHEIGHT",
  "ZDURATION",
] as const;
const attributes = "ZADDITIONALASSETATTRIBUTES";
const attributeColumns = ["ZORIGINALFILESIZE", "ZORIGINALSTABLEHASH", "ZMASTERFINGERPRINT"] as const;

/** @returns by path without extension; empty where this generation of the library cannot tell @throws {ForeignDatabaseError} */
export async function readAssetStamps(
  file: string,
  options: ForeignOptions = {},
): Promise<ReadonlyMap<string, string>> {
  await using db = ForeignDatabase.open(file, options);
  const schema = await PhotosSchema.read(db);
  const { assetTable } = schema;
  const stamps = new Map<string, string>();
  if (assetTable === undefined || !schema.hasAll(assetTable, ...needed)) return stamps;
  const columns = [...needed, ...assetColumns.filter((c) => schema.has(assetTable, c))].map((c) => `a.${c}`);
  const hasAttributes = schema.isKeyed(attributes) && schema.has(attributes, "ZASSET");
  if (hasAttributes) columns.push(...attributeColumns.filter((c) => schema.has(attributes, c)).map((c) => `t.${c}`));
  const join = hasAttributes ? oneEach(attributes, "t") : "";
  const yielder = new Yielder();
  for await (const batch of db.batches(
    `SELECT a.ZDIRECTORY, a.ZFILENAME, ${columns.join(", ")} FROM ${assetTable} a ${join} ORDER BY a.Z_PK`,
  ))
    for (const [directory, filename, ...values] of batch) {
      if (yielder.isDue) await yielder.yieldNow();
      if (typeof directory !== "string" || typeof filename !== "string") continue;
      const stem = stemOf(posix.join("/", directory, filename));
      // A still and an unrelated movie may share a stem: what happens to either is looked at for both.
      stamps.set(
        stem,
        hash("sha256", `${stamps.get(stem) ?? ""}\0${filename}\0${values.join("\0")}`, "base64").slice(0, 16),
      );
    }
  return stamps;
}
