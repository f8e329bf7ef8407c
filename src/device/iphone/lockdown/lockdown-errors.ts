/** lockdownd's error strings as errors with a remedy. Source: libimobiledevice, src/lockdown.c; pymobiledevice3, exceptions.py. */
import { DeviceError, type ErrorCode } from "../../../shared/errors.ts";

/** Every error string known from open implementations. A phone may send others: they survive verbatim. */
const codes: Record<string, { code: ErrorCode; text: string; retryable?: boolean }> = {
  PasswordProtected: { code: "device-locked", text: "The phone is locked.", retryable: true },
  PairingDialogResponsePending: {
    code: "device-not-trusted",
    text: "The phone is asking whether to trust this computer.",
    retryable: true,
  },
  UserDeniedPairing: { code: "trust-denied", text: "Don't Trust was tapped on the phone." },
  InvalidHostID: { code: "pairing-lost", text: "The phone does not know this computer any more." },
  InvalidConnection: { code: "pairing-lost", text: "The phone does not accept this computer's pairing." },
  MissingHostID: { code: "pairing-lost", text: "The stored pairing has no host id." },
  MissingPairRecord: { code: "pairing-lost", text: "The phone has no pairing with this computer." },
  InvalidPairRecord: { code: "pair-record-invalid", text: "The phone rejected the pair record." },
  SavePairRecordFailed: { code: "device-refused", text: "The phone could not store the pairing." },
  PairingProhibitedOverThisConnection: {
    code: "pairing-refused",
    text: "The phone does not pair over this connection.",
  },
  MCProtected: { code: "pairing-prohibited", text: "A management profile forbids pairing." },
  MCChallengeRequired: { code: "pairing-prohibited", text: "The phone is supervised and wants its supervisor's key." },
  FMiPProtected: { code: "device-refused", text: "Find My protects the phone against this." },
  ServiceLimit: { code: "service-limit", text: "The phone has no room for another connection.", retryable: true },
  InvalidService: { code: "service-unavailable", text: "The phone does not know this service." },
  MissingService: { code: "service-unavailable", text: "No service was named." },
  ServiceProhibited: { code: "service-unavailable", text: "The phone forbids this service." },
  EscrowLocked: { code: "device-locked", text: "The phone has not been unlocked since it started.", retryable: true },
  SessionInactive: { code: "device-busy", text: "The phone ended the session.", retryable: true },
  SessionActive: { code: "device-busy", text: "The phone says a session is open already.", retryable: true },
  InvalidSessionID: { code: "device-busy", text: "The phone forgot the session.", retryable: true },
  MissingSessionID: { code: "device-refused", text: "The session id was missing." },
  InvalidResponse: { code: "device-refused", text: "The phone could not make sense of the request." },
  MissingKey: { code: "device-refused", text: "The request lacked a key." },
  MissingValue: { code: "device-refused", text: "The phone has no such value." },
  GetProhibited: { code: "device-refused", text: "The phone does not tell this value." },
  SetProhibited: { code: "device-refused", text: "The phone does not allow setting this value." },
  RemoveProhibited: { code: "device-refused", text: "The phone does not allow removing this value." },
  ImmutableValue: { code: "device-refused", text: "This value cannot change." },
  InvalidActivationRecord: { code: "device-refused", text: "The activation record is invalid." },
  MissingActivationRecord: { code: "device-refused", text: "The phone is not activated." },
};

/** A request lockdownd answered with an error. `lockdownError` keeps its string, known or not. */
export class LockdownError extends DeviceError {
  readonly lockdownError: string;

  constructor(lockdownError: string, request: string) {
    const known = codes[lockdownError];
    const text = known?.text ?? "The phone refused the request.";
    super(known?.code ?? "device-refused", `${text} (${request}: ${lockdownError})`, {
      retryable: known?.retryable ?? false,
    });
    this.lockdownError = lockdownError;
  }
}

/** For tests and mocks: every word that has a remedy here. */
export const knownLockdownErrors: readonly string[] = Object.keys(codes);
