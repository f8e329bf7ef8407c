/** Readers with faults of every kind that the fuzzer is there for, so that a fuzzer which finds nothing is known to be one. */
import { decodePlist } from "../../../src/device/wire/plist.ts";
import type { FuzzTarget } from "../target.ts";

const seeds = (): Buffer[] => [Buffer.from("aaaa")];
const at = (input: Buffer, text: string): boolean => input.toString("latin1").includes(text);

export const plantedTargets: readonly FuzzTarget[] = [
  {
    name: "planted-throw",
    seeds,
    run: (input) => {
      if (at(input, "b")) throw new RangeError("planted");
    },
  },
  {
    name: "planted-hang",
    seeds,
    run: (input) => {
      if (at(input, "b")) for (;;);
    },
  },
  {
    name: "planted-slow",
    seeds,
    run: (input) => {
      const from = process.cpuUsage();
      while (at(input, "b") && process.cpuUsage(from).user < 1_500_000);
    },
  },
  {
    name: "planted-hoard",
    seeds,
    run: (input) => (at(input, "b") ? Buffer.alloc(200 * 1024 * 1024, 1) : undefined),
  },
  {
    name: "planted-heap",
    seeds,
    run: (input) => {
      const hoard: number[][] = [];
      while (at(input, "b")) hoard.push(new Array(1_000_000).fill(1.5));
    },
  },
  // Nothing but blocks of the source that are reached on the way leads to the end of this.
  {
    name: "planted-depth",
    seeds: () => [Buffer.from("<plist><array></array></plist>")],
    run: (input) => decodePlist(input),
  },
];
