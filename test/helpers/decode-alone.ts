/** One picture decoded in a process of its own, and what that took. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DecodeRequest } from "../../src/media/decoder.ts";

export interface DecodedAlone {
  /** Of the JPEG that was made, if one was. */
  readonly bytes?: number;
  /** All that the process had more at its peak than before: the worker, the decoder in it, the picture itself. */
  readonly peakMb: number;
}

export async function decodeAlone(file: string, kind: DecodeRequest["kind"]): Promise<DecodedAlone> {
  const script = join(import.meta.dirname, "decode-peak.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, file, kind]);
  return JSON.parse(stdout) as DecodedAlone;
}
