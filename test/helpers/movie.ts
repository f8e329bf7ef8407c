/** Movies for tests, made of the demo phone's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { demoRoll, mediaName } from "../../fixtures/make/demo-roll.ts";

const media = join(import.meta.dirname, "../../fixtures/demo-media");

/** A movie as cameras write them: so many bytes of media between its first box and `moov`. */
export function longMovie(mediaBytes: number): Buffer {
  const shot = demoRoll().find((s) => s.type === "mov");
  if (!shot) throw new Error("the demo phone has no movie");
  const small = readFileSync(join(media, mediaName(shot, "movie")));
  const ftyp = small.readUInt32BE(0);
  const filling = Buffer.alloc(mediaBytes);
  filling.writeUInt32BE(filling.length, 0);
  filling.write("free", 4, "latin1");
  return Buffer.concat([small.subarray(0, ftyp), filling, small.subarray(ftyp)]);
}
