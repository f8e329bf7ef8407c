/**
 * adb on the wire: the server's text protocol, the binary `sync:` service and the packets of `shell,v2`. Little-endian.
 * Source: AOSP, packages/modules/adb: SERVICES.TXT, SYNC.TXT, file_sync_protocol.h, shell_protocol.h.
 */
import { ascii, i64le, struct, u32le, u64le } from "../wire/struct.ts";

/** Where every adb server listens unless told otherwise. Source: AOSP, packages/modules/adb, SERVICES.TXT. */
export const adbPort = 5037;
/** What every server since 2018 says it is. */
export const adbServerVersion = 41;

/** Four hex digits of length, then the text. */
export function encodeAdbText(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from(bytes.length.toString(16).padStart(4, "0"), "latin1"), bytes]);
}

/** Longest path the device accepts, in bytes. */
export const maxSyncPathBytes = 1024;
/** Longest name a file system on a phone has; what claims more is no name. */
export const maxSyncNameBytes = 4096;
/** The longest DATA that a phone may send. Source: AOSP, file_sync_protocol.h, SYNC_DATA_MAX. */
export const maxSyncDataBytes = 64 * 1024;
/** FAIL's words. */
export const maxSyncMessageBytes = 64 * 1024;

/** The head of every request of `sync:`; its path follows, in UTF-8 and without an ending zero. */
export const syncRequest = struct("sync request", { id: ascii(4), length: u32le });

/** A request of `sync:` whose argument is a path, or a number as text. */
export function encodeSyncRequest(id: string, path: string): Buffer {
  const bytes = Buffer.from(path, "utf8");
  return Buffer.concat([syncRequest.encode({ id, length: bytes.length }), bytes]);
}

/** Behind the id, as all that follow. */
export const syncStat = struct("STAT", { mode: u32le, size: u32le, mtime: u32le });
/** The answer to STA2 and LST2: an error number or what stat(2) tells, with 64 bits for the size. */
export const syncStat2 = struct("STA2", {
  error: u32le,
  dev: u64le,
  ino: u64le,
  mode: u32le,
  nlink: u32le,
  uid: u32le,
  gid: u32le,
  size: u64le,
  atime: i64le,
  mtime: i64le,
  ctime: i64le,
});
/** DENT and DNT2 are these with the length of the name, and then the name. */
export const nameLength = struct("name length", { length: u32le });

/** Of `mode`, what kind of file it is. Source: POSIX, sys/stat.h. */
export const fileType = { mask: 0o170000, folder: 0o040000, file: 0o100000, link: 0o120000 } as const;

/** The head of a packet of `shell,v2`; so many bytes of that stream follow. */
export const shellPacket = struct("shell packet", { id: ascii(1), length: u32le });
/** Which stream a packet belongs to; `exit` carries the exit code in one byte. */
export const shellPacketId = { stdout: "\x01", stderr: "\x02", exit: "\x03" } as const;
