/** The little JPEG that cameras put into a JPEG's EXIF: not rotated, Orientation has to be applied. TIFF 6.0; Exif 2.32, 4.6.8. */
import { findTiff } from "./tiff.ts";

/** @param head the first 64 KiB of a JPEG */
export async function exifThumbnail(head: Buffer): Promise<Buffer | undefined> {
  try {
    const tiff = findTiff(head, "jpeg");
    if (!tiff) return undefined;
    const { default: exifr } = await import("exifr");
    const bytes = await exifr.thumbnail(tiff);
    if (!bytes || bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
    return Buffer.from(bytes);
  } catch {
    return undefined; // damaged metadata: there are other ways to a picture
  }
}
