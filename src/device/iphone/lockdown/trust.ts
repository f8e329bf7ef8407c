/**
 * Trust as a pure transition function: which state the phone is in, what to do next, and what to tell the person.
 * The driver is pairing.ts. Source: pymobiledevice3, lockdown.py; libimobiledevice, tools/idevicepair.c.
 */
import type { TrustState } from "../../device-route.ts";

export type TrustEvent =
  | { readonly type: "record-accepted" }
  | { readonly type: "record-missing" }
  | { readonly type: "record-refused" }
  | { readonly type: "pair-accepted" }
  | { readonly type: "pair-error"; readonly lockdownError: string }
  | { readonly type: "connection-lost" }
  | { readonly type: "deadline" };

/** `send-pair` again after a second, `stop` for good, or `done`. */
export type TrustAction = "send-pair" | "stop" | "done";

export interface TrustMove {
  readonly state: TrustState;
  readonly action: TrustAction;
}

export function trustTransition(state: TrustState, event: TrustEvent): TrustMove {
  switch (event.type) {
    case "record-accepted":
    case "pair-accepted":
      return { state: "paired", action: "done" };
    case "record-missing":
      return { state: "no-record", action: "send-pair" };
    case "record-refused":
      return { state: "pairing-lost", action: "send-pair" };
    case "deadline":
      return { state: "timed-out", action: "stop" };
    case "connection-lost":
      // Some iOS versions close lockdown at the moment of the tap (libimobiledevice#341): reconnect, send the same again.
      return { state, action: "send-pair" };
    case "pair-error":
      return onPairError(state, event.lockdownError);
  }
}

function onPairError(state: TrustState, error: string): TrustMove {
  switch (error) {
    case "PairingDialogResponsePending":
      return { state: state === "passcode" ? "passcode" : "waiting-for-trust", action: "send-pair" };
    case "PasswordProtected":
      // Locked before any dialog: it must be unlocked first. Locked behind the dialog: it asks for the passcode.
      return {
        state: state === "waiting-for-trust" || state === "passcode" ? "passcode" : "locked",
        action: "send-pair",
      };
    case "UserDeniedPairing":
      return { state: "denied", action: "stop" };
    case "MCProtected":
    case "MCChallengeRequired":
      return { state: "prohibited", action: "stop" };
    default:
      return { state: "refused", action: "stop" };
  }
}

/** What to do on the phone, per state. `name` is the phone's. */
export function trustInstruction(state: TrustState, name: string): string {
  switch (state) {
    case "no-record":
      return `${name} does not know this computer yet. It will ask whether to trust it.`;
    case "pairing-lost":
      return `${name} has forgotten this computer. It will ask again whether to trust it.`;
    case "locked":
      return `${name} is locked. Unlock it to see its question.`;
    case "waiting-for-trust":
      return `Look at ${name}: tap Trust, then enter its passcode. (New phones need up to 30 seconds to ask.)`;
    case "passcode":
      return `Enter the passcode on ${name}.`;
    case "denied":
      return `Don't Trust was tapped on ${name}.`;
    case "prohibited":
      return `${name} does not allow pairing: a management profile forbids it.`;
    case "refused":
      return `${name} refused to pair.`;
    case "timed-out":
      return `Nobody answered ${name}'s question in time.`;
    case "paired":
      return `${name} trusts this computer.`;
  }
}
