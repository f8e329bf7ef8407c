/** The newest iOS that this release knows. To be renewed with each release of offroll; it never asks anybody. */

/** What was current when this was written, and on what day. Source: Apple's list of security releases, support.apple.com/100100. */
export const newestIos = { version: "26.1", releasedOn: "2025-11-03" } as const;

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
