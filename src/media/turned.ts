/** Pictures that lie otherwise than they are looked at. Source: Exif 2.32, 4.6.4 (Orientation). */
import type { Sharp } from "sharp";

const angles: Readonly<Record<number, number>> = { 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 };

/** @param orientation 1 to 8, as EXIF has it; anything else turns nothing */
export function turnedBy(picture: Sharp, orientation: number): Sharp {
  const mirrored = [2, 4, 5, 7].includes(orientation) ? picture.flop() : picture;
  const angle = angles[orientation];
  return angle === undefined ? mirrored : mirrored.rotate(angle);
}
