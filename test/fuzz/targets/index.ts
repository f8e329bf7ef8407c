/** Every reader of bytes from outside, by name. */
import type { FuzzTarget } from "../target.ts";
import { convertTargets } from "./convert.ts";
import { mediaTargets } from "./media.ts";
import { phoneBackupTargets } from "./phone-backup.ts";
import { plantedTargets } from "./planted.ts";
import { textTargets } from "./texts.ts";
import { wireTargets } from "./wire.ts";

export const targets: readonly FuzzTarget[] = [
  ...wireTargets,
  ...mediaTargets,
  ...convertTargets,
  ...textTargets,
  ...phoneBackupTargets,
];

export function findTarget(name: string): FuzzTarget {
  const target = [...targets, ...plantedTargets].find((t) => t.name === name);
  if (!target) throw new Error(`no target ${name}`);
  return target;
}
