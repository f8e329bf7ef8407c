/** What a device is called, from what it says: padded, doubled and in the words of its maker's lawyers. */

/** Without what a field was filled up with. */
export function tidy(text: string | undefined): string | undefined {
  return text?.replaceAll(/[\s\0]+/g, " ").trim() || undefined;
}

/** "SAMSUNG Electronics Co. Ltd.", "Canon.Inc", "OLYMPUS IMAGING CORP.": the maker, without what kind of company it is. */
const company =
  /[\s.,]+(?:inc|co|corp|corporation|company|ltd|limited|llc|gmbh|ag|electronics|electric|technolog(?:y|ies)|communications?|mobile)\b\.?/gi;

/** Maker and model in words, the maker's name once. */
export function modelWords(maker: string | undefined, model: string): string {
  const brand = tidy(tidy(maker)?.replaceAll(company, ""))?.replace(/[\s.,]+$/, "");
  if (!brand) return model;
  const said = model.toLowerCase();
  // "EASTMAN KODAK" makes a "KODAK EASYSHARE": any of its names will do.
  if (brand.split(" ").some((word) => word.length > 1 && said.startsWith(word.toLowerCase()))) return model;
  return `${brand === brand.toLowerCase() ? brand[0]?.toUpperCase() + brand.slice(1) : brand} ${model}`;
}
