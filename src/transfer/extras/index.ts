/** What can be made beside the photos. */

export { type FormsMade, formMakers, makeForms } from "./forms.ts";
export type { ApartPlace, MakingProgress } from "./maker.ts";
export { albumModes, type ExtrasOptions, type JpegChoice, motionModes, sidecarFormats } from "./options.ts";
export { keywordSources } from "./xmp.ts";
