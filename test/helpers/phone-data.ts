/** Exports of made-up phones into folders, as the command does it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SmsFiles } from "../../fixtures/make/phone-data/sms-database.ts";
import { DestinationDataPlace } from "../../src/app/data-place.ts";
import type { PhoneFiles } from "../../src/device/phone-files.ts";
import {
  type AttachmentCopies,
  type DataChoice,
  type DataKind,
  dataKinds,
  type ExportReport,
  exportData,
} from "../../src/phone-data/index.ts";
import { PrivateFolder } from "../../src/shared/private-folder.ts";
import { inspectDestination } from "../../src/transfer/destination/index.ts";
import type { MemoryFile } from "../fakes/memory-phone-files.ts";
import { TestClock } from "../fakes/test-clock.ts";

export const everything: DataChoice = { formats: undefined, vcard: "3.0", notePasswords: [] };

export interface ExportWishes {
  readonly files: PhoneFiles;
  readonly to: string;
  readonly scratch: string;
  readonly kinds?: readonly DataKind[];
  readonly choice?: Partial<DataChoice>;
  readonly copies?: AttachmentCopies;
  readonly signal?: AbortSignal;
}

export async function exportTo({
  files,
  to,
  scratch,
  kinds = dataKinds,
  choice,
  copies,
  signal,
}: ExportWishes): Promise<ExportReport> {
  using privately = PrivateFolder.make(scratch, process.pid);
  const folder = await inspectDestination(to, "/");
  await using place = await DestinationDataPlace.open(folder, { clock: new TestClock(), pid: process.pid });
  return await exportData({
    files,
    place,
    privately,
    kinds,
    choice: { ...everything, ...choice },
    ...(copies && { copies }),
    ...(signal && { signal }),
  });
}

export function smsFiles({ database, wal, media }: SmsFiles): MemoryFile[] {
  return [
    { domain: "HomeDomain", path: "Library/SMS/sms.db", bytes: database },
    ...(wal ? [{ domain: "HomeDomain", path: "Library/SMS/sms.db-wal", bytes: wal }] : []),
    ...[...media].map(([path, bytes]) => ({ domain: "MediaDomain", path, bytes })),
  ];
}

/** Paths of all files a person sees. */
export function visibleFiles(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = below === "" ? name : `${below}/${name}`;
      if (path === ".offroll") return [];
      return statSync(join(folder, path)).isDirectory() ? visibleFiles(folder, path) : [path];
    });
}

// biome-ignore lint/suspicious/noExplicitAny: tests read what was written as any program would
export type Json = any;

export function readJson(folder: string, path: string): Json {
  return JSON.parse(readFileSync(join(folder, path), "utf8"));
}

/** Every message that the JSON has, by conversation. */
export function exportedMessages(
  folder: string,
): { readonly path: string; readonly conversation: Json; readonly message: Json }[] {
  return visibleFiles(folder)
    .filter((path) => path.startsWith("messages/") && path.endsWith(".json"))
    .flatMap((path) => {
      const conversation = readJson(folder, path);
      return conversation.messages.map((message: Json) => ({ path, conversation, message }));
    });
}
