/** errno values of the destination as errors with a remedy. */
import { AppError, DestinationError, type ErrorCode } from "./errors.ts";
import { isInTheWay } from "./plain-file.ts";

const codes: Record<string, { code: ErrorCode; text: string }> = {
  ENOSPC: { code: "destination-full", text: "The disk is full" },
  EDQUOT: { code: "destination-full", text: "Your quota on the disk is used up" },
  EROFS: { code: "destination-read-only", text: "The disk is read-only" },
  EACCES: { code: "destination-no-permission", text: "You may not write there" },
  EPERM: { code: "destination-no-permission", text: "The system did not permit writing there" },
  ENOENT: { code: "destination-not-there", text: "The folder is no longer there" },
  ENODEV: { code: "destination-not-there", text: "The disk is no longer there" },
  ENXIO: { code: "destination-not-there", text: "The disk is no longer there" },
  ESTALE: { code: "destination-not-there", text: "The share is no longer there" },
  ELOOP: { code: "destination-unsafe", text: "A symbolic link stands in the way" },
  ENOTDIR: { code: "destination-unsafe", text: "A file stands where a folder should be" },
  EIO: { code: "destination-io", text: "The disk reported an error" },
};

/** Our own errors pass; what the system said becomes a `DestinationError`; anything else stays what it is. */
export function diskError(error: unknown, label: string): unknown {
  if (error instanceof AppError) return error;
  const code = errno(error);
  if (code === undefined) return error;
  const known = codes[code] ?? { code: "destination-io" as const, text: `The system reported ${code}` };
  return new DestinationError(known.code, `${known.text}: ${label}`, { cause: error });
}

const ofOneEntry: readonly ErrorCode[] = [
  "destination-unsafe",
  "destination-io",
  "destination-no-permission",
  "destination-mismatch",
];

/** What a look at one entry gives; undefined where that one is a link, or cannot be read. Whatever else goes wrong is thrown. */
export async function unlessOdd<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof DestinationError && ofOneEntry.includes(error.code)) return undefined;
    throw error;
  }
}

/** @throws {DestinationError} `destination-unsafe` where something that is no file stands under the name of one of ours */
export function assertPlain(file: string): void {
  if (!isInTheWay(file)) return;
  throw new DestinationError("destination-unsafe", `${file} is a file of offroll's, and something else stands there.`, {
    remedy: "Look what it is and remove it, or choose another folder.",
  });
}

/** The code that the system gave with an error; undefined for anything else. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
