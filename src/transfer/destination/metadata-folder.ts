/** What ours keeps in a place, beside the photos. */
export const metadataFolder = ".offroll";
