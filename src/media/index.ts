/**
 * Facts from the heads of files: bytes in, facts out. Knows no phone and no disk; whoever asks brings a `RangeReader`.
 * Promise: hostile bytes give fewer facts, never a crash. Read first: facts.ts.
 */
export {
  type CaptureTime,
  captureInstant,
  formatCaptured,
  fromInstant,
  inferZone,
  isPlausible,
  localDate,
} from "./capture-time.ts";
export { Decoder, type Pixels, type RgbRaster } from "./decoder.ts";
export { exifThumbnail } from "./exif-thumbnail.ts";
export { readFacts } from "./facts.ts";
export { findThumbnailItem } from "./heif-boxes.ts";
export { decidingBytes, kindOfBytes } from "./kind-of-bytes.ts";
export { fileKind, type MediaKind, sniffFormat, splitName } from "./kinds.ts";
export type { MediaFacts } from "./media-facts.ts";
export { findMotionVideo, type MotionVideo, motionBytesOfHead } from "./motion-photo.ts";
export { bufferRange, cachedRange, headBytes, type RangeReader } from "./range-reader.ts";
export { VideoFrames } from "./video-frames.ts";
