/**
 * Calls by phone, by FaceTime and by other apps. Numbers of Core Data's join tables differ from release to release: they are found
 * by how their names end. Source: the schemas of CallHistory.storedata from iOS 8 on, and of call_history.db before.
 */
import type { ForeignValue } from "../../shared/foreign-rows.ts";
import type { People } from "../contacts/people.ts";
import type { Call } from "../contract.ts";
import type { PhoneDatabase, PhoneRow } from "../phone-database.ts";
import { appleDate, dateOf, flagIn, iso, numberIn, present, textIn } from "../values.ts";

const folder = "Library/CallHistoryDB";
/** Calls that were not moved yet lie in the second. */
export const callDatabases = ["CallHistory.storedata", "CallHistoryTemp.storedata"].map((name) => ({
  domain: "HomeDomain",
  path: `${folder}/${name}`,
}));
/** Of iOS 7 and before. */
export const oldCallDatabase = { domain: "WirelessDomain", path: "Library/CallHistory/call_history.db" } as const;

const kinds: Readonly<Record<number, Call["kind"]>> = {
  0: "app",
  1: "phone",
  8: "facetime-video",
  16: "facetime-audio",
};
const columns = [
  ...[
    "ZDATE",
    "ZDURATION",
    "ZORIGINATED",
    "ZANSWERED",
    "ZADDRESS",
    "ZCALLTYPE",
    "ZSERVICE_PROVIDER",
    "ZISO_COUNTRY_CODE",
  ],
  ...["ZLOCATION", "ZNAME", "ZUNIQUE_ID", "Z_PK"],
] as const;

/** By time. One that is in both databases stands once. @param only numbers of rows; all by default */
export async function readCalls(
  databases: readonly PhoneDatabase[],
  people: People,
  only?: readonly number[],
): Promise<{ calls: Call[]; found: number }> {
  const calls = new Map<string, Call>();
  let found = 0;
  for (const [n, db] of databases.entries()) {
    const others = await participants(db, only);
    for await (const row of db.rowsOf("ZCALLRECORD", columns, only && { column: "rowid", values: only })) {
      found += 1;
      const id = textIn(row.ZUNIQUE_ID) ?? `${n === 0 ? "call" : "temp"}-${row.rowid}`;
      if (!calls.has(id))
        calls.set(id, callOf(id, row, { people, others: others.get(numberIn(row.Z_PK) ?? -1) ?? [] }));
    }
  }
  return { calls: [...calls.values()].sort(byTime), found };
}

function callOf(
  id: string,
  row: PhoneRow<(typeof columns)[number] | "rowid">,
  { people, others }: { people: People; others: readonly string[] },
): Call {
  const duration = Math.max(0, numberIn(row.ZDURATION) ?? 0);
  const isOut = flagIn(row.ZORIGINATED);
  const address = addressIn(row.ZADDRESS);
  const addresses = address === undefined ? others : [...new Set([address, ...others])];
  const known = addresses.some((each) => people.find(each));
  const names = known ? addresses.map((each) => people.find(each)?.name ?? each) : [];
  // The phone never calls an outgoing call answered: it was, when it took time.
  const isConnected = isOut ? duration > 0 : flagIn(row.ZANSWERED) || duration > 0;
  const service = textIn(row.ZSERVICE_PROVIDER);
  return present<Call>({
    id,
    at: iso(appleDate(row.ZDATE)),
    direction: isOut ? "out" : "in",
    duration,
    kind: kindOfService(service) === "app" ? "app" : (kinds[numberIn(row.ZCALLTYPE) ?? -1] ?? kindOfService(service)),
    service,
    addresses,
    name: names.length > 0 ? [...new Set(names)].join(", ") : textIn(row.ZNAME),
    country: textIn(row.ZISO_COUNTRY_CODE)?.toUpperCase(),
    location: textIn(row.ZLOCATION),
    missed: !isOut && !isConnected,
    connected: isConnected,
  });
}

function kindOfService(service: string | undefined): Call["kind"] {
  if (service === undefined || /telephony/i.test(service)) return "phone";
  return /facetime/i.test(service) ? "facetime-audio" : "app";
}

/** A text; bytes of one on old systems. */
function addressIn(value: ForeignValue): string | undefined {
  if (value instanceof Uint8Array) return textIn(Buffer.from(value).toString("utf8").replaceAll("\u0000", ""));
  return textIn(value);
}

/** Who took part in a call of several, by the call. */
async function participants(db: PhoneDatabase, only: readonly number[] | undefined): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  const table = [...db.tables].find((name) => /^Z_\d+REMOTEPARTICIPANTHANDLES$/i.test(name));
  if (table === undefined) return found;
  const call = db.columns(table).find((name) => /REMOTEPARTICIPANTCALLS$/i.test(name));
  const handle = db.columns(table).find((name) => /REMOTEPARTICIPANTHANDLES$/i.test(name));
  if (call === undefined || handle === undefined) return found;
  const pairs: (readonly [call: number, handle: number])[] = [];
  for await (const row of db.rowsOf(table, [call, handle], only && { column: call, values: only })) {
    const [owner, other] = [numberIn(row[call]), numberIn(row[handle])];
    if (owner !== undefined && other !== undefined) pairs.push([owner, other]);
  }
  const handles = new Map<number, string>();
  const wanted = only && { column: "rowid", values: pairs.map(([, other]) => other).filter(Number.isSafeInteger) };
  for await (const row of db.rowsOf("ZHANDLE", ["ZVALUE", "ZNORMALIZEDVALUE"], wanted)) {
    const value = textIn(row.ZVALUE) ?? textIn(row.ZNORMALIZEDVALUE);
    if (typeof row.rowid === "number" && value !== undefined) handles.set(row.rowid, value);
  }
  for (const [owner, other] of pairs) {
    const value = handles.get(other);
    if (value === undefined) continue;
    const list = found.get(owner);
    if (list) list.push(value);
    else found.set(owner, [value]);
  }
  return found;
}

const outgoingFlag = 1;
const faceTimeFlag = 16;

/**
 * Calls of iOS 7 and before. Its flags: 4 came in, 5 went out, 8 was blocked, from 16 on they are FaceTime, of which nothing tells
 * whether there was a picture. Source: published forensic descriptions of call_history.db, none by Apple.
 */
export async function readOldCalls(db: PhoneDatabase, people: People): Promise<{ calls: Call[]; found: number }> {
  const calls: Call[] = [];
  for await (const row of db.rows("call", ["address", "date", "duration", "flags", "name", "answered"])) {
    const flags = numberIn(row.flags) ?? 0;
    const [duration, address] = [Math.max(0, numberIn(row.duration) ?? 0), addressIn(row.address)];
    const isOut = (flags & outgoingFlag) !== 0;
    const isConnected = duration > 0 || (!isOut && flagIn(row.answered));
    calls.push(
      present<Call>({
        id: `call-${row.rowid}`,
        at: iso(dateOf((numberIn(row.date) ?? Number.NaN) * 1000)),
        direction: isOut ? "out" : "in",
        duration,
        kind: flags & faceTimeFlag ? "facetime-video" : "phone",
        service: undefined,
        addresses: address === undefined ? [] : [address],
        name: people.find(address)?.name ?? textIn(row.name),
        country: undefined,
        location: undefined,
        missed: !isOut && !isConnected,
        connected: isConnected,
      }),
    );
  }
  return { calls: calls.sort(byTime), found: calls.length };
}

function byTime(a: Call, b: Call): number {
  return (a.at ?? "").localeCompare(b.at ?? "") || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
