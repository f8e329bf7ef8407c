/** AFC status codes as errors with a remedy. */
import { type ErrorCode, ItemError } from "../../../shared/errors.ts";
import { afcStatus, afcStatusName } from "./afc-format.ts";

const codes: Record<number, { code: ErrorCode; retryable?: boolean }> = {
  [afcStatus.objectNotFound]: { code: "item-gone" },
  [afcStatus.permissionDenied]: { code: "item-denied", retryable: true },
  [afcStatus.noResources]: { code: "item-unreadable", retryable: true },
  [afcStatus.operationTimeout]: { code: "item-timeout", retryable: true },
  [afcStatus.objectBusy]: { code: "item-unreadable", retryable: true },
  [afcStatus.wouldBlock]: { code: "item-unreadable", retryable: true },
  [afcStatus.ioError]: { code: "item-unreadable", retryable: true },
  [afcStatus.interrupted]: { code: "item-unreadable", retryable: true },
  [afcStatus.inProgress]: { code: "item-unreadable", retryable: true },
  [afcStatus.internalError]: { code: "item-unreadable", retryable: true },
};

const perhapsInICloud =
  "The phone could not read it: it may be in iCloud only. On the phone choose Settings > Photos > Download and Keep Originals, wait, and run again.";

/** The phone answered one operation with a status. The connection stays usable. */
export class AfcError extends ItemError {
  readonly status: number;

  constructor(status: number, operation: string, path: string) {
    const known = codes[status];
    const code = known?.code ?? "item-unreadable";
    super(code, `${path}: ${operation} was refused (${afcStatusName(status)}).`, {
      retryable: known?.retryable ?? false,
      ...(code === "item-unreadable" ? { remedy: perhapsInICloud } : {}),
    });
    this.status = status;
  }
}
