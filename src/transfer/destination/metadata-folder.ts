/** What ours keeps in a place, beside the photos. */
export const metadataFolder = ".offroll";
/** The catalog's file in it; see docs/format.md. */
export const catalogName = "catalog.sqlite";
/** Albums of the gallery. */
export const albumsName = "gallery.json";
