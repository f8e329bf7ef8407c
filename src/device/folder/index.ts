/** A folder of this computer as a phone: files -> identity, layout -> `FolderSource`. Read first: folder-source.ts, folder-identity.ts. */
export { FolderRoute } from "./folder-route.ts";
