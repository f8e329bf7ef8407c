/** Pictures that are converted: whatever the bytes are there is a JPEG, or a reason. */
import { exifBlock } from "../../../fixtures/make/exif-writer.ts";
import { HeifPicture } from "../../../src/media/convert/heif-picture.ts";
import { jpegHead, uprightXmp } from "../../../src/media/convert/jpeg-metadata.ts";
import { movieFacts } from "../../../src/media/convert/movie-facts.ts";
import { NotConverted } from "../../../src/media/convert/options.ts";
import { uprightExif } from "../../../src/media/convert/upright-exif.ts";
import { iphoneHeic } from "../../helpers/iphone-heic.ts";
import { type FuzzTarget, fail } from "../target.ts";

const maxBytes = 32 * 1024;
const size = { width: 4032, height: 3024 };
const exif = exifBlock({
  make: "Apple",
  orientation: 6,
  width: 10,
  height: 20,
  thumbnail: Buffer.alloc(90, 1),
}).subarray(6);
const xmp =
  '<x:xmpmeta><rdf:Description tiff:Orientation="6" exif:PixelXDimension="9" GCamera:MotionPhoto="1"/></x:xmpmeta>';
const beside = ["urn:com:apple:photo:2020:aux:hdrgainmap", "urn:mpeg:hevc:2015:auxid:2"];

export const convertTargets: readonly FuzzTarget[] = [
  {
    name: "convert-heif",
    maxBytes,
    // What libheif takes is bounded by its own limits; what is ours is a row of tiles.
    maxAllocation: () => 400 * 1024 * 1024,
    run: (input) => {
      try {
        using picture = new HeifPicture(input);
        picture.profile();
        picture.nclx();
        picture.lost();
        let rows = 0;
        for (const { data, count } of picture.rows()) {
          rows += count;
          if (data.length !== count * picture.width * 3) fail("rows that are not as wide as the picture");
        }
        if (rows !== picture.height) fail(`${rows} rows of ${picture.height}`);
      } catch (error) {
        if (!(error instanceof NotConverted)) throw error;
      }
    },
    seeds: () => [
      iphoneHeic({ width: 500, height: 310, turns: 3, beside, exif, nclx: [12, 13, 6] }),
      iphoneHeic({ width: 90, height: 50, mirror: 1, stereo: true, icc: Buffer.alloc(200, 3) }),
    ],
    words: ["grid", "irot", "imir", "clap", "ispe", "colr", "auxC", "tmap", "dimg", "ster"],
  },
  {
    name: "convert-metadata",
    run: (input) => {
      const upright = uprightExif(input, size);
      if (upright && upright.length > input.length) fail("EXIF that grew");
      const { parts } = jpegHead({ exif: upright, xmp: uprightXmp(input, size), icc: input });
      let at = 2;
      for (const bytes = Buffer.concat(parts); at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2))
        if (bytes[at] !== 0xff) fail("segments that do not follow one another");
    },
    seeds: () => [exif, Buffer.from(xmp), Buffer.concat([exif, Buffer.from(xmp)])],
    words: ["tiff:Orientation", "exif:PixelXDimension", "GCamera:MotionPhoto"],
  },
  {
    name: "movie-facts",
    run: (input) => {
      let told: unknown;
      try {
        told = JSON.parse(input.toString("utf8"));
      } catch {
        return;
      }
      const facts = movieFacts(told);
      for (const value of [facts?.width, facts?.height, facts?.seconds, facts?.framesPerSecond])
        if (value !== undefined && !Number.isFinite(value)) fail(`${value} is no number`);
    },
    seeds: () => [
      Buffer.from(
        '{"streams":[{"codec_type":"video","codec_name":"hevc","width":4,"height":3,"avg_frame_rate":"30000/1001","duration":"2.0","side_data_list":[{"rotation":-90}],"disposition":{"attached_pic":0}},{"codec_type":"audio","channels":2}],"format":{"duration":"2","tags":{"com.apple.quicktime.creationdate":"2024"}}}',
      ),
    ],
    words: ["rotation", "smpte2084", "DOVI"],
  },
];
