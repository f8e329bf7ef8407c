import { describe, expect, it } from "vitest";
import type { PhoneFile } from "../../src/device/phone-files.ts";
import { NoteMedia } from "../../src/phone-data/notes/note-media.ts";

const day = 86_400_000;
const none = {
  ...{ mediaId: undefined, fileName: undefined, generation: undefined },
  ...{ pdfGeneration: undefined, imageGeneration: undefined },
};

/** With a path that counts how often it is read. */
function lying(path: string, { age = 0, sizeBytes = 1, onRead = () => {} } = {}): PhoneFile {
  const file = { domain: "d", kind: "file", sizeBytes, modifiedAt: new Date(Date.UTC(2026, 0, 1) - age * day) };
  const get = (): string => {
    onRead();
    return `Accounts/LocalAccount/${path}`;
  };
  return Object.defineProperty(file, "path", { get }) as PhoneFile;
}

describe("files of notes' attachments", () => {
  it("are found by the identifier, however the phone goes on after it", () => {
    const drawing = lying("FallbackImages/B.jpg");
    const small = lying("Previews/C-1-192x144-0.png", { sizeBytes: 10 });
    const large = lying("Previews/C-1-768x768-0.png", { sizeBytes: 90 });
    const scan = lying("FallbackPDFs/D/2_x/FallbackPDF.pdf");
    const media = new NoteMedia([lying("Media/AB/1_x/other.jpg"), drawing, small, large, scan]);
    expect(media.file({ ...none, id: "B" })).toBe(drawing);
    expect(media.file({ ...none, id: "C" })).toBe(large);
    expect(media.file({ ...none, id: "D", mediaId: "A" })).toBe(scan);
    expect(media.file({ ...none, id: "A", mediaId: "A" })).toBeUndefined();
  });

  it("are of the generation that the phone shows, else of the last one", () => {
    const before = lying("Media/A/1_x/photo.jpg", { age: 2 });
    const now = lying("Media/A/2_y/photo.jpg", { age: 9 });
    const media = new NoteMedia([before, now]);
    expect(media.file({ ...none, id: "I", mediaId: "A", generation: "2_y" })).toBe(now);
    expect(media.file({ ...none, id: "I", mediaId: "A" })).toBe(before);
  });

  it("are not all gone through for each of as many attachments", () => {
    let reads = 0;
    const count = 5_000;
    const files = Array.from({ length: count }, (_, i) =>
      lying(`Media/${i}.x/photo.jpg`, { onRead: () => (reads += 1) }),
    );
    const media = new NoteMedia(files);
    for (let i = 0; i < count; i += 1) expect(media.file({ ...none, id: `I${i}`, mediaId: `${i}` })).toBe(files[i]);
    expect(reads).toBeLessThan(20 * count);
  });
});
