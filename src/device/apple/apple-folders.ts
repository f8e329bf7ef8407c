/** Where iOS keeps what: which folders below the root that AFC shows hold somebody's photos. The same for a copy of that tree. */
import type { MediaArea } from "../media-source.ts";

/** Source: the path lists in abrignoni/iLEAPP. */
export const appleAreas: Partial<Record<MediaArea, string>> = {
  "camera-roll": "/DCIM",
  "cloud-originals": "/PhotoData/CPLAssets",
  edits: "/PhotoData/Mutations",
  "shared-albums": "/PhotoData/PhotoCloudSharingData",
  derivatives: "/PhotoData/Metadata",
  library: "/PhotoData",
};

/** Which area a path lies in; `library` for everything else. */
export function appleAreaOf(path: string): MediaArea {
  const areas = Object.entries(appleAreas) as [MediaArea, string][];
  return areas.find(([, root]) => path.startsWith(`${root}/`))?.[0] ?? "library";
}
