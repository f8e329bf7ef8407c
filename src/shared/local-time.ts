/** Times as the clock of this computer has them. A phone's databases keep instants, not where on earth they were. */

const two = (n: number): string => String(n).padStart(2, "0");

/** "2024-05-01 13:07:09". */
export function localTime(date: Date): string {
  return `${localMinute(date)}:${two(date.getSeconds())}`;
}

/** "2024-05-01 13:07". */
export function localMinute(date: Date): string {
  return `${localDay(date)} ${localClock(date)}`;
}

/** "2024-05-01". */
export function localDay(date: Date): string {
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "13:07". */
export function localClock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** As IANA names it: "Europe/Bern". */
export function localZone(): string {
  zone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone;
}

let zone: string | undefined;
