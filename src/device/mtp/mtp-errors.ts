/** Response codes as errors, by how much of the work each ends. */
import { AppError, type ErrorCode, type ErrorScope } from "../../shared/errors.ts";
import { responseCode } from "./mtp-format.ts";

const ofDevice: Record<number, ErrorCode> = {
  [responseCode.sessionNotOpen]: "device-disconnected",
  [responseCode.deviceBusy]: "device-busy",
  [responseCode.invalidStorageId]: "device-no-storage",
  [responseCode.storeNotAvailable]: "device-no-storage",
};

const ofItem: Record<number, ErrorCode> = {
  [responseCode.invalidObjectHandle]: "item-gone",
  [responseCode.accessDenied]: "item-denied",
};

const names = new Map(Object.entries(responseCode).map(([name, code]) => [code as number, name]));

/** The device answered an operation with something else than OK. */
export class MtpError extends AppError {
  readonly scope: ErrorScope;
  readonly response: number;
  readonly parameters: readonly number[];

  constructor(operation: number, response: number, parameters: readonly number[] = []) {
    const ofPhone = ofDevice[response];
    const hex = `0x${response.toString(16)}`;
    super(
      ofPhone ?? ofItem[response] ?? "item-refused",
      `The device answered operation 0x${operation.toString(16)} with ${names.get(response) ?? "code"} (${hex}).`,
      { retryable: ofPhone !== undefined },
    );
    this.scope = ofPhone ? "device" : "item";
    this.response = response;
    this.parameters = parameters;
  }
}

/** The device said no to one request, and the session goes on: not a lost session, and no phone that is only busy. */
export function isRefusal(error: unknown): error is MtpError {
  if (!(error instanceof MtpError)) return false;
  return error.response !== responseCode.sessionNotOpen && error.response !== responseCode.deviceBusy;
}

/** What was asked about is not there any more, or has another handle now. */
export function isStaleHandle(error: unknown): error is MtpError {
  return error instanceof MtpError && error.response === responseCode.invalidObjectHandle;
}
