/** HEICs as iPhones write them, with a camera's data. */
import { exifBlock } from "../../fixtures/make/exif-writer.ts";
import { profileOf } from "../../src/media/convert/icc-profile.ts";
import { type HeicParts, iphoneHeic } from "../helpers/iphone-heic.ts";

export const displayP3 = profileOf({ primaries: 12, transfer: 13 }) as Buffer;

/** EXIF's eight, as a HEIC asks for them: quarter turns against the clock, then a mirror. */
export const ways: readonly Pick<HeicParts, "turns" | "mirror">[] = [
  {},
  { mirror: 1 },
  { turns: 2 },
  { mirror: 0 },
  { turns: 1, mirror: 0 },
  { turns: 3 },
  { turns: 3, mirror: 0 },
  { turns: 1 },
];

/** A TIFF block with everything that must survive. */
export function cameraExif(width: number, height: number, orientation: number): Buffer {
  return exifBlock({
    ...{ make: "Apple", model: "iPhone 15 Pro", software: "17.5.1", lens: "iPhone 15 Pro back camera 6.86mm f/1.78" },
    ...{ dateTimeOriginal: "2024:05:01 12:34:56", offset: "+02:00", exposureSeconds: 0.008, aperture: 1.78, iso: 64 },
    ...{ gps: { lat: -33.8568, lon: 151.2153 }, contentIdentifier: "A1B2C3D4-0000-4000-8000-123456789ABC" },
    ...{ orientation, width, height, focalLengthMm: 6.86, focalLength35mm: 24 },
  }).subarray(6);
}

export function xmpPacket(orientation: number, filling = 0): Buffer {
  const hidden = filling > 0 ? `<photoshop:History>${"x".repeat(filling)}</photoshop:History>` : "";
  return Buffer.from(
    `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
      `<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" ` +
      `tiff:Orientation="${orientation}" xmp:Rating="4" photoshop:City="Sydney">${hidden}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
  );
}

export function cameraHeic(orientation: number, parts: HeicParts): Buffer {
  const { width, height } = parts;
  const exif = cameraExif(width, height, orientation);
  return iphoneHeic({ icc: displayP3, exif, xmp: xmpPacket(orientation), ...ways[orientation - 1], ...parts });
}
