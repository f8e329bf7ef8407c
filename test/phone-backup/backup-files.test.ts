import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { PhoneFile } from "../../src/device/phone-files.ts";
import { type BackupFiles, findBackup, openBackup } from "../../src/phone-backup/index.ts";
import { type PhoneFilesHarness, testPhoneFiles } from "../conformance/phone-files.ts";
import { type BackedUp, type BackupDescription, bytesOf, writeBackup } from "../helpers/phone-backup.ts";

const password = "geheim ü";
const bad = "AppDomain-org.example.app";

/** Sizes around a block of the cipher, names that SQL and file systems might trip over, every kind of entry. */
const files: readonly BackedUp[] = [
  { domain: "HomeDomain", path: "", kind: "folder" },
  { domain: "HomeDomain", path: "Library", kind: "folder" },
  { domain: "HomeDomain", path: "Library/SMS", kind: "folder" },
  {
    domain: "HomeDomain",
    path: "Library/SMS/sms.db",
    bytes: bytesOf("sms", 100_003),
    digest: true,
    born: 1_600_000_000,
  },
  { domain: "HomeDomain", path: "Library/SMS0", bytes: bytesOf("beside", 3) },
  { domain: "HomeDomain", path: "Library/sms/twin", bytes: bytesOf("twin", 33) },
  { domain: "HomeDomain", path: "Library/Grüße 😀 it's; --.txt", bytes: bytesOf("names", 50), digest: true },
  { domain: "HomeDomain", path: "Library/nul\nline\\x", bytes: bytesOf("newline", 1) },
  { domain: "HomeDomain", path: "../../etc/passwd", bytes: bytesOf("outside", 20) },
  { domain: "HomeDomain", path: "/absolute", bytes: bytesOf("absolute", 21) },
  { domain: "HomeDomain", path: "Library/link", kind: "link", target: "/var/mobile/elsewhere" },
  ...[0, 1, 15, 16, 17, 32, 4_095, 4_096, 1_048_576, 1_048_577].map((size) => ({
    domain: "CameraRollDomain",
    path: `Media/DCIM/${size}.bin`,
    bytes: bytesOf(`size ${size}`, size),
    digest: size % 2 === 0,
  })),
  {
    domain: "CameraRollDomain",
    path: "Media/long",
    bytes: bytesOf("l", 9),
    attributes: bytesOf("attributes", 200_000),
  },
];
const unreadable: readonly BackedUp[] = [
  { domain: bad, path: "missing", bytes: bytesOf("m", 10), stored: null },
  { domain: bad, path: "cut", bytes: bytesOf("c", 5_000), stored: bytesOf("c", 4_000) },
  { domain: bad, path: "flipped", bytes: bytesOf("f", 5_000), digest: true },
  { domain: bad, path: "long", bytes: bytesOf("o", 10), stored: bytesOf("o", 400) },
];

async function openAt(folder: string, privately: string, said: string | undefined = password): Promise<BackupFiles> {
  return await openBackup(await findBackup(folder, "/"), {
    password: async () => (said === undefined ? undefined : Buffer.from(said)),
    privately: { folder: privately, pid: process.pid },
  });
}

interface Opened extends AsyncDisposable {
  readonly backup: BackupFiles;
  readonly folder: string;
  readonly privately: string;
}

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "offroll-backup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function opened(description: BackupDescription, said: string | undefined = password): Promise<Opened> {
  const root = freshFolder();
  const folder = writeBackup(join(root, "backups"), description);
  flip(folder, description.files);
  const privately = join(root, "private");
  const backup = await openAt(folder, privately, said);
  return { backup, folder, privately, [Symbol.asyncDispose]: () => backup[Symbol.asyncDispose]() };
}

/** One bit of the file of that name. */
function flip(folder: string, described: readonly BackedUp[]): void {
  for (const { domain, path } of described.filter((f) => f.path === "flipped")) {
    const id = createHash("sha1").update(`${domain}-${path}`).digest("hex");
    const file = join(folder, id.slice(0, 2), id);
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(1_234) ^ 1, 1_234);
    process.getBuiltinModule("node:fs").writeFileSync(file, bytes);
  }
}

function asListed({ domain, path, kind = "file", bytes, target, born }: BackedUp): PhoneFile {
  return {
    ...{ domain, path, kind },
    sizeBytes: bytes?.length ?? 0,
    modifiedAt: new Date(1_790_000_000_000),
    createdAt: new Date(born === undefined ? 1_790_000_000_000 : born * 1000),
    ...(target === undefined ? {} : { target }),
  };
}

/** Written once for each kind: whoever reads changes nothing, which a test below holds. */
const written = new Map<boolean, string>();
afterAll(() => {
  for (const root of written.values()) rmSync(root, { recursive: true, force: true });
});

async function harness(isEncrypted: boolean): Promise<PhoneFilesHarness> {
  const described = { files: [...files, ...unreadable], ...(isEncrypted ? { password } : {}) };
  let root = written.get(isEncrypted);
  if (root === undefined) {
    root = mkdtempSync(join(tmpdir(), "offroll-backup-"));
    written.set(isEncrypted, root);
    flip(writeBackup(root, described), described.files);
  }
  const backup = await openAt(root, join(root, ".private"));
  return {
    files: backup,
    truth: [
      ...files.map((f) => ({
        file: asListed(f),
        bytes: (f.kind ?? "file") === "file" ? Buffer.from(f.bytes ?? []) : undefined,
      })),
      ...unreadable.map((f) => ({ file: asListed(f), bytes: undefined })),
    ],
    unreadable: new Set(unreadable.map((f) => `${f.domain}/${f.path}`)),
    isEncrypted,
    [Symbol.asyncDispose]: () => backup[Symbol.asyncDispose](),
  };
}

testPhoneFiles("a clear backup", () => harness(false));
testPhoneFiles("an encrypted backup", () => harness(true));

function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .map((file) => `${file} ${statSync(file).mtimeMs} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`)
    .sort();
}

test.each([false, true])(
  "nothing in a backup is changed or added by reading it (encrypted: %s)",
  async (isEncrypted) => {
    const o = await opened({ files, ...(isEncrypted ? { password } : {}) });
    const before = treeOf(o.folder);
    await using backup = o.backup;
    for await (const file of backup.list()) if (file.kind === "file") for await (const _ of backup.read(file));
    await backup.find("HomeDomain", "Library");
    expect(treeOf(o.folder)).toEqual(before);
  },
);

test("what was decrypted is its owner's alone, and goes when the backup is closed", async () => {
  const { backup, privately } = await opened({ files, password });
  const [name, ...more] = readdirSync(privately);
  expect(more).toEqual([]);
  expect(statSync(join(privately, name as string)).mode & 0o777).toBe(0o600);
  expect(statSync(privately).mode & 0o777).toBe(0o700);
  await backup[Symbol.asyncDispose]();
  expect(readdirSync(privately)).toEqual([]);
});
