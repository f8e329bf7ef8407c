/** Pictures and movies in forms that everybody can open. Read first: converter.ts. */
export { Converter } from "./converter.ts";
export { MovieConverter, type MovieLoss, movieLosses } from "./movie-converter.ts";
export {
  type JpegOptions,
  type Loss,
  losses,
  type MadeJpeg,
  maxPixelsAtOnce,
  NotConverted,
  type Refusal,
  refusals,
} from "./options.ts";
export { giveBack } from "./own-memory.ts";
export { SoundConverter } from "./sound-converter.ts";
