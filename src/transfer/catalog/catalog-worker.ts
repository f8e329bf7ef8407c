/** Writes rows of the catalog beside the main thread, through a connection of its own; see `thread.ts`. */
import type { DatabaseSync } from "node:sqlite";
import { workerData } from "node:worker_threads";
import { DestinationError } from "../../shared/errors.ts";
import { type Prepared, preparing, type RowWrite, writeRows } from "./statements.ts";
import type { CatalogReply, CatalogRequest, CatalogThreadData } from "./thread.ts";
import { openToWrite } from "./writer.ts";

const { file, port, ended } = workerData as CatalogThreadData;
let { identity } = workerData as CatalogThreadData;
let db: DatabaseSync | undefined;
let sql: Prepared;

function write(rows: readonly RowWrite[]): CatalogReply {
  try {
    if (!db) {
      db = openToWrite(file, identity);
      sql = preparing(db);
    }
    writeRows(db, sql, rows);
    return {};
  } catch (error) {
    if (error instanceof DestinationError && error.code === "destination-unsafe")
      return { error: { message: error.message, unsafe: true, errcode: undefined, errstr: undefined } };
    // What has no code of SQLite's kept it from being opened: SQLITE_CANTOPEN.
    const { message, errcode = 14, errstr = message } = error as Error & CatalogReply["error"];
    return { error: { message, errcode, errstr } };
  }
}

function close(): void {
  try {
    db?.close();
  } catch {
    // dead already, with the disk it was on
  }
  db = undefined;
}

port.on("message", (request: CatalogRequest) => {
  if (request.type === "write") port.postMessage(write(request.rows));
  else close();
  if (request.type === "close") identity = request.identity;
  if (request.type !== "end") return;
  port.close();
  Atomics.store(ended, 0, 1);
  Atomics.notify(ended, 0);
});
