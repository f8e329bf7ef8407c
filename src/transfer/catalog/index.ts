/** What the catalog gives to whoever is outside the engine: opened to be read, its rows and its runs. */
export { Catalog, discardCatalog } from "./catalog.ts";
export { readCatalog } from "./catalog-home.ts";
export type { CopyRow } from "./copies.ts";
export type { CatalogRow } from "./item-row.ts";
export type { RunRow } from "./runs.ts";
export type { IgnoredFile } from "./settled.ts";
