/**
 * The first key frame of a movie as a movie of its own: some hundred kilobytes that a decoder needs, of gigabytes. mediabunny makes
 * room for as many samples as a movie counts, so this runs in the decode worker, whose heap is bounded.
 */
import {
  BufferTarget,
  CustomSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
} from "mediabunny";
import type { RangeReader } from "./range-reader.ts";

/** Of a 4K video in HEVC it is about half a megabyte. */
const maxFrameBytes = 8 * 1024 * 1024;

/** @returns an MP4 with one frame and the movie's rotation; undefined where none can be made */
export async function keyFrameMovie(reader: RangeReader): Promise<Uint8Array | undefined> {
  const input = new Input({
    formats: [QTFF, MP4],
    source: new CustomSource({
      getSize: () => reader.size,
      read: (start, end) => reader.read(start, end - start),
      prefetchProfile: "none",
    }),
  });
  try {
    const track = await input.getPrimaryVideoTrack();
    const config = await track?.getDecoderConfig();
    if (!track?.codec || !config) return undefined;
    const sink = new EncodedPacketSink(track);
    const known = await sink.getFirstKeyPacket({ metadataOnly: true });
    if (!known || known.byteLength > maxFrameBytes) return undefined;
    const packet = await sink.getFirstKeyPacket();
    if (!packet) return undefined;
    const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target: new BufferTarget() });
    const source = new EncodedVideoPacketSource(track.codec);
    output.addVideoTrack(source, { rotation: track.rotation });
    await output.start();
    await source.add(packet.clone({ timestamp: 0 }), { decoderConfig: config });
    await output.finalize();
    return output.target.buffer ? new Uint8Array(output.target.buffer) : undefined;
  } catch {
    return undefined; // a movie that cannot be parsed has no picture
  } finally {
    input.dispose();
  }
}
