/**
 * What Android's file names say: what was thrown away or is not written yet, what belongs together. See file-name-time.ts for when.
 * Source: AOSP, packages/providers/MediaProvider, FileUtils.java (trashed, pending); the names are those of the makers' cameras.
 */

/** Thrown away in a gallery, or still being written: only the name tells. */
export interface SpecialName {
  readonly kind: "trashed" | "pending";
  /** When the phone would delete it. */
  readonly expires: Date;
  readonly name: string;
}

const special = /^\.(pending|trashed)-(\d{1,12})-([^/]+)$/i;
const trashDays = 30;

/**
 * What `.trashed-1700000000-IMG.jpg` and `.pending-…` say: MediaProvider renames files so until the time in seconds since 1970.
 * Undefined for every other name. Source: AOSP, MediaProvider, FileUtils.java.
 */
export function specialName(name: string): SpecialName | undefined {
  const match = special.exec(name);
  if (!match) return undefined;
  const kind = match[1]?.toLowerCase() === "trashed" ? "trashed" : "pending";
  return { kind, expires: new Date(Number(match[2]) * 1000), name: match[3] as string };
}

/** Thirty days before it expires: that is how long the trash keeps it. */
export function trashedAt({ expires }: SpecialName): Date {
  return new Date(expires.getTime() - trashDays * 86_400_000);
}

/**
 * The name of the burst that a frame belongs to: Pixel's "…-BURST-01.COVER.jpg" and "00000IMG_00000_BURST2017…_COVER.jpg", Samsung's
 * "20240131_235959_001.jpg".
 */
export function burstOf(stem: string): string | undefined {
  const pixel = /^(.+?)[.-]BURST-\d+(?:\.COVER)?$/i.exec(stem) ?? /^\d{5}\w*?_BURST(\d{14,20})(?:_COVER)?$/i.exec(stem);
  if (pixel) return pixel[1];
  return /^(\d{8}_\d{6})_\d{3}$/.exec(stem)?.[1];
}

/** Pixels write two files for one RAW shot: "X.RAW-01.COVER.jpg" and "X.RAW-02.ORIGINAL.dng". */
export function rawShotOf(stem: string): string | undefined {
  return /^(.+)\.RAW-\d+\.(?:COVER|ORIGINAL|MP\.COVER)$/i.exec(stem)?.[1];
}

/** Whether the name is the one that writers of Motion Photos are told to give. Source: developer.android.com, Motion Photo format. */
export function isMotionName(name: string): boolean {
  return /^[^\s/\\][^/\\]*MP(?:\.COVER)?\.(?:jpe?g|heic|avif)$/i.test(name) || /^MVIMG_/i.test(name);
}
