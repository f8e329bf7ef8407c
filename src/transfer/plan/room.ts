/** Whether a plan fits on its disk: asked by the run, and told before it. */
import type { Plan } from "./plan.ts";

/** Room the file system wants for itself. */
const reservedBytes = 16 * 1024 * 1024;

/** Bytes that the disk has too few for the plan; 0 where it fits. @param freeBytes Infinity where it is not known */
export function missingRoom(
  { toCopy, alike }: Pick<Plan, "toCopy" | "alike">,
  freeBytes: number,
  reserved: number = reservedBytes,
): number {
  const wanted = toCopy.bytes - alike.bytes;
  return wanted === 0 ? 0 : Math.max(0, wanted + reserved - freeBytes);
}
