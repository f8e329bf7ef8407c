/**
 * The gallery: a page on this computer that shows what was copied, as a life instead of folders. `server/` reads catalogs, kept
 * libraries and files, and answers; `page/` is what the browser runs; `wire.ts` is what they say to each other. Promises: it is
 * read-only but for albums of its own; it listens on this computer alone; nothing of a photo's text or bytes becomes a page. Read
 * first: wire.ts, server/routes.ts, page/layout.ts.
 */

export { exportGallery } from "./export/export-gallery.ts";
export { openOutside } from "./open-outside.ts";
export { type Gallery, openGallery } from "./server/gallery.ts";
export { type AlbumWord, albumWords } from "./wire.ts";
