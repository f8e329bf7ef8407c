/** What a file system refused, as errors a person can act on. */
import { DeviceError, type ErrorCode, ItemError } from "../../shared/errors.ts";

const gone = { code: "item-gone", words: "is not in the folder any more" } as const;
const denied = { code: "item-no-permission", words: "may not be read by your user" } as const;
const itemCodes: Record<string, { readonly code: ErrorCode; readonly words: string }> = {
  ENOENT: gone,
  ENOTDIR: gone,
  EACCES: denied,
  EPERM: denied,
  ELOOP: { code: "item-elsewhere", words: "is a symbolic link, or lies behind one: links are not followed" },
  ENOTPLAIN: { code: "item-changed", words: "is no plain file any more" },
};

/** @param error as Node throws it. Whether it is this entry's alone, its caller knows. */
export function entryError(path: string, error: unknown): ItemError {
  const code = codeOf(error);
  const known = itemCodes[code];
  if (known) return new ItemError(known.code, `${path} ${known.words}.`, { cause: error });
  return new ItemError("item-io", `${path} cannot be read (${code}).`, { cause: error });
}

/** A link that a folder holds: what it leads to is not part of it. */
export function linkError(path: string): ItemError {
  return entryError(path, Object.assign(new Error("a link"), { code: "ELOOP" }));
}

/** A disk that is mounted within the folder. */
export function otherDiskError(path: string): ItemError {
  return new ItemError("item-elsewhere", `${path}: another disk is mounted here, which is no part of this folder.`);
}

/** Node's code of an error, for messages: "EACCES". */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** The folder as a whole is away. */
export function folderGone(root: string, cause?: unknown): DeviceError {
  return new DeviceError(
    "device-disconnected",
    `${root} is not there any more: its disk, card or phone was taken away.`,
    {
      cause,
      retryable: true,
      remedy: "Plug it in again, and mount it at the same place. The next run continues from here.",
    },
  );
}

/** The folder that was named cannot be used. */
export function folderRefused(folder: string, error: unknown): DeviceError {
  const code = codeOf(error);
  if (code === "EACCES" || code === "EPERM")
    return new DeviceError("device-no-permission", `Your user may not read ${folder}.`, {
      cause: error,
      remedy: "Change its permissions, or run as a user who may read it.",
    });
  const words =
    code === "ENOTDIR"
      ? `${folder} is no folder.`
      : `There is no folder ${folder}${code === "ENOENT" ? "" : ` (${code})`}.`;
  return new DeviceError("device-not-found", words, {
    cause: error,
    remedy: "Check how it is spelled; a card, a disk or a phone has to be plugged in and mounted first.",
  });
}
