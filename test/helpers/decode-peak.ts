/** The process of decode-alone.ts: `node decode-peak.ts FILE KIND`. */
import { readFileSync } from "node:fs";
import { type DecodeRequest, Decoder } from "../../src/media/decoder.ts";
import type { DecodedAlone } from "./decode-alone.ts";

const [file, kind] = process.argv.slice(2) as [string, DecodeRequest["kind"]];
const before = process.memoryUsage().rss;
await using decoder = new Decoder();
const made = await decoder.decode(kind, new Uint8Array(readFileSync(file)), 512, { given: true });
const peakMb = (process.resourceUsage().maxRSS * 1024 - before) / 1e6;
const result: DecodedAlone = { ...(made ? { bytes: made.length } : {}), peakMb };
console.log(JSON.stringify(result));
