/** The phone's backup service with all that goes around it: notifications, the sync lock, the watch over a phone that falls silent. */
import type { Duplex } from "node:stream";
import { type AbortOptions, abortReason, throwIfAborted } from "../../../shared/abort.ts";
import type { Clock } from "../../../shared/clock.ts";
import { DeviceError } from "../../../shared/errors.ts";
import type { Trace } from "../../trace.ts";
import type { WritablePlist } from "../../wire/binary-plist-writer.ts";
import type { PlistDict } from "../../wire/plist.ts";
import { DeviceLink } from "./device-link.ts";
import { emptyParameter, linkMessage } from "./device-link-format.ts";
import type { HostFiles } from "./host-files.ts";
import { Notices } from "./notices.ts";
import { type OperationNews, type PhoneResponse, sendRequest, serveOperation, shakeHands } from "./operation.ts";
import { SyncFiles } from "./sync-files.ts";
import { backupServices, syncPosts } from "./sync-format.ts";

/** A phone whose owner trusts this computer, as far as its backup service needs it. */
export interface BackupPhone {
  readonly udid: string;
  /** Starts a service and connects to it. `withEscrow`: also while the phone is locked, if it was unlocked once. */
  openService(name: string, options?: AbortOptions & { readonly withEscrow?: boolean }): Promise<Duplex>;
  /** What lockdown tells in a session; of the global domain when none is given. */
  values(domain?: string, options?: AbortOptions): Promise<PlistDict>;
  /** Whether it is there and says anything at all. */
  isAnswering(options?: AbortOptions): Promise<boolean>;
}

/** A small file that its file service shows; undefined where it has none, or one above `maxBytes`. */
export type ReadPhoneFile = (path: string, maxBytes: number) => Promise<Buffer | undefined>;

/** What one operation is. */
export interface BackupOperation extends AbortOptions {
  readonly request: Record<string, WritablePlist | undefined>;
  readonly files: HostFiles;
  readonly news: OperationNews;
  /** The phone asks for its passcode, and has its answer. */
  readonly onPasscode: (isAsked: boolean) => void;
  /** Backups and restores keep other programs from syncing; a change of the password does not. */
  readonly locks: boolean;
  /** Called when the phone is this program's alone. */
  readonly onLocked?: ((readFile: ReadPhoneFile) => Promise<void>) | undefined;
  /** For a restore: Info.plist's `Applications`, as XML. Taken away again unless it succeeds. */
  readonly restoreApps?: Buffer | undefined;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
}

const lockTries = 50;
const lockTryMs = 200;
const lookMs = 30_000;
/** Phones with 100,000 photos say nothing for minutes. */
const silenceMs = 600_000;

/**
 * Runs one operation from its request to the phone's response.
 * @throws {DeviceError} `phone-sync-busy`, `phone-cancelled`, `device-stalled`, `device-disconnected`; {ProtocolError}; what `files` throws
 */
export async function runBackupOperation(phone: BackupPhone, operation: BackupOperation): Promise<PhoneResponse> {
  const { signal } = operation;
  const abort = signal ? { signal } : {};
  const state: { link: DeviceLink | undefined; cancelled: boolean } = { link: undefined, cancelled: false };
  await using notices = new Notices(await phone.openService(backupServices.notifications, abort), (notice) => {
    if (notice === "passcodeAsked" || notice === "passcodeDone") operation.onPasscode(notice === "passcodeAsked");
    if (notice !== "cancel") return;
    state.cancelled = true;
    state.link?.abort(cancelledOnPhone());
  });
  await using sync = operation.locks ? new SyncFiles(await phone.openService(backupServices.files, abort)) : undefined;
  try {
    if (sync) await takeSyncLock(sync, notices, operation);
    await operation.onLocked?.(async (path, maxBytes) => await sync?.read(path, maxBytes));
    if (state.cancelled) throw cancelledOnPhone();
    throwIfAborted(signal);
    await using link = new DeviceLink(
      await phone.openService(backupServices.backup, { ...abort, withEscrow: true }),
      operation.trace,
    );
    state.link = link;
    return await onLink(phone, link, sync, operation);
  } finally {
    if (sync) await releaseSyncLock(sync, notices);
  }
}

async function onLink(
  phone: BackupPhone,
  link: DeviceLink,
  sync: SyncFiles | undefined,
  operation: BackupOperation,
): Promise<PhoneResponse> {
  const { signal, restoreApps } = operation;
  const over = new AbortController();
  const onAbort = (): void => link.abort(abortReason(signal as AbortSignal));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  void watchSilence(phone, link, operation.clock, over.signal);
  let response: PhoneResponse | undefined;
  try {
    await shakeHands(link);
    if (restoreApps) await sync?.writeRestoreApps(restoreApps);
    await sendRequest(link, operation.request);
    response = await serveOperation(link, operation.files, operation.news);
    await link.send([linkMessage.disconnect, emptyParameter]);
    return response;
  } catch (error) {
    // What came after the response takes nothing away from it.
    if (response) return response;
    throw error;
  } finally {
    over.abort();
    signal?.removeEventListener("abort", onAbort);
    if (restoreApps && response?.code !== 0) await sync?.removeRestoreApps().catch(() => {});
  }
}

/** No fixed limit: only a phone that says nothing for long and does not answer anybody else either is gone. */
async function watchSilence(phone: BackupPhone, link: DeviceLink, clock: Clock, signal: AbortSignal): Promise<void> {
  let [seen, since] = [link.inbox.received, clock.now()];
  try {
    for (;;) {
      await clock.sleep(lookMs, { signal });
      if (link.inbox.received !== seen) [seen, since] = [link.inbox.received, clock.now()];
      if (clock.now() - since < silenceMs) continue;
      if (!(await phone.isAnswering({ signal }))) {
        const minutes = Math.round((clock.now() - since) / 60_000);
        link.abort(new DeviceError("device-stalled", `The phone has said nothing for ${minutes} minutes.`));
        return;
      }
      since = clock.now();
    }
  } catch {
    // The operation is over.
  }
}

async function takeSyncLock(sync: SyncFiles, notices: Notices, { clock, signal }: BackupOperation): Promise<void> {
  notices.post(syncPosts.willStart);
  notices.post(syncPosts.lockRequest);
  for (let tries = 0; tries < lockTries; tries += 1) {
    throwIfAborted(signal);
    if (await sync.tryLock()) {
      notices.post(syncPosts.didStart);
      return;
    }
    await clock.sleep(lockTryMs, signal ? { signal } : {});
  }
  throw new DeviceError("phone-sync-busy", "Another program is syncing or backing up the phone.", { retryable: true });
}

/** On every way out: the phone shows its sync spinner for as long as it is held. */
async function releaseSyncLock(sync: SyncFiles, notices: Notices): Promise<void> {
  try {
    await sync.releaseLock();
    notices.post(syncPosts.didFinish);
  } catch {
    // The phone is gone, and the lock with the connection.
  }
}

function cancelledOnPhone(): DeviceError {
  return new DeviceError("phone-cancelled", "It was cancelled on the phone.");
}
