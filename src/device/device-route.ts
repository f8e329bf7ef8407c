/**
 * One way to phones: a daemon, a bus, a server. `DeviceHub` in index.ts joins them; nothing above knows which one leads to a phone.
 * Read first: `PhoneRoute`.
 */
import type { AbortOptions } from "../shared/abort.ts";
import type { AppError } from "../shared/errors.ts";
import type { AndroidConsent } from "./android/consent.ts";
import type { DeviceInfo, DeviceRoute, MediaSource } from "./media-source.ts";

/** Whether a phone can be read, and if not, the one thing that stands in the way. */
export type DeviceState =
  | "ready"
  | "locked"
  | "needs-trust"
  | "pairing-lost"
  | "network-only"
  | "choose-file-transfer" // an Android phone that shows no storage
  | "no-card" // a camera without one
  | "allow-debugging" // one that has not been told to trust this computer's adb
  | "unreachable";

/** What the owner has to do, or did, while a phone comes to trust this computer. */
export type ConsentState = TrustState | AndroidConsent;
/** Where an iPhone's Trust dialog stands. */
export type TrustState =
  | "no-record" // this computer has never been trusted, as far as we know
  | "pairing-lost" // it was, and the phone has forgotten
  | "locked" // the dialog cannot be shown
  | "waiting-for-trust" // the dialog is on the screen
  | "passcode" // Trust was tapped, or the phone locked behind the dialog: it wants the passcode
  | "denied"
  | "prohibited" // by a management profile
  | "refused" // for a reason of its own
  | "timed-out"
  | "paired";

/** A phone that was seen, with what it told about itself. */
export interface DeviceSummary {
  readonly info: DeviceInfo;
  readonly state: DeviceState;
  /** By which it is reached; `otherRoutes` lead to it too. */
  readonly route: DeviceRoute;
  readonly otherRoutes?: readonly DeviceRoute[];
  /** Why nothing more is known, when `state` is `unreachable`. */
  readonly error?: AppError;
}

/** How long to wait for the phone's owner, and who is told meanwhile. */
export interface ConsentOptions extends AbortOptions {
  readonly timeoutMs?: number | undefined;
  readonly onState?: ((state: ConsentState) => void) | undefined;
}

/** Something may have changed; or the route as a whole is gone. */
export type RouteChange = { readonly type: "changed" } | { readonly type: "daemon-gone"; readonly error: AppError };

/** One way to phones. Implemented once for each protocol; joined by `DeviceHub`. Nothing of it outlives its call but sources. */
export interface PhoneRoute {
  /** As `--via` and messages have it. */
  readonly name: DeviceRoute;
  /** Every phone seen now; none where this route does not exist. @throws {DeviceError} where it should and does not work */
  devices(options: AbortOptions): Promise<DeviceSummary[]>;
  /** Yields whenever `devices` may answer otherwise, until aborted; it then returns. Never throws for a daemon that is away. */
  changes(options: AbortOptions): AsyncIterable<RouteChange>;
  /** Waits for the phone's owner. @throws {DeviceError} */
  trust(id: string, options: ConsentOptions): Promise<void>;
  /** The caller disposes the source. @throws {DeviceError} */
  open(id: string, options: AbortOptions): Promise<MediaSource>;
}
