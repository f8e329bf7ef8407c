/** What an adb server or a phone behind it says instead of an answer, as errors a person can act on. */
import { AppError, DeviceError, ItemError } from "../../shared/errors.ts";

/** FAIL of a service, in the server's words. */
export function serviceError(words: string): DeviceError {
  if (/unauthori[sz]ed/i.test(words))
    return new DeviceError("debugging-unauthorised", "The phone does not allow this computer to debug it.", {
      retryable: true,
    });
  if (/not found|offline|disconnected|no devices|closed/i.test(words))
    return new DeviceError("device-disconnected", `adb has lost the phone (${words}).`, { retryable: true });
  return new DeviceError("adb-refused", `The adb server refused: ${words}`);
}

/** A phone closes a service that it does not know, and one that it has lost; nothing tells the two apart. */
export function isUnknownService(error: DeviceError): boolean {
  return error.code === "device-disconnected" && /\(closed\)/.test(error.message);
}

/** FAIL of one file. */
export function fileError(path: string, words: string): ItemError {
  if (/no such file/i.test(words)) return new ItemError("item-gone", `${path} is not on the phone any more.`);
  if (/permission denied|not permitted/i.test(words))
    return new ItemError("item-denied", `The phone does not let adb read ${path}.`);
  return new ItemError("item-refused", `${path}: ${words}`);
}

/** ENOENT, as phones send it in a STA2 or DNT2. */
export const noSuchFile = 2;
const accessDenied = 13;

/** FAIL of one file, where the phone says it by a number of Linux. */
export function errnoError(path: string, errno: number): ItemError {
  return fileError(
    path,
    { [noSuchFile]: "no such file", [accessDenied]: "permission denied" }[errno] ?? `errno ${errno}`,
  );
}

/** Anything thrown on the way: what is not an error of ours is a connection that broke. */
export function connectionError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new DeviceError("device-disconnected", `The connection to the adb server broke off (${text}).`, {
    cause: error,
    retryable: true,
  });
}
