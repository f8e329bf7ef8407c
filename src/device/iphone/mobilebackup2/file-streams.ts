/** Files as raw streams between the messages: what the phone uploads, and what it asks for. */
import { ProtocolError } from "../../../shared/errors.ts";
import type { WritablePlist } from "../../wire/binary-plist-writer.ts";
import type { DeviceLink } from "./device-link.ts";
import { frameCode, linkStatus, maxHostFrameBytes, maxNameBytes } from "./device-link-format.ts";
import { type HostFiles, HostRefusal, type Receiving } from "./host-files.ts";

/** A batch may be longer than it said: files grow while they are read. Beyond this it is a file that never ends. */
const toleratedBytes = 64 * 1024 * 1024;
const maxErrorTextBytes = 64 * 1024;
/** As much of it as is told: a phone may send one with each of 100,000 files. */
const toldCharacters = 500;

/** Told while files pass. */
export interface StreamNews {
  /** Paths are the backup's: `UDID/Status.plist`, `UDID/Snapshot/ab/abcd…`. */
  readonly onReceivedBytes: (bytes: number, path: string) => void;
  readonly onReceivedFile: (path: string) => void;
  readonly onSentBytes: (bytes: number, path: string) => void;
  readonly onSentFile: (path: string) => void;
  /** The phone could not read one of its files to the end. The name is the phone's own, the path the backup's; make them printable. */
  readonly onSuspect: (deviceName: string, why: string, path: string) => void;
}

/**
 * Receives one batch to its end, whatever becomes of its files: the stream is never left in the middle.
 * @param announced what the phone said that it would send; infinite where it did not say: then the disk is the limit
 * @throws {HostRefusal} the first file that could not be written; {ProtocolError} the stream is out of step
 */
export async function receiveFiles(
  link: DeviceLink,
  files: HostFiles,
  announced: number,
  news: StreamNews,
): Promise<void> {
  const batch = { left: 2 * announced + toleratedBytes, refusal: undefined as HostRefusal | undefined };
  for (;;) {
    const deviceName = await readName(link);
    if (deviceName === undefined) break;
    const path = await readName(link);
    if (path === undefined) break;
    const receiving = await attempt(batch, () => files.create(path));
    await receiveFrames(link, receiving, { batch, news, deviceName, path });
    news.onReceivedFile(path);
  }
  await attempt(batch, () => files.settled());
  if (batch.refusal) throw batch.refusal;
}

interface Batch {
  left: number;
  refusal: HostRefusal | undefined;
}

/** Remembers a refusal, and goes on: what belongs to the file has still to be read. */
async function attempt<T>(batch: Batch, work: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HostRefusal)) throw error;
    batch.refusal ??= error;
    return undefined;
  }
}

interface FrameContext {
  readonly batch: Batch;
  readonly news: StreamNews;
  readonly deviceName: string;
  readonly path: string;
}

async function receiveFrames(
  link: DeviceLink,
  file: Receiving | undefined,
  { batch, news, deviceName, path }: FrameContext,
): Promise<void> {
  let wanted = file;
  for (;;) {
    const length = await link.inbox.u32();
    if (length === 0) throw new ProtocolError("a frame without a code: the stream is out of step");
    const code = (await link.inbox.take(1))[0];
    if (code === frameCode.data) {
      batch.left -= length - 1;
      if (batch.left < 0) throw new ProtocolError("the phone sends more than it said, without end");
      for (let left = length - 1; left > 0; ) {
        const bytes = await link.inbox.some(left);
        left -= bytes.length;
        news.onReceivedBytes(bytes.length, path);
        const written = wanted && attemptNow(batch, wanted, bytes);
        if (written && (await written) === "failed") wanted = undefined;
      }
      continue;
    }
    const text = await readText(link, length - 1);
    // Without a text it is an end like any other: clients differ, and the manifest decides.
    const failure = code === frameCode.end || (code === frameCode.phoneError && text === "") ? undefined : text;
    if (code !== frameCode.end && code !== frameCode.phoneError)
      throw new ProtocolError(`a frame with the code ${String(code)}`);
    if (failure !== undefined) news.onSuspect(deviceName, failure.slice(0, toldCharacters), path);
    if (wanted) await attempt(batch, async () => await (wanted as Receiving).end(failure));
    return;
  }
}

/** Writes without a turn of the event loop where the disk is not waited for. */
function attemptNow(batch: Batch, file: Receiving, bytes: Buffer): Promise<"failed" | undefined> | undefined {
  const written = file.write(bytes);
  if (!written) return undefined;
  return written.then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof HostRefusal)) throw error;
      batch.refusal ??= error;
      return "failed";
    },
  );
}

async function readName(link: DeviceLink): Promise<string | undefined> {
  const length = await link.inbox.u32();
  if (length === 0) return undefined;
  if (length > maxNameBytes) throw new ProtocolError(`a name of ${length} bytes: the stream is out of step`);
  return (await link.inbox.take(length)).toString("utf8");
}

async function readText(link: DeviceLink, length: number): Promise<string> {
  if (length > maxErrorTextBytes) throw new ProtocolError(`an error text of ${length} bytes`);
  return length === 0 ? "" : (await link.inbox.take(length)).toString("utf8");
}

/**
 * Sends the files that the phone asked for, in its order.
 * @returns those that could not be sent, as the status that follows wants them; undefined where all were
 */
export async function sendFiles(
  link: DeviceLink,
  files: HostFiles,
  paths: readonly string[],
  news: Pick<StreamNews, "onSentBytes" | "onSentFile">,
): Promise<Record<string, WritablePlist> | undefined> {
  const failures: Record<string, WritablePlist> = {};
  for (const path of paths) {
    const name = Buffer.from(path, "utf8");
    await link.write(Buffer.concat([u32(name.length), name]));
    try {
      for await (const bytes of files.read(path)) {
        await link.write(inFrames(bytes));
        news.onSentBytes(bytes.length, path);
      }
      await link.write(frame(frameCode.end));
    } catch (error) {
      if (!(error instanceof HostRefusal)) throw error;
      const text = error.status === linkStatus.notFound ? "No such file or directory" : "Input/output error";
      await link.write(frame(frameCode.hostError, Buffer.from(text)));
      failures[path] = { DLFileErrorString: text, DLFileErrorCode: error.status };
    }
    news.onSentFile(path);
  }
  await link.write(u32(0));
  return Object.keys(failures).length > 0 ? failures : undefined;
}

/** Data frames of at most 32 KiB, behind one another in one buffer. */
function inFrames(bytes: Buffer): Buffer {
  const count = Math.ceil(bytes.length / maxHostFrameBytes);
  const out = Buffer.allocUnsafe(bytes.length + count * 5);
  for (let i = 0; i < count; i += 1) {
    const from = i * maxHostFrameBytes;
    const length = Math.min(maxHostFrameBytes, bytes.length - from);
    const at = from + i * 5;
    out.writeUInt32BE(length + 1, at);
    out.writeUInt8(frameCode.data, at + 4);
    bytes.copy(out, at + 5, from, from + length);
  }
  return out;
}

function frame(code: number, text: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([u32(text.length + 1), Buffer.from([code]), text]);
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
