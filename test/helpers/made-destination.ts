/** A destination as a run leaves it, made without one: catalog, kept library and files, as many as a test wants. */
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { RollRole } from "../../src/library/roll.ts";
import { Catalog } from "../../src/transfer/catalog/index.ts";

/** One photo: what its kept library says, and its files. */
export interface MadePhoto {
  readonly id: string;
  /** Fields of `ls --json`, over the usual ones. */
  readonly kept?: Readonly<Record<string, unknown>>;
  readonly captured?: string;
  readonly files: readonly MadeFile[];
}

export interface MadeFile {
  readonly role?: RollRole;
  readonly target: string;
  /** What it holds; a path is linked to. Without either there is a row and no file. */
  readonly bytes?: Buffer;
  readonly linkTo?: string;
  readonly sizeBytes?: number;
  readonly sha256?: string;
}

export const madeDevice = "00008120-00000000000000AA";

/** @param options.device another phone's; @param options.root a folder that is there already; @param options.runId a second run's */
export function makeDestination(
  photos: Iterable<MadePhoto>,
  options: {
    readonly device?: string;
    readonly name?: string;
    readonly root?: string;
    readonly hasLibrary?: boolean;
    readonly runId?: string;
  } = {},
): string {
  const { device = madeDevice, name = "Made iPhone", hasLibrary = true, runId = "20240601T120000Z-1a2b3c" } = options;
  const root = options.root ?? mkdtempSync(join(tmpdir(), "offroll-made-"));
  const metadata = join(root, ".offroll");
  mkdirSync(join(metadata, "runs"), { recursive: true, mode: 0o700 });
  writeFileSync(
    join(metadata, "destination.json"),
    JSON.stringify({ id: createHash("sha256").update(root).digest("hex").slice(0, 32) }),
  );
  const lines = [JSON.stringify({ type: "library", v: 1, runId, items: 0 })];
  using catalog = Catalog.open(metadata, { create: true }) as Catalog;
  catalog.devices.note({ id: device, name, model: "iPhone 14 Pro", lastSeen: 1_717_243_200_000 });
  catalog.runs.start({ id: runId, device, command: "offroll backup", startedAt: 1_717_243_200_000, kind: "backup" });
  const folders = new Set<string>();
  catalog.transaction(() => {
    for (const photo of photos) {
      lines.push(JSON.stringify({ ...usual(photo), ...photo.kept }));
      for (const file of photo.files) put(root, file, folders);
      for (const file of photo.files) note(catalog, { device, runId }, photo, file);
    }
  });
  if (hasLibrary) {
    const hash = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
    writeFileSync(join(metadata, "runs", `${runId}.library-${hash}.jsonl.gz`), gzipSync(`${lines.join("\n")}\n`), {
      mode: 0o600,
    });
  }
  return root;
}

function usual({ id, captured, files }: MadePhoto): object {
  return {
    id,
    uuid: `${id.toUpperCase()}-0000-4000-8000-000000000000`,
    path: `/DCIM/100APPLE/${files[0]?.target.split("/").at(-1)}`,
    originalFilename: files[0]?.target.split("/").at(-1),
    kind: "photo",
    captured: captured ?? null,
    capturedFrom: "library",
    width: 400,
    height: 300,
  };
}

function put(root: string, { target, bytes, linkTo }: MadeFile, folders: Set<string>): void {
  const path = join(root, target);
  if (!folders.has(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  folders.add(dirname(path));
  if (linkTo !== undefined) linkSync(linkTo, path);
  else if (bytes !== undefined) writeFileSync(path, bytes);
}

function note(
  catalog: Catalog,
  { device, runId }: { readonly device: string; readonly runId: string },
  { id, captured }: MadePhoto,
  file: MadeFile,
): void {
  const { role = "original", target, bytes } = file;
  const path = `/DCIM/${id}/${target.split("/").at(-1)}`;
  const sizeBytes = file.sizeBytes ?? bytes?.length ?? 0;
  const at = new Date(1_700_000_000_000);
  catalog.items.markDone(
    device,
    { id: path, path, name: path, area: "camera-roll", sizeBytes, modifiedAt: at, createdAt: at },
    {
      target,
      sha256:
        file.sha256 ??
        createHash("sha256")
          .update(bytes ?? `${id}${target}`)
          .digest("hex"),
      photoId: id,
      uuid: `${id.toUpperCase()}-0000-4000-8000-000000000000`,
      role,
      captured,
      copiedAt: 1_717_243_200_000,
      runId,
    },
  );
}
