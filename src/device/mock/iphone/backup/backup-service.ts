/**
 * `com.apple.mobilebackup2` of a mock phone: the handshake, the owner's passcode, and what was asked for. Written from the protocol's
 * description, not from our client. Source: libimobiledevice, src/mobilebackup2.c; pymobiledevice3, services/mobilebackup2.py.
 */
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import {
  emptyParameter,
  linkMessage,
  phoneBackupError,
  versionsOk,
} from "../../../iphone/mobilebackup2/device-link-format.ts";
import { PlistReal } from "../../../wire/binary-plist-writer.ts";
import { isDict, type PlistDict, type PlistValue, plistField } from "../../../wire/plist.ts";
import type { MockPhone } from "../mock-phone.ts";
import { runBackup } from "./backup-run.ts";
import { runScript } from "./backup-script.ts";
import { BackupFailure } from "./backup-state.ts";
import { LinkOver, PhoneLink } from "./phone-link.ts";
import { runRestore } from "./restore-run.ts";

const unansweredMs = 180_000;
const protocolVersions = [2.0, 2.1];

/** Serves one connection: one operation, as all clients do. */
export async function serveBackup(phone: MockPhone, stream: Duplex): Promise<void> {
  stream.on("error", () => {});
  const link = new PhoneLink(phone, stream);
  try {
    const request = await handshake(phone, link);
    if (request) await perform(phone, link, request);
    await link.receive(); // until the host says goodbye
  } catch (error) {
    if (!(error instanceof LinkOver)) phone.backup.ended.push(`broken off: ${(error as Error).message}`);
  } finally {
    stream.destroy();
  }
}

/** @returns what is asked for; undefined where the two do not understand each other */
async function handshake(phone: MockPhone, link: PhoneLink): Promise<PlistDict | undefined> {
  const version = phone.backup.description.linkVersion ?? 400;
  await link.send([linkMessage.versionExchange, version, 0]);
  const [name, verdict, echoed] = await link.receive();
  if (name !== linkMessage.versionExchange || verdict !== versionsOk || Number(echoed) > 400)
    throw new LinkOver(`the version exchange was answered with ${String(verdict)} ${String(echoed)}`);
  await link.send([linkMessage.deviceReady]);
  const hello = await request(link);
  const offered = hello["SupportedProtocolVersions"];
  const common = protocolVersions.filter((each) => Array.isArray(offered) && offered.includes(each)).at(-1);
  if (plistField.string(hello, "MessageName") !== "Hello" || common === undefined) {
    await link.respond(1, "No common protocol version");
    return undefined;
  }
  await link.send([
    linkMessage.process,
    { MessageName: "Response", ErrorCode: 0, ProtocolVersion: new PlistReal(common) },
  ]);
  return await request(link);
}

async function request(link: PhoneLink): Promise<PlistDict> {
  const [name, payload] = await link.receive();
  if (name !== linkMessage.process || !isDict(payload as PlistValue | undefined))
    throw new LinkOver(`${String(name)} in the place of a request`);
  return payload as PlistDict;
}

async function perform(phone: MockPhone, link: PhoneLink, message: PlistDict): Promise<void> {
  const name = plistField.string(message, "MessageName") ?? "";
  const { backup } = phone;
  phone.count(`backup:${name}`);
  backup.cancelled = false;
  try {
    await operate(phone, link, name, message);
    backup.ended.push(`${name} 0`);
    await link.respond(0);
  } catch (error) {
    if (!(error instanceof BackupFailure)) {
      backup.ended.push(`${name} broken off`);
      throw error;
    }
    backup.ended.push(`${name} ${error.code}`);
    await link.respond(error.code, `${error.message} (MBErrorDomain/${error.code})`);
    return;
  }
  if (name === "Restore") reboot(phone, message);
}

async function operate(phone: MockPhone, link: PhoneLink, name: string, message: PlistDict): Promise<void> {
  const { backup } = phone;
  const target = text(message, "TargetIdentifier") ?? "";
  const source = text(message, "SourceIdentifier") ?? target;
  const options = plistField.dict(message, "Options") ?? {};
  if (target.toLowerCase() !== phone.description.udid.toLowerCase())
    throw new BackupFailure(phoneBackupError.badBackup, "TargetIdentifier is another device");
  switch (name) {
    case "Backup":
      await askPasscode(phone, link);
      if (backup.script) return await runScript(phone, link, backup.script);
      return await runBackup(phone, link, { target, source, forceFull: options["ForceFullBackup"] === true });
    case "Restore":
      await askPasscode(phone, link);
      return await runRestore(phone, link, { source, password: text(options, "Password"), options });
    case "ChangePassword":
      return await changePassword(phone, link, text(message, "OldPassword"), text(message, "NewPassword"));
    case "Info":
    case "List":
    case "Unback":
    case "Extract":
      throw new BackupFailure(phoneBackupError.badBackup, "Manifest.mbdb: no such file");
    default:
      throw new BackupFailure(1, `Unknown request ${name}`);
  }
}

async function changePassword(
  phone: MockPhone,
  link: PhoneLink,
  old: string | undefined,
  next: string | undefined,
): Promise<void> {
  const { backup } = phone;
  if (backup.password !== undefined && old !== backup.password)
    throw new BackupFailure(phoneBackupError.wrongPassword, "Invalid password");
  await askPasscode(phone, link);
  backup.setPassword(next === "" ? undefined : next);
  await phone.saveState();
}

/** The phone shows its keypad, and its owner does what the description says. @throws {BackupFailure} 208 */
async function askPasscode(phone: MockPhone, link: PhoneLink): Promise<void> {
  const { passcode } = phone.backup;
  if (!passcode) return;
  phone.backup.notify("com.apple.LocalAuthentication.ui.presented");
  const gone = new AbortController();
  link.stream.once("close", () => gone.abort());
  const ms = passcode.answer === "none" ? (passcode.unansweredMs ?? unansweredMs) : passcode.afterMs;
  try {
    await delay(ms, undefined, { signal: gone.signal });
  } catch {
    throw new LinkOver("the host went away while the passcode was asked");
  } finally {
    phone.backup.notify("com.apple.LocalAuthentication.ui.dismissed");
  }
  if (passcode.answer !== "entered") throw new BackupFailure(phoneBackupError.locked, "Device locked");
}

/** Soon after a restore, where the host did not say otherwise. */
function reboot(phone: MockPhone, message: PlistDict): void {
  const options = plistField.dict(message, "Options") ?? {};
  if (options["RestoreShouldReboot"] === false) return;
  phone.count("reboot");
  const { rebootMs = 200 } = phone.backup.description;
  setTimeout(() => phone.onUnplug(rebootMs), Math.min(rebootMs, 1000)).unref();
}

/** Hosts write a placeholder where there is nothing. */
function text(message: PlistDict, key: string): string | undefined {
  const value = plistField.string(message, key);
  return value === emptyParameter ? undefined : value;
}
