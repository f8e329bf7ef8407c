/** Calls as one looks through them. */
import type { People } from "../contacts/people.ts";
import type { Call } from "../contract.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { dateKey } from "../row-order.ts";
import { rowsOf, type TableContext, TableList } from "../table-list.ts";
import { callDatabases, readCalls } from "./read-calls.ts";

const table = "ZCALLRECORD";

/** The newest first. @returns undefined where calls lie in two databases, or in that of iOS 7: then they are read whole */
export async function callList(
  context: TableContext,
  people: () => Promise<People>,
): Promise<TableList<Call> | undefined> {
  const [main, second] = callDatabases;
  if (!main || (second && (await holdsCalls(context, second)))) return undefined;
  return await TableList.open(context, main, async (db) => {
    if (!db.has(table, "ZDATE")) return undefined;
    const id = db.has(table, "ZUNIQUE_ID") ? "coalesce(nullif(ZUNIQUE_ID, ''), rowid)" : "rowid";
    // One that stands twice is shown once.
    const [twice] = await rowsOf(db, `SELECT count(*) - count(DISTINCT ${id}) FROM ${table}`);
    if (twice !== 0) return undefined;
    return {
      ...{ table, idColumn: "ZUNIQUE_ID", order: "newest first" },
      from: `SELECT rowid AS id, ${dateKey("ZDATE")} AS k FROM ${table}`,
      read: async (rows) =>
        (await readCalls([db], await people(), rows)).calls.reverse().map((value) => ({ id: value.id, value })),
    };
  });
}

async function holdsCalls(context: TableContext, where: { domain: string; path: string }): Promise<boolean> {
  const options = { privately: context.privately, onLoss: () => {}, ...(context.signal && { signal: context.signal }) };
  await using db = await PhoneDatabase.open(context.files, where, options);
  return db !== undefined && (await db.count(table)) !== 0;
}
