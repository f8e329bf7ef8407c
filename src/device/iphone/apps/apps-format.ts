/**
 * What tells of a phone's apps: names and limits, without I/O. Requests that would install or remove an app are not among them.
 * Source: libimobiledevice, src/installation_proxy.c, src/sbservices.c, and tools/idevicebackup2.c for what is asked.
 */

export const appServices = {
  apps: "com.apple.mobile.installation_proxy",
  icons: "com.apple.springboardservices",
} as const;

/** The one command of installation_proxy that is ever sent; its answer comes in pieces, the last of which has a status alone. */
export const browse = "Browse";
export const browseStatus = { goesOn: "BrowsingApplications", complete: "Complete" } as const;

/** Of each app. `ApplicationSINF` and `iTunesMetadata` are of what came from the App Store, and let a phone install it again. */
export const appKey = { id: "CFBundleIdentifier", rights: "ApplicationSINF", metadata: "iTunesMetadata" } as const;

/** The one command of springboardservices that is ever sent. */
export const iconCommand = "getIconPNGData";

/** One piece of an answer. Phones send some twenty apps at once, with their metadata some hundred kilobytes. */
export const maxAppsMessageBytes = 16 * 1024 * 1024;
