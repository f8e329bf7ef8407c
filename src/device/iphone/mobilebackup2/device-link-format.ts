/**
 * DeviceLink and the raw file streams of `com.apple.mobilebackup2`: names, codes and limits, without I/O.
 * Source: libimobiledevice, src/device_link_service.c, src/mobilebackup2.c, tools/idevicebackup2.c; pymobiledevice3,
 * services/mobilebackup2.py.
 */

/** A message is its length as u32 big-endian and a property list, an array that begins with one of these. */
export const linkMessage = {
  versionExchange: "DLMessageVersionExchange",
  deviceReady: "DLMessageDeviceReady",
  process: "DLMessageProcessMessage",
  status: "DLMessageStatusResponse",
  disconnect: "DLMessageDisconnect",
  download: "DLMessageDownloadFiles",
  upload: "DLMessageUploadFiles",
  freeSpace: "DLMessageGetFreeDiskSpace",
  purge: "DLMessagePurgeDiskSpace",
  /** The only name without "Message". */
  list: "DLContentsOfDirectory",
  createDirectory: "DLMessageCreateDirectory",
  moveFiles: "DLMessageMoveFiles",
  moveItems: "DLMessageMoveItems",
  removeFiles: "DLMessageRemoveFiles",
  removeItems: "DLMessageRemoveItems",
  copy: "DLMessageCopyItem",
} as const;

/** What stands in the place of a text or a value that there is not. */
export const emptyParameter = "___EmptyParameterString___";

/** What the host accepts in the version exchange. */
export const versionsOk = "DLVersionsOk";

/** One byte before each piece of a raw stream. */
export const frameCode = {
  /** The file is whole. */
  end: 0x00,
  /** From the host: the file could not be read; text follows. */
  hostError: 0x06,
  /** From the phone: the file ends here, and with text because the phone could not read on. */
  phoneError: 0x0b,
  data: 0x0c,
} as const;

/** Codes of `DLMessageStatusResponse`. Negative ones travel as signed eight bytes, or as u64 in two's complement. */
export const linkStatus = {
  ok: 0,
  failed: -1,
  notFound: -6,
  exists: -7,
  notAFolder: -8,
  isAFolder: -9,
  loop: -10,
  io: -11,
  multiple: -13,
  noSpace: -15,
} as const;

/** Phones end an operation with the first, and want so much more than they send. */
export const minimumSpareBytes = 128 * 1024 * 1024;
/** The longest message that is believed: thousands of paths stay below. */
export const maxMessageBytes = 64 * 1024 * 1024;
/** Names in a raw stream. Beyond it the framing is lost. */
export const maxNameBytes = 4096;
/** The agent on the phone holds a frame in memory, and is ended over large ones (pymobiledevice3 #1857). */
export const maxHostFrameBytes = 32_768;

/** MBErrorDomain: `ErrorCode` of the phone's final response. */
export const phoneBackupError = {
  general: 1,
  noSpace: 105,
  multiple: 104,
  badBackup: 205,
  wrongPassword: 207,
  locked: 208,
  findMyOn: 211,
  notSetUp: 212,
} as const;
