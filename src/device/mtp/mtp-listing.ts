/**
 * The entries of one folder. In bulk where the device can do that and can be believed: four properties for all children, checked
 * against the folder's handles; else one by one. Source: AOSP, MtpDatabase.java (depth 1, one property code);
 * whoozle/android-file-transfer-linux, fuse/fuse.cpp (the same four).
 */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { AppError, ItemError, ProtocolError } from "../../shared/errors.ts";
import type { KnownFolder } from "./folder-index.ts";
import type { MtpClient } from "./mtp-client.ts";
import { type MtpObjectInfo, parseMtpDate } from "./mtp-datasets.ts";
import { isRefusal, isStaleHandle, MtpError } from "./mtp-errors.ts";
import { objectFormat, objectProperty, operation, responseCode, rootParent, sizeElsewhere } from "./mtp-format.ts";
import { PersistentIds } from "./persistent-id.ts";

export interface MtpEntry {
  readonly handle: number;
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
  /** What told the date: the two need not agree, so that only the same one shows a change. */
  readonly datedBy: "property" | "object-info";
}

/** An object that the device lists and then says nothing about. */
export interface MtpUnknownEntry {
  readonly handle: number;
  /** What it is called in every session, where the device says so and can be believed. */
  readonly persistentId?: string | undefined;
  readonly error: AppError;
}

/** Files arrive while a folder is listed: a set that differs is asked for once more before the device is not believed. */
const bulkAttempts = 2;

export class MtpListing {
  /** `one-by-one` for the rest of the session once bulk listing was refused or did not add up. */
  mode: "folders" | "one-by-one";
  /** Why, in words. */
  reason: string | undefined;
  readonly #persistentIds = new PersistentIds();

  constructor(client: MtpClient) {
    this.mode = client.supports(operation.getObjectPropList) ? "folders" : "one-by-one";
    if (this.mode === "one-by-one") this.reason = "it does not offer GetObjectPropList";
  }

  /** @throws {MtpError} the folder cannot be listed */
  async *children(
    client: MtpClient,
    folder: KnownFolder,
    options: AbortOptions = {},
  ): AsyncGenerator<MtpEntry | MtpUnknownEntry, void, undefined> {
    const handles = await folderHandles(client, folder, options);
    if (handles.length === 0) return;
    // The root has no handle to ask for the properties of its children by; it holds a few folders.
    if (this.mode === "folders" && folder.handle !== rootParent) {
      const entries = await this.#inBulk(client, folder, handles, options);
      if (entries) return yield* entries;
    }
    for (const handle of handles) {
      throwIfAborted(options.signal);
      const entry = await describeObject(client, handle, options);
      if ("error" in entry)
        yield { ...entry, persistentId: await this.#persistentIds.of(client, handle, handles, options) };
      else yield entry;
    }
  }

  async #inBulk(
    client: MtpClient,
    folder: KnownFolder,
    handles: readonly number[],
    options: AbortOptions,
  ): Promise<MtpEntry[] | undefined> {
    let wanted = handles;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const entries = await readProperties(client, folder.handle, wanted, options);
        if (typeof entries !== "string") return entries;
        this.reason = entries;
      } catch (error) {
        if (!(error instanceof ProtocolError) && !isRefusal(error)) throw error;
        if (client.isDead) throw error;
        // The folder itself may be gone: that says nothing about bulk listing. Its entries say it one by one.
        if (isStaleHandle(error)) return undefined;
        this.reason = error.message;
        break;
      }
      if (attempt >= bulkAttempts) break;
      wanted = await folderHandles(client, folder, options);
    }
    this.mode = "one-by-one";
    return undefined;
  }
}

async function folderHandles(
  client: MtpClient,
  { storage, handle: folder }: KnownFolder,
  options: AbortOptions,
): Promise<number[]> {
  const handles = await client.objectHandles(storage, folder, options).catch(async (error: unknown) => {
    if (folder !== rootParent || !isRefusedRoot(error)) throw error;
    return await handlesWithoutParent(client, storage, options);
  });
  // A folder echoed in its own listing would be walked for ever.
  return [...new Set(handles)].filter((h) => h !== folder && h !== 0);
}

function isRefusedRoot(error: unknown): boolean {
  const { invalidObjectHandle, invalidParentObject, invalidParameter } = responseCode;
  return (
    error instanceof MtpError &&
    [invalidObjectHandle, invalidParentObject, invalidParameter].some((c) => c === error.response)
  );
}

/** Some cameras do not know the root by its own number: everything is asked for, and what has a parent is left out. */
async function handlesWithoutParent(client: MtpClient, storage: number, options: AbortOptions): Promise<number[]> {
  const roots: number[] = [];
  for (const handle of await client.objectHandles(storage, 0, options)) {
    const parent = await parentOf(client, handle, options);
    if (parent === 0 || parent === rootParent || parent === storage) roots.push(handle);
  }
  return roots;
}

/** One that does not say counts as the root's: it is met there again, and told. */
async function parentOf(client: MtpClient, handle: number, options: AbortOptions): Promise<number> {
  throwIfAborted(options.signal);
  try {
    return (await client.objectInfo(handle, options)).parent;
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof ProtocolError && !client.isDead)) throw error;
    return rootParent;
  }
}

/** The entries; or, where the replies do not add up, what does not. */
async function readProperties(
  client: MtpClient,
  folder: number,
  handles: readonly number[],
  options: AbortOptions,
): Promise<MtpEntry[] | string> {
  const read = async (property: number) => {
    const values = new Map<number, string | number | bigint | undefined>();
    for (const p of await client.propertyOfChildren(folder, property, options))
      if (p.handle !== folder) values.set(p.handle, p.value);
    return values;
  };
  const names = await read(objectProperty.fileName);
  const missing = handles.filter((h) => !names.has(h)).length;
  const strange = names.size - (handles.length - missing);
  if (missing > 0 || strange > 0)
    return `a folder of ${handles.length} has names for ${handles.length - missing} of them and ${strange} others`;
  const formats = await read(objectProperty.objectFormat);
  const sizes = await read(objectProperty.objectSize);
  const dates = await read(objectProperty.dateModified).catch((error: unknown) => {
    // Some formats of some devices have no such property; what is asked for each of them is below.
    if (!isRefusal(error)) throw error;
    return new Map<number, unknown>();
  });
  const entries: MtpEntry[] = [];
  for (const handle of handles) {
    throwIfAborted(options.signal);
    const [name, format, size, date] = [names.get(handle), formats.get(handle), sizes.get(handle), dates.get(handle)];
    const isFolder = format === objectFormat.folder;
    if (typeof name !== "string" || typeof format !== "number") return "names or formats are missing";
    if (!isFolder && typeof size !== "number" && typeof size !== "bigint") return "sizes are missing";
    const isLarge = size === sizeElsewhere; // as a number: of 32 bits, all set
    entries.push({
      handle,
      name,
      isFolder,
      sizeBytes: isFolder ? 0 : isLarge ? await client.largeObjectSize(handle, options) : Number(size),
      ...(isFolder || dates.has(handle)
        ? { modifiedAt: typeof date === "string" ? parseMtpDate(date) : undefined, datedBy: "property" }
        : { modifiedAt: await dateByInfo(client, handle, options), datedBy: "object-info" }),
    });
  }
  return entries;
}

/** When an object was last written, for a format that has no property for it; undefined where nothing tells. */
async function dateByInfo(client: MtpClient, handle: number, options: AbortOptions): Promise<Date | undefined> {
  try {
    return infoDate(await client.objectInfo(handle, options));
  } catch (error) {
    if (isRefusal(error) || (error instanceof ProtocolError && !client.isDead)) return undefined;
    throw error;
  }
}

function infoDate(info: MtpObjectInfo): Date | undefined {
  return parseMtpDate(info.dateModified) ?? parseMtpDate(info.dateCreated);
}

/** One object by its ObjectInfo; an error of its own does not end the listing. */
async function describeObject(
  client: MtpClient,
  handle: number,
  options: AbortOptions,
): Promise<MtpEntry | MtpUnknownEntry> {
  try {
    return await entryOf(handle, await client.objectInfo(handle, options), client, options);
  } catch (error) {
    if (isRefusal(error) || (error instanceof ProtocolError && !client.isDead))
      return { handle, error: ofThisObject(error) };
    if (error instanceof AppError && error.scope === "item") return { handle, error };
    throw error;
  }
}

/** What elsewhere ends a run ("store not available"), said of one object among others that are told, is that one's own. */
function ofThisObject(cause: AppError): AppError {
  // It was listed a moment ago: nobody knows that it was deleted.
  const code = cause.scope === "item" && cause.code !== "item-gone" ? cause.code : "item-refused";
  return new ItemError(code, `The device lists it, and does not say what it is. ${cause.message}`, { cause });
}

/** An entry from an ObjectInfo, its true size asked for where 32 bits do not hold it. */
export async function entryOf(
  handle: number,
  info: MtpObjectInfo,
  client: MtpClient,
  options: AbortOptions = {},
): Promise<MtpEntry> {
  const isFolder = info.format === objectFormat.folder;
  const isLarge = !isFolder && info.size === sizeElsewhere;
  return {
    handle,
    name: info.name,
    isFolder,
    sizeBytes: isLarge ? await client.largeObjectSize(handle, options) : isFolder ? 0 : info.size,
    modifiedAt: infoDate(info),
    datedBy: "object-info",
  };
}
