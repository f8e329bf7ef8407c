/**
 * Facts from the heads of files: bytes in, facts out. Knows no phone and no disk; whoever asks brings a `RangeReader`.
 * Promise: hostile bytes give fewer facts, never a crash. Read first: facts.ts.
 */
export { Decoder, type Pixels, type RgbRaster } from "./decoder.ts";
export { type EmbeddedPicture, embeddedPicture, previewBound } from "./embedded-picture.ts";
export { offsetBetween } from "./exif-time.ts";
export { factsVersion, readFacts } from "./facts.ts";
export { decidingBytes, kindOfBytes } from "./kind-of-bytes.ts";
export type { MediaFacts } from "./media-facts.ts";
export { findMotionVideo, type MotionVideo } from "./motion-photo.ts";
export { type Unfolded, unfolded } from "./unfolded.ts";
export { VideoFrames } from "./video-frames.ts";
