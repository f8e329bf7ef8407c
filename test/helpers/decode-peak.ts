/**
 * Decodes one picture in a process of its own and prints what that took: `node decode-peak.ts FILE KIND`. Memory is all that the
 * process has more at its peak than before: the worker, the decoder in it, the picture itself.
 */
import { readFileSync } from "node:fs";
import { type DecodeRequest, Decoder } from "../../src/media/decoder.ts";

const [file, kind] = process.argv.slice(2) as [string, DecodeRequest["kind"]];
const before = process.memoryUsage().rss;
await using decoder = new Decoder();
const made = await decoder.decode(kind, new Uint8Array(readFileSync(file)), 512, { given: true });
const peakMb = (process.resourceUsage().maxRSS * 1024 - before) / 1e6;
console.log(JSON.stringify({ bytes: made?.length, peakMb }));
