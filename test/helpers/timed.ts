/**
 * Tests whose verdict is a time. On a machine that does something else as well they say nothing, so they run only when they are asked
 * for: `npm run test:timing`, on quiet cores. Elsewhere they are skipped, and counted as that.
 */
import { test } from "vitest";

export const isTimed = Boolean(process.env["OFFROLL_TIMING"]);

export const timed = test.skipIf(!isTimed);
