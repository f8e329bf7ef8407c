/**
 * One operation of the phone's backup service: it asks for things, this computer does them and answers, until it says how it went.
 * Source: libimobiledevice, tools/idevicebackup2.c; pymobiledevice3, services/mobilebackup2.py.
 */
import { DestinationError, ProtocolError } from "../../../shared/errors.ts";
import { PlistReal, type WritablePlist } from "../../wire/binary-plist-writer.ts";
import { isDict, type PlistDict, type PlistValue, plistField } from "../../wire/plist.ts";
import type { DeviceLink, LinkMessage } from "./device-link.ts";
import { emptyParameter, linkMessage, linkStatus, versionsOk } from "./device-link-format.ts";
import { receiveFiles, type StreamNews, sendFiles } from "./file-streams.ts";
import { type HostFiles, HostRefusal, PathRefusal } from "./host-files.ts";

/** The newest DeviceLink that is known. */
const newestVersion = 400;
/** A phone that asks for so many places that it has no business in means harm, or is broken. */
const mostRefusals = 100;

/** Told while the phone works. */
export interface OperationNews extends StreamNews {
  /** 0 to 100 of the whole operation, as the phone counts. It may fall back. */
  readonly onPercent: (percent: number) => void;
  readonly onMessage: (name: string) => void;
  /** The phone wants more room than there is: so many bytes more. */
  readonly onPurge: (bytes: number) => void;
  /** It asked for a place that a backup has not. */
  readonly onRefusal: (refusal: PathRefusal) => void;
}

/** How the phone said that it went. */
export interface PhoneResponse {
  readonly code: number;
  readonly text: string;
}

/** Version exchange, and Hello. @throws {ProtocolError} where the two do not understand each other */
export async function shakeHands(link: DeviceLink): Promise<void> {
  const exchange = await link.receive();
  const version = Number(exchange.rest[0]);
  if (exchange.name !== linkMessage.versionExchange || !(version >= 1 && version <= newestVersion))
    throw new ProtocolError(`the backup service begins with ${exchange.name} ${String(exchange.rest[0])}`);
  await link.send([linkMessage.versionExchange, versionsOk, version]);
  const ready = await link.receive();
  if (ready.name !== linkMessage.deviceReady) throw new ProtocolError(`${ready.name} where the phone should be ready`);
  await sendRequest(link, { MessageName: "Hello", SupportedProtocolVersions: [new PlistReal(2), new PlistReal(2.1)] });
  const answer = responseOf(await link.receive());
  if (answer?.code !== 0) throw new ProtocolError(`the phone refused to talk: ${answer?.text ?? "no answer"}`);
}

export async function sendRequest(link: DeviceLink, request: Record<string, WritablePlist | undefined>): Promise<void> {
  await link.send([linkMessage.process, request]);
}

/** Serves the phone until it responds. @throws {HostRefusal} when it asked for what it may not have, over and over */
export async function serveOperation(link: DeviceLink, files: HostFiles, news: OperationNews): Promise<PhoneResponse> {
  const server = new Server(link, files, news);
  for (;;) {
    const message = await link.receive();
    const response = responseOf(message);
    if (response) return response;
    news.onMessage(message.name);
    await server.answer(message);
  }
}

class Server {
  readonly #link: DeviceLink;
  readonly #files: HostFiles;
  readonly #news: OperationNews;
  #refusals = 0;

  constructor(link: DeviceLink, files: HostFiles, news: OperationNews) {
    this.#link = link;
    this.#files = files;
    this.#news = news;
  }

  /** One status to every message, after the raw stream where there is one. */
  async answer(message: LinkMessage): Promise<void> {
    try {
      await this.#perform(message);
    } catch (error) {
      if (!(error instanceof HostRefusal)) throw error;
      // A disk that is full is the disk's own trouble, and a file that is not there nobody's.
      const isOutside = error instanceof PathRefusal;
      if (isOutside) this.#news.onRefusal(error);
      await this.#status(error.status, reasonOf(error));
      this.#refusals += isOutside ? 1 : 0;
      if (this.#refusals >= mostRefusals)
        throw new ProtocolError(`the phone asked for ${mostRefusals} places outside of its backup`, { cause: error });
    }
  }

  async #perform({ name, rest }: LinkMessage): Promise<void> {
    switch (name) {
      case linkMessage.download:
        return await this.#download(texts(rest[0]), percentIn(rest));
      case linkMessage.upload:
        this.#percent(percentIn(rest));
        await receiveFiles(this.#link, this.#files, announcedBytes(rest[2]), this.#news);
        return await this.#ok();
      case linkMessage.freeSpace:
        return await this.#status(linkStatus.ok, emptyParameter, Math.floor(await this.#files.freeBytes()));
      case linkMessage.purge:
        this.#news.onPurge(byteCount(rest[0]));
        return await this.#status(linkStatus.failed, "Nothing can be purged");
      case linkMessage.list:
        return await this.#list(text(rest[0]));
      case linkMessage.createDirectory:
        await this.#files.makeFolder(text(rest[0]));
        return await this.#ok();
      case linkMessage.moveFiles:
      case linkMessage.moveItems:
        this.#percent(percentIn(rest));
        return await this.#move(rest[0]);
      case linkMessage.removeFiles:
      case linkMessage.removeItems:
        this.#percent(percentIn(rest));
        for (const path of texts(rest[0])) await this.#files.remove(path);
        return await this.#ok();
      case linkMessage.copy:
        await this.#files.copy(text(rest[0]), text(rest[1]));
        return await this.#ok();
      default:
        return await this.#status(linkStatus.failed, "Operation not supported");
    }
  }

  async #download(paths: readonly string[], percent: number | undefined): Promise<void> {
    const failures = await sendFiles(this.#link, this.#files, paths, this.#news);
    this.#percent(percent);
    if (failures) await this.#status(linkStatus.multiple, "Multi status", failures);
    else await this.#ok();
  }

  async #list(path: string): Promise<void> {
    const entries = await this.#files.list(path);
    const listing = Object.fromEntries(
      entries.map(({ name, kind, sizeBytes, modifiedAt }) => [
        name,
        {
          DLFileType: { file: "DLFileTypeRegular", folder: "DLFileTypeDirectory", other: "DLFileTypeUnknown" }[kind],
          DLFileSize: sizeBytes,
          DLFileModificationDate: modifiedAt,
        },
      ]),
    );
    await this.#status(linkStatus.ok, emptyParameter, listing);
  }

  async #move(pairs: PlistValue | undefined): Promise<void> {
    for (const [from, to] of Object.entries(isDict(pairs) ? pairs : {})) await this.#files.move(from, text(to));
    await this.#ok();
  }

  async #ok(): Promise<void> {
    await this.#status(linkStatus.ok, emptyParameter);
  }

  async #status(code: number, reason: string, value: WritablePlist = {}): Promise<void> {
    await this.#link.send([linkMessage.status, code, reason, value]);
  }

  #percent(percent: number | undefined): void {
    if (percent !== undefined && percent > 0) this.#news.onPercent(Math.min(100, percent));
  }
}

function responseOf({ name, rest }: LinkMessage): PhoneResponse | undefined {
  const payload = rest[0];
  if (name !== linkMessage.process || !isDict(payload)) return undefined;
  const message: PlistDict = payload;
  if (plistField.string(message, "MessageName") !== "Response") return undefined;
  const code = plistField.number(message, "ErrorCode");
  if (code === undefined) throw new ProtocolError("a response without a code");
  return { code, text: plistField.string(message, "ErrorDescription") ?? "" };
}

/** A word of the path to whoever sent it is no secret; our folders are. */
function reasonOf(error: HostRefusal): string {
  return error.cause instanceof DestinationError ? error.cause.code : "Operation not permitted";
}

function text(value: PlistValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** An array of paths, or their order as a dictionary's keys. What is no text is no path. */
function texts(value: PlistValue | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly PlistValue[]).map(text);
  return isDict(value) ? Object.values(value).map(text) : [];
}

function byteCount(value: PlistValue | undefined): number {
  const bytes = typeof value === "bigint" || typeof value === "number" ? Number(value) : 0;
  return Number.isFinite(bytes) && bytes > 0 ? bytes : 0;
}

/** A phone that does not say how much comes is no reason to end a backup of any size after the first 64 MB. */
function announcedBytes(value: PlistValue | undefined): number {
  const isCount = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  return isCount ? byteCount(value) : Number.POSITIVE_INFINITY;
}

/** The first number behind the first element: what is asked for stands before it, a count behind it. */
function percentIn(rest: readonly PlistValue[]): number | undefined {
  const found = rest.slice(1).find((each) => typeof each === "number");
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}
