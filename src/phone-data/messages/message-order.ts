/** In which order messages stand, and in which conversations: as statements, so that SQLite sorts the numbers of rows alone. */
import type { PhoneDatabase } from "../phone-database.ts";
import { appleEpoch, messageMs } from "../values.ts";
import { type Conversation, looseKey } from "./chats.ts";

/** From one date on, and before another. */
export interface TimeSpan {
  readonly since?: Date;
  readonly until?: Date;
}

/** Words of a statement: more chats than that are left as they are. */
const mostJoined = 20_000;
const appleEpochMs = appleEpoch * 1000;
/** Which message is in which chat; and those deleted not long ago. */
export const joins = ["chat_message_join", "chat_recoverable_message_join"] as const;

/** A row of a reaction `r`: the id of the message that it is on. */
export const reactionTarget = `CASE WHEN r.associated_message_guid LIKE 'p:%/%' THEN substr(r.associated_message_guid, instr(r.associated_message_guid, '/') + 1) WHEN r.associated_message_guid LIKE 'bp:%' THEN substr(r.associated_message_guid, 4) ELSE r.associated_message_guid END`;
/** Whether a row `r` is a reaction. */
export const reactionTypes =
  "(r.associated_message_type = 1000 OR (r.associated_message_type >= 2000 AND r.associated_message_type < 4000))";

/** Tables that say which message is in which chat. */
function joinsIn(db: PhoneDatabase): readonly (typeof joins)[number][] {
  return joins.filter((table) => db.has(table, "message_id") && db.has(table, "chat_id"));
}

/** Milliseconds since 2001 of a message `m`. */
function dateSql(): string {
  return messageMs("date").sql.replaceAll("?", "m.date");
}

/** Messages that are in no chat. */
function looseSql(db: PhoneDatabase): string {
  const inNone = joinsIn(db).map(
    (table) => `m.rowid NOT IN (SELECT message_id FROM ${table} WHERE message_id IS NOT NULL)`,
  );
  return `SELECT ${looseKey} AS key, m.rowid AS id, ${dateSql()} AS at, 0 AS deleted FROM message m WHERE ${["1", ...inNone].join(" AND ")}`;
}

/** `key, id, at, deleted` of every message in every conversation, sorted. */
export function orderSql(
  db: PhoneDatabase,
  conversations: ReadonlyMap<number, Conversation>,
  { since, until }: TimeSpan = {},
): string {
  const bounds = [
    ...(since ? [`at >= ${since.getTime() - appleEpochMs}`] : []),
    ...(until ? [`at < ${until.getTime() - appleEpochMs}`] : []),
  ];
  const joined = [...conversations.values()].filter(({ rows }) => rows.length > 1);
  const pairs = joined.flatMap(({ key, rows }) => rows.map((row) => `(${row},${key})`)).slice(0, mostJoined);
  const keyed = pairs.length === 0 ? "j.chat_id" : "coalesce(v.column2, j.chat_id)";
  const values = pairs.length === 0 ? "" : ` LEFT JOIN (VALUES ${pairs.join(",")}) v ON v.column1 = j.chat_id`;
  const parts = joinsIn(db).map(
    (table) =>
      `SELECT ${keyed} AS key, j.message_id AS id, ${dateSql()} AS at, ${table === joins[0] ? 0 : 1} AS deleted FROM ${table} j CROSS JOIN message m ON m.rowid = j.message_id${values}`,
  );
  const where = bounds.length === 0 ? "" : ` WHERE ${bounds.join(" AND ")}`;
  return `SELECT key, id, at, deleted FROM (${[...parts, looseSql(db)].join(" UNION ALL ")})${where} ORDER BY key, at, id, deleted`;
}

/** `id, at, deleted` of the messages of one conversation, each once, unsorted: the tables' own indexes lead to them. */
export function conversationSql(db: PhoneDatabase, { key, rows }: Conversation): string {
  const parts =
    key === looseKey
      ? [looseSql(db)]
      : joinsIn(db).map(
          (table) =>
            `SELECT j.message_id AS id, ${dateSql()} AS at, ${table === joins[0] ? 0 : 1} AS deleted FROM ${table} j CROSS JOIN message m ON m.rowid = j.message_id WHERE j.chat_id IN (${rows.join(",")})`,
        );
  const all = parts.length === 0 ? "SELECT 0 AS id, 0 AS at, 0 AS deleted WHERE 0" : parts.join(" UNION ALL ");
  return `SELECT id, max(at) AS at, max(deleted) AS deleted FROM (${all}) GROUP BY id`;
}

/** `id, chat` of messages by their rows; those in no chat are not among them. Undefined where no table says it. */
export function chatsOfSql(db: PhoneDatabase, ids: readonly number[]): string | undefined {
  const parts = joinsIn(db).map(
    (table) => `SELECT message_id AS id, chat_id AS chat FROM ${table} WHERE message_id IN (${ids.join(",")})`,
  );
  return parts.length === 0 ? undefined : parts.join(" UNION ALL ");
}

/** A conversation by its key; a chat that no row tells of is called by its number. */
export function conversationAt(conversations: ReadonlyMap<number, Conversation>, key: number): Conversation {
  const known = conversations.get(key);
  if (known) return known;
  return {
    ...{ key, rows: [key], title: `Chat ${key}` },
    head: { id: `chat-${key}`, group: false, participants: [] },
  };
}
