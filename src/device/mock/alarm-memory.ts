/** What a thread and its alarm share: how often it was told a moment, and which, in microseconds since 1970. */

export const noMoment = 0n;
/** A counter of 32 bits and, aligned, a moment of 64. */
export const alarmMemoryBytes = 16;

/** Both, as views of one block. */
export function alarmMemory(shared: SharedArrayBuffer): { told: Int32Array; moment: BigInt64Array } {
  return { told: new Int32Array(shared, 0, 1), moment: new BigInt64Array(shared, 8, 1) };
}

/** The same in all threads, and unlike the time of day it only goes on. */
export function nowUs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
}
