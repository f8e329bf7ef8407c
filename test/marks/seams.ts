/**
 * The interfaces that parts of the program meet at. Each of them, and each of its members, carries a doc comment: shape, unit, order,
 * ownership, errors. A name here that nothing exports is an error of the marks.
 */
export const seams: readonly string[] = [
  // device
  "MediaSource",
  "MediaItem",
  "UnreadableEntry",
  "SourceCapabilities",
  "DeviceInfo",
  "ListOptions",
  "ReadOptions",
  "PhoneFacts",
  "PhoneRoute",
  "Muxer",
  "UsbBus",
  "BulkPipe",
  "MtpClient",
  "AfcClient",
  // library
  "CameraRoll",
  "RollItem",
  // transfer
  "Destination",
  "PendingFile",
  "StoredFile",
  "StoredReader",
  "CreateOptions",
  "DestinationProperties",
  "MetadataStore",
  "CatalogStore",
  "RunFiles",
  "PlaceKind",
  "TransferOptions",
  "TransferEvent",
  "ItemOutcome",
  "RunSummary",
  "Plan",
  "Catalog",
  // ui
  "State",
  "Action",
  "World",
  "Effect",
];
