/**
 * `com.apple.mobile.installation_proxy` and `com.apple.springboardservices`, as far as lists and pictures of apps go. Source:
 * libimobiledevice, src/installation_proxy.c, src/sbservices.c.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { appKey, browse, browseStatus, iconCommand } from "../../iphone/apps/apps-format.ts";
import { encodeBinaryPlist } from "../../wire/binary-plist-writer.ts";
import { readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../wire/plist.ts";
import { type AppDescription, usualApps } from "../app-description.ts";
import type { MockPhone } from "./mock-phone.ts";

const maxRequestBytes = 65_536;
/** For `refusedOperations`, where AFC's numbers stand too. */
const unknownCommand = 0x1a99;
const usualAtOnce = 20;

/** Serves one connection until it ends. Whatever is not a question is refused, and noted. */
export async function serveApps(phone: MockPhone, stream: Duplex): Promise<void> {
  await answerEach(stream, async (request) => {
    phone.count(`apps:${plistField.string(request, "Command")}`);
    if (plistField.string(request, "Command") === browse) return await list(phone, stream, request);
    phone.refusedOperations.push(unknownCommand);
    send(stream, { Error: "UnknownCommand", ErrorDescription: "Unknown command" });
  });
}

/** Pictures of the home screen. */
export async function serveIcons(phone: MockPhone, stream: Duplex): Promise<void> {
  let given = 0;
  await answerEach(stream, async (request) => {
    if (plistField.string(request, "command") !== iconCommand) {
      phone.refusedOperations.push(unknownCommand);
      return send(stream, { Error: "UnknownCommand" });
    }
    given += 1;
    if (phone.description.appService?.icons === "cut" && given > 1) return void stream.destroy();
    const app = appsOf(phone).find(({ id }) => id === plistField.string(request, "bundleId"));
    send(stream, app && app.icon !== false ? { pngData: iconOf(app.id) } : {});
  });
}

export function appsOf(phone: MockPhone): readonly AppDescription[] {
  return phone.description.apps ?? usualApps;
}

async function list(phone: MockPhone, stream: Duplex, request: PlistDict): Promise<void> {
  const options = plistField.dict(request, "ClientOptions") ?? {};
  const type = plistField.string(options, "ApplicationType");
  const wanted = Array.isArray(options["ReturnAttributes"]) ? (options["ReturnAttributes"] as unknown[]) : undefined;
  const apps = appsOf(phone).filter((app) => type === undefined || type === "Any" || type === (app.type ?? "User"));
  const { atOnce = usualAtOnce, fault } = phone.description.appService ?? {};
  const piece = (from: number): PlistDict => {
    const some = apps.slice(from, from + atOnce).map((app) => entryOf(app, wanted));
    const numbers = { CurrentAmount: some.length, CurrentIndex: from, Total: apps.length };
    return { Status: browseStatus.goesOn, ...numbers, CurrentList: some };
  };
  for (let from = 0; from < apps.length; from += atOnce) {
    const isDue = from > 0 || apps.length <= atOnce;
    if (fault && isDue) return await strike(stream, fault, piece(from));
    send(stream, piece(from));
  }
  send(stream, { Status: browseStatus.complete });
}

async function strike(stream: Duplex, fault: string, piece: PlistDict): Promise<void> {
  const prefix = Buffer.alloc(4);
  if (fault === "error") send(stream, { Error: "APIInternalError", ErrorDescription: "out of\u001b[31m order" });
  else if (fault === "garbage") stream.write(Buffer.from("00000010a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7", "hex"));
  else if (fault === "oversize") stream.write(Buffer.from("ffffffff00000000", "hex"));
  else if (fault === "unknown-status") send(stream, { Status: "Perhaps" });
  else if (fault === "cut") {
    prefix.writeUInt32BE(10_000);
    stream.write(Buffer.concat([prefix, Buffer.from("<plist>")]));
    stream.end();
  } else if (fault === "endless") await listForEver(stream, piece);
  // "silent": nothing more comes.
}

async function listForEver(stream: Duplex, piece: PlistDict): Promise<void> {
  const closed = once(stream, "close");
  for (let i = 0; !stream.destroyed; i += 1) {
    const many = Array.from({ length: 2000 }, (_, k) => ({ [appKey.id]: `org.example.${i}.${k}` }));
    if (!send(stream, { ...piece, CurrentList: many })) await Promise.race([closed, once(stream, "drain")]);
  }
}

function entryOf(app: AppDescription, wanted: readonly unknown[] | undefined): PlistDict {
  const store: PlistDict =
    app.fromStore === false ? {} : { [appKey.rights]: rightsOf(app.id), [appKey.metadata]: metadataOf(app) };
  const all: PlistDict = {
    [appKey.id]: app.id,
    CFBundleDisplayName: app.name ?? app.id,
    CFBundleVersion: "1.0",
    ApplicationType: app.type ?? "User",
    ...store,
  };
  if (!wanted) return all;
  return Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key)));
}

/** As an App Store's: opaque bytes. */
function rightsOf(id: string): Buffer {
  return Buffer.concat([Buffer.from("sinf"), createHash("sha512").update(id).digest()]);
}

function metadataOf({ id, name, metadataBytes = 300 }: AppDescription): Buffer {
  return encodeBinaryPlist({ softwareVersionBundleId: id, itemName: name ?? id, note: "x".repeat(metadataBytes) });
}

/** The signature of a PNG, and something of its own. */
function iconOf(id: string): Buffer {
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), createHash("sha256").update(id).digest()]);
}

async function answerEach(stream: Duplex, answer: (request: PlistDict) => Promise<unknown>): Promise<void> {
  stream.on("error", () => {});
  for (;;) {
    const length = (await readExact(stream, 4)).readUInt32BE(0);
    if (length === 0 || length > maxRequestBytes) return;
    await answer(decodePlistDict(await readExact(stream, length)));
  }
}

function send(stream: Duplex, message: PlistDict): boolean {
  const body = encodePlist(message);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return !stream.destroyed && stream.write(Buffer.concat([prefix, body]));
}
