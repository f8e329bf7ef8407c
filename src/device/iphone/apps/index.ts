/** The apps of an iPhone, as its services list them. Read first: installed-apps.ts. */
export { type InstalledApp, readInstalledApps } from "./installed-apps.ts";
