/** The newest iOS that this release knows. To be renewed with each release of offroll; it never asks anybody. */

/**
 * What was the newest that could be looked up, and its day. Source: applemagazine.com/ios-26-5-security, which tells it from Apple's
 * security notes. A minor 26.5.2 followed, whose day was not found; Apple's own list is support.apple.com/100100.
 */
export const newestIos = { version: "26.5", releasedOn: "2026-05-11" } as const;

/** Whether a version is older than another, number by number; false where either is no version. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number)) as [number[], number[]];
  if ([...a, ...b].some((n) => !Number.isInteger(n))) return false;
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
