/** The door to databases that are not ours: what comes through it, what does not, and that nothing behind it holds anybody. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { ForeignDatabase, foreignDamage } from "../../src/shared/foreign-database.ts";
import { isProcessGone } from "../../src/shared/process.ts";

function made(sql: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "offroll-foreign-")), "foreign.sqlite");
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
  return file;
}

const numbers = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) `;
const endless = `${numbers(1e15)} SELECT count(*) FROM n`;

test("rows come in order and whole, through any number of batches and beside each other", async () => {
  await using db = ForeignDatabase.open(
    made(`CREATE TABLE T (K INTEGER PRIMARY KEY, V); ${numbers(5_000)} INSERT INTO T SELECT i, 'v' || i FROM n`),
  );
  const [up, down] = await Promise.all([
    db.all("SELECT K, V FROM T ORDER BY K"),
    db.all("SELECT K FROM T ORDER BY K DESC"),
  ]);
  expect(up).toHaveLength(5_000);
  expect(up[1_234]).toEqual([1_235, "v1235"]);
  expect(down.map(([k]) => k)).toEqual(up.map(([k]) => k).reverse());
});

test("a reader that leaves early leaves nothing behind, and the next question is answered", async () => {
  await using db = ForeignDatabase.open(
    made(`CREATE TABLE T (K INTEGER PRIMARY KEY); ${numbers(5_000)} INSERT INTO T SELECT i FROM n`),
  );
  for await (const batch of db.batches("SELECT K FROM T")) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  expect(await db.all("SELECT count(*) FROM T")).toEqual([[5_000]]);
});

test("values keep their kind; those that nobody can hold are null, and cost no other", async () => {
  await using db = ForeignDatabase.open(made("CREATE TABLE T (V)"));
  const [row] = await db.all(
    "SELECT 1, -2.5, 'text', x'00ff', NULL, 9007199254740991, 9223372036854775807, hex(zeroblob(40000)), zeroblob(65537), 'last'",
  );
  expect(row).toEqual([1, -2.5, "text", new Uint8Array([0, 255]), null, 2 ** 53 - 1, null, null, null, "last"]);
});

test("only plain tables and columns are told of, and a key only where it is the row's own number", async () => {
  await using db = ForeignDatabase.open(
    made(`
      CREATE TABLE KEYED (K INTEGER PRIMARY KEY, V);
      CREATE TABLE "ODD "" NAME" (K INTEGER, V);
      CREATE TABLE TEXTKEY (K TEXT PRIMARY KEY);
      CREATE TABLE PAIR (A INTEGER, B INTEGER, PRIMARY KEY (A, B));
      CREATE TABLE BARE (K INTEGER PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE COMPUTED (K INTEGER PRIMARY KEY, C AS (hex(zeroblob(1000000))), S AS (1) STORED);
      CREATE VIEW SEEN AS SELECT 1 AS K;
      CREATE VIRTUAL TABLE FOUND USING fts5(body);`),
  );
  const tables = await db.tables();
  const plain = tables.filter((t) => !t.name.startsWith("FOUND_"));
  expect(plain.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: "BARE", columns: ["K"], key: undefined },
    { name: "COMPUTED", columns: ["K"], key: "K" },
    { name: "KEYED", columns: ["K", "V"], key: "K" },
    { name: 'ODD " NAME', columns: ["K", "V"], key: undefined },
    { name: "PAIR", columns: ["A", "B"], key: undefined },
    { name: "TEXTKEY", columns: ["K"], key: undefined },
  ]);
});

test("nothing is written through it, and no other file is reached", async () => {
  const file = made("CREATE TABLE T (V)");
  const other = join(tmpdir(), "offroll-foreign-other.sqlite");
  await using db = ForeignDatabase.open(file);
  await expect(db.all("INSERT INTO T VALUES (1)")).rejects.toThrow("not authorized");
  await expect(db.all("SELECT load_extension('x')")).rejects.toThrow();
  await expect(db.all(`ATTACH '${other}' AS o`)).rejects.toThrow(/not authorized|too many/);
  expect(await db.all("SELECT count(*) FROM T")).toEqual([[0]]);
});

test("a query without end is ended when its time is up, and says so", async () => {
  await using db = ForeignDatabase.open(made("CREATE TABLE T (V)"), { budgetMs: 1_000 });
  await expect(db.all(endless)).rejects.toThrow("more time or memory than it may");
  await expect(db.tables()).rejects.toThrow("more time or memory than it may");
});

test("a query without end is ended by whoever no longer wants it", async () => {
  const stop = new AbortController();
  await using db = ForeignDatabase.open(made("CREATE TABLE T (V)"), { signal: stop.signal });
  const asked = db.all(endless);
  setTimeout(() => stop.abort(), 100);
  await expect(asked).rejects.toThrow("Cancelled.");
});

test("what wants more memory than it may have ends as an error, not as this process", async () => {
  await using db = ForeignDatabase.open(made("CREATE TABLE T (V)"), { budgetMs: 60_000 });
  const hoard = `${numbers(1e9)} SELECT i FROM n ORDER BY -i`;
  await expect(db.all(hoard)).rejects.toThrow("more time or memory than it may");
  await using other = ForeignDatabase.open(made("CREATE TABLE T (V)"));
  await expect(other.all("SELECT length(hex(zeroblob(20000000)))")).rejects.toThrow("too big");
});

test("a hash is of every value and its type; rows that come with one have the same", async () => {
  const blob = "zeroblob(70000)";
  const all = [
    "1, 'a'",
    "1, 'b'",
    "2, 'a'",
    "'1', 'a'",
    "1.0, 'a'",
    "1, x'61'",
    `1, ${blob}`,
    "1, NULL",
    "1, 'a'), (1, 'a'",
  ];
  const tables = all.map((values, i) => `CREATE TABLE T${i} (V, W); INSERT INTO T${i} VALUES (${values})`);
  await using db = ForeignDatabase.open(made(tables.join("; ")));
  const hashes = new Set<string>();
  for (const i of all.keys()) {
    const hash = await db.hash(`SELECT V, W FROM T${i}`);
    let beside = "";
    for await (const _ of db.batches(`SELECT V, W FROM T${i}`, { onHash: (each) => (beside = each) }));
    expect(beside).toBe(hash);
    hashes.add(hash);
  }
  expect(hashes.size).toBe(all.length);
  await expect(db.hash("SELECT missing FROM T0")).rejects.toThrow("no such column");
});

test("rows by their numbers come in the order that was asked, whatever else is read meanwhile; those that are not there do not", async () => {
  await using db = ForeignDatabase.open(
    made(`CREATE TABLE T (K INTEGER PRIMARY KEY, V); ${numbers(3_000)} INSERT INTO T SELECT i, 'value ' || i FROM n`),
  );
  const ids = Array.from({ length: 3_000 }, (_, i) => 6_000 - 2 * i);
  const sql = "SELECT K, V FROM T WHERE K = ?";
  let beside = "";
  const found: unknown[] = [];
  for await (const batch of db.batches(sql, { ids, onHash: (each) => (beside = each) })) {
    found.push(...batch);
    expect(await rowsOf(db, { ids: [7] })).toEqual([[7, "value 7"]]);
  }
  expect(found).toEqual(ids.filter((id) => id <= 3_000 && id > 0).map((id) => [id, `value ${id}`]));
  expect(await db.hash(sql, { ids })).toBe(beside);
  expect(await db.hash(sql, { ids: ids.slice(1) })).toBe(beside); // the first is not there
  expect(await db.hash(sql, { ids: ids.slice(0, -1) })).not.toBe(beside);
});

async function rowsOf(db: ForeignDatabase, options: { readonly ids: readonly number[] }): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const batch of db.batches("SELECT K, V FROM T WHERE K = ?", options)) rows.push(...batch);
  return rows;
}

test("no database, no file: an error in words", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "offroll-foreign-")), "text.sqlite");
  writeFileSync(file, "this is long enough to be looked at, and no database".repeat(100));
  await using db = ForeignDatabase.open(file);
  await expect(db.tables()).rejects.toThrow("file is not a database");
  expect(await foreignDamage(file)).toBe("file is not a database");
  expect(await foreignDamage(made("CREATE TABLE T (V)"))).toBeUndefined();
});

test("the child ends with the process that started it, in the middle of a query and however that ended", async () => {
  const file = made("CREATE TABLE T (V)");
  const script = `
    import cp from "node:child_process";
    import { ForeignDatabase } from ${JSON.stringify(new URL("../../src/shared/foreign-database.ts", import.meta.url).href)};
    const db = ForeignDatabase.open(${JSON.stringify(file)});
    await db.tables();
    db.all(${JSON.stringify(endless)}).catch(() => {});
    const children = cp.execFileSync("pgrep", ["-P", String(process.pid), "-f", "foreign-database-child"], { encoding: "utf8" });
    process.stdout.write(children.trim());
    process.kill(process.pid, "SIGKILL");`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(ran.signal).toBe("SIGKILL");
  const child = Number(ran.stdout);
  expect(child, ran.stderr).toBeGreaterThan(1);
  await expect.poll(() => isProcessGone(child)).toBe(true);
});
