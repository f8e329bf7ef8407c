/** A row of the table `item`, in the shapes that it is asked for. */
import type { MediaItem } from "../../device/media-source.ts";
import type { RollRole } from "../../library/roll.ts";
import { versionValues } from "./file-key.ts";
import { columnsOf, senseless, sensible } from "./sense.ts";
import type { RowWrite } from "./statements.ts";

/** What came of reading a copy back. */
export type Found = "whole" | "damaged" | "missing" | "unreadable";

/** A file's last reading from the disk. */
export interface ReadBack {
  /** When, in milliseconds. */
  readonly at: number;
  readonly found: Found;
}

/** One version of one file on a phone, and where it was copied to. */
export interface CatalogRow {
  readonly device: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** The phone's time of the file, in milliseconds; 0 where it told none. */
  readonly modifiedMs: number;
  readonly target: string;
  readonly sha256: string | undefined;
  readonly state: "done" | "pending";
  readonly photoId: string;
  /** The asset's in the phone's library; undefined for items met without one. */
  readonly uuid: string | undefined;
  readonly role: RollRole;
  readonly captured: string | undefined;
  readonly copiedAt: number;
  readonly runId: string;
  /** Undefined where it never was. */
  readonly readBack?: ReadBack | undefined;
  /** The time that the destination's disk tells of the file; undefined where it is not known, or not to be gone by. */
  readonly storedMs?: number | undefined;
}

/** A row that is to be written: the phone's file gives the rest. */
export type NewRow = Omit<CatalogRow, "device" | "path" | "sizeBytes" | "modifiedMs" | "state">;

/** What a plan looks at of a row. */
export type PlanRow = Pick<
  CatalogRow,
  | "device"
  | "path"
  | "sizeBytes"
  | "modifiedMs"
  | "uuid"
  | "role"
  | "photoId"
  | "target"
  | "sha256"
  | "state"
  | "copiedAt"
  | "storedMs"
> & {
  readonly createdMs: number;
  /** What came of its last reading; undefined where there was none. */
  readonly found: Found | undefined;
};

/** The insert for one row, replacing the same version of the same file. */
export function wholeRow(device: string, item: MediaItem, row: NewRow & Pick<CatalogRow, "state">): RowWrite {
  return {
    text: "INSERT OR REPLACE INTO item (device, path, size, created_ms, modified_ms, uuid, photo_id, captured, sha256, target, state, copied_at, run_id, role, read_at, found, stored_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    values: [
      ...versionValues(device, item),
      row.uuid ?? null,
      row.photoId,
      row.captured ?? null,
      row.sha256 ?? null,
      row.target,
      row.state,
      row.copiedAt,
      row.runId,
      row.role,
      row.readBack?.at ?? null,
      row.readBack?.found ?? null,
      row.storedMs ?? null,
    ],
  };
}

const columns = columnsOf({
  device: "text",
  path: "text",
  target: "text",
  state: "text",
  photo_id: "text",
  role: "text",
  run_id: "text",
  size: "number",
  modified_ms: "number",
  copied_at: "number",
  read_at: "number?",
  sha256: "text?",
  uuid: "text?",
  captured: "text?",
  found: "text?",
});

/** @param r of all columns, by name @throws {DestinationError} `catalog-corrupt` */
export function toRow(r: Record<string, unknown>): CatalogRow {
  sensible(r, columns);
  return {
    device: r["device"] as string,
    path: r["path"] as string,
    sizeBytes: r["size"] as number,
    modifiedMs: r["modified_ms"] as number,
    target: r["target"] as string,
    sha256: (r["sha256"] as string | null) ?? undefined,
    state: r["state"] as "done" | "pending",
    photoId: r["photo_id"] as string,
    uuid: (r["uuid"] as string | null) ?? undefined,
    role: r["role"] as RollRole,
    captured: (r["captured"] as string | null) ?? undefined,
    copiedAt: r["copied_at"] as number,
    runId: r["run_id"] as string,
    readBack: r["found"] == null ? undefined : { at: r["read_at"] as number, found: r["found"] as Found },
    storedMs: (r["stored_ms"] as number | null) ?? undefined,
  };
}

/** In the order of `PlanRowValues`. */
export const planColumns =
  "device, path, size, created_ms, modified_ms, uuid, role, photo_id, target, sha256, state, copied_at, found, stored_ms";

type PlanRowValues = [
  device: string,
  path: string,
  sizeBytes: number,
  createdMs: number,
  modifiedMs: number,
  uuid: string | null,
  role: string,
  photoId: string,
  target: string,
  sha256: string | null,
  state: string,
  copiedAt: number,
  found: string | null,
  storedMs: number | null,
];

/**
 * @param row of `planColumns`; @param same keeps each phone's id and each role one string, not one a row
 * @throws {DestinationError} `catalog-corrupt`
 */
export function toPlanRow(row: readonly unknown[], same: Map<string, string>): PlanRow {
  const [device, path, sizeBytes, createdMs, modifiedMs, ...rest] = row as PlanRowValues;
  const [uuid, role, photoId, target, sha256, state, copiedAt, found, storedMs] = rest;
  const texts = [device, path, role, photoId, target, state];
  if (!texts.every((text) => typeof text === "string") || !Number.isSafeInteger(sizeBytes)) throw senseless();
  const one = (text: string): string => {
    const known = same.get(text);
    if (known === undefined) same.set(text, text);
    return known ?? text;
  };
  return {
    device: one(device),
    path,
    sizeBytes,
    createdMs,
    modifiedMs,
    uuid: uuid ?? undefined,
    role: one(role) as RollRole,
    photoId,
    target,
    sha256: sha256 ?? undefined,
    state: one(state) as "done" | "pending",
    copiedAt,
    found: found === null ? undefined : (one(found) as Found),
    storedMs: storedMs ?? undefined,
  };
}

/** What proves a copied file: which version of it, its hash, and when it was last read back. */
export interface ProofRow
  extends Pick<
    CatalogRow,
    "path" | "sizeBytes" | "modifiedMs" | "target" | "sha256" | "copiedAt" | "readBack" | "storedMs" | "uuid" | "role"
  > {
  readonly createdMs: number;
}

/** @param r of all columns, by name @throws {DestinationError} `catalog-corrupt` */
export function toProofRow(r: Record<string, unknown>): ProofRow {
  if (!Number.isSafeInteger(r["created_ms"])) throw senseless();
  return { ...toRow(r), createdMs: r["created_ms"] as number };
}
