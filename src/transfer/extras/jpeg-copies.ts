/** JPEGs for devices that open no HEIC: beside their photos, or in a tree of their own. The photos stay as they are. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Converter, giveBack, type JpegOptions, NotConverted } from "../../media/convert/index.ts";
import type { StoredFile } from "../destination/destination.ts";
import type { CopiesMade, ExtrasSummary } from "../events.ts";
import {
  type Conversion,
  type Converted,
  type CopyPlaces,
  convertFiles,
  convertSingly,
  type SingleConversions,
} from "./convert-files.ts";
import { pictures } from "./convertible.ts";
import type { NotMade } from "./copy-result.ts";
import type { MakeOptions, Maker, Workplace } from "./maker.ts";
import type { JpegChoice } from "./options.ts";
import type { PhotoFile, StoredFiles } from "./stored-files.ts";

const version = 1;
/** The maker of those in a folder outside of the destination: known to that folder's catalog alone. */
export const jpegApart = "jpeg-apart";

export const jpegCopies: Maker = {
  name: "jpeg-copy",
  version,
  lies: "beside",
  isAsked: ({ jpeg, copiesTo }) => jpeg !== undefined && copiesTo === undefined,
  make,
};

export const jpegTree: Maker = {
  name: "jpeg-tree",
  version,
  lies: "elsewhere",
  isAsked: ({ jpeg, copiesTo }) => jpeg !== undefined && copiesTo !== undefined,
  make,
};

async function make(files: StoredFiles, at: Workplace, options: MakeOptions): Promise<ExtrasSummary> {
  const { jpeg, copiesTo } = at.options;
  if (!jpeg) return {};
  const photos = [...files].map(([, stored]) => stored);
  return { jpegCopies: await makeJpegs(photos, { jpeg, copiesTo }, at, options) };
}

/** @param reserved see `convertSingly` @returns undefined where none are asked for */
export function earlyJpegs(
  at: Workplace,
  reserved: Iterable<string>,
  converter = new Converter({ workers: 1, isPatient: true }),
): SingleConversions | undefined {
  const { jpeg, copiesTo } = at.options;
  if (!jpeg) return undefined;
  const conversion = conversionOf({ jpeg, copiesTo }, converter, at);
  return {
    ...convertSingly(conversion, { at, reserved }),
    [Symbol.asyncDispose]: async () => await converter[Symbol.asyncDispose](),
  };
}

export interface JpegWishes {
  readonly jpeg: JpegChoice;
  readonly copiesTo: string | undefined;
  /** One that goes on afterwards; by default one for these alone. */
  readonly converter?: Converter;
}

/** @param photos the files of each @throws {DestinationError} when the disk refuses; {CancelledError} */
export async function makeJpegs(
  photos: Iterable<readonly PhotoFile[]>,
  { jpeg, copiesTo, converter: given }: JpegWishes,
  at: CopyPlaces,
  options: MakeOptions,
): Promise<CopiesMade> {
  await using own = given ? undefined : new Converter();
  const converter = given ?? (own as Converter);
  const conversion = conversionOf({ jpeg, copiesTo }, converter, at);
  const sources = Iterator.from(photos).flatMap((photo) => pictures(photo, jpeg.raw));
  return await convertFiles([...new Set(sources)], conversion, at, options);
}

function conversionOf(
  { jpeg, copiesTo }: Pick<JpegWishes, "jpeg" | "copiesTo">,
  converter: Converter,
  at: CopyPlaces,
): Conversion {
  const { raw: _, ...wanted } = jpeg;
  return {
    maker: { name: at.apart ? jpegApart : (copiesTo === undefined ? jpegCopies : jpegTree).name, version },
    extension: "jpg",
    folder: copiesTo,
    settings: settingsOf(wanted),
    width: converter.width,
    convert: async (source, stat, { signal }) => {
      const read = at.destination.open(source);
      return await converted(converter, { source, stat, reader: await read, options: wanted, signal });
    },
  };
}

function settingsOf({ quality, maxSize, srgb }: JpegOptions): string {
  return [`q${quality}`, maxSize === undefined ? "" : `max${maxSize}`, srgb ? "srgb" : ""].filter(Boolean).join(" ");
}

interface Picture {
  readonly source: string;
  readonly stat: StoredFile;
  readonly reader: Awaited<ReturnType<Workplace["destination"]["open"]>>;
  readonly options: JpegOptions;
  readonly signal: AbortSignal | undefined;
}

async function converted(converter: Converter, picture: Picture): Promise<Converted | NotMade> {
  const { source, stat, options, signal } = picture;
  await using stored = picture.reader;
  const reader = {
    size: stat.sizeBytes,
    read: async (offset: number, length: number) => await stored.read(offset, length),
  };
  try {
    const file = { name: posix.basename(source), reader };
    const { jpeg, lost } = await converter.toJpeg(file, options, signal ? { signal } : {});
    const sha256 = createHash("sha256").update(jpeg).digest("hex");
    return { sizeBytes: jpeg.length, sha256, content: () => [jpeg], lost, done: async () => giveBack(jpeg) };
  } catch (error) {
    if (error instanceof NotConverted) return { reason: error.reason, message: error.message };
    throw error;
  }
}
