/** What can be made beside the photos. */
export { albumModes, type ExtrasOptions, type JpegChoice, motionModes, sidecarFormats } from "./options.ts";
export { keywordSources } from "./xmp.ts";
