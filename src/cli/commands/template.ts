/** `offroll template preview TEMPLATE`: where photos would go, tried on made-up ones. */

import { exitCodes, type Host } from "../../app/host.ts";
import type { MediaItem } from "../../device/media-source.ts";
import type { LibraryFacts, RollItem } from "../../library/roll.ts";
import { PathTemplate, targetName } from "../../transfer/plan/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommonFlags } from "../command-flags.ts";
import { table } from "../output.ts";

export async function templatePreview(context: Host, source: string | undefined, flags: CommonFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  const template = new PathTemplate(source ?? (session.setting("template") as string));
  const rows = samples().map((photo) => ({
    from: photo.parts[0].item.path,
    to: targetName(template.render(photo, "Demo iPhone"), photo.parts[0], photo),
  }));
  if (output.json) output.document({ template: template.source, samples: rows });
  else
    for (const line of table(
      rows.map((r) => [r.from, "→", r.to]),
      output.width(),
    ))
      output.data(line);
  return exitCodes.complete;
}

const sampleAlbum: LibraryFacts = {
  uuid: "3F9A1C70-0000-4000-8000-000000000000",
  favourite: false,
  hidden: false,
  trashed: false,
  trashedAt: undefined,
  shared: false,
  unfinished: false,
  depth: false,
  originalFilename: "IMG_0001.HEIC",
  caption: undefined,
  title: undefined,
  place: undefined,
  fingerprint: undefined,
  albums: [{ key: "sample", title: "Lisbon", folders: ["Trips"], path: "Trips/Lisbon" }],
  people: [],
  keywords: [],
};

function samples(): RollItem[] {
  const item = (path: string): MediaItem => ({
    id: path,
    path,
    name: path.split("/").at(-1) as string,
    area: "camera-roll",
    sizeBytes: 2_500_000,
    modifiedAt: undefined,
    createdAt: undefined,
  });
  const captured = (local: string) => ({
    local,
    offsetMinutes: 120,
    zone: "recorded" as const,
    source: "exif" as const,
  });
  const iphone = { format: "heif" as const, make: "Apple", model: "iPhone 14 Pro" };
  return [
    {
      id: "3f9a1c70",
      kind: "photo",
      subtype: "live",
      parts: [{ role: "original", availability: "phone", item: item("/DCIM/100APPLE/IMG_0001.HEIC"), facts: iphone }],
      availability: "phone",
      edited: false,
      library: sampleAlbum,
      captured: captured("2024-05-01T12:34:56"),
    },
    {
      id: "b2207e11",
      kind: "video",
      subtype: undefined,
      parts: [
        {
          role: "original",
          availability: "phone",
          item: item("/DCIM/101APPLE/IMG_1042.MOV"),
          facts: { ...iphone, format: "quicktime" },
        },
      ],
      availability: "phone",
      edited: false,
      captured: captured("2023-12-31T23:59:01"),
    },
    {
      id: "07cc81d2",
      kind: "photo",
      subtype: "screenshot",
      parts: [
        {
          role: "original",
          availability: "phone",
          item: item("/DCIM/101APPLE/IMG_1043.PNG"),
          facts: { format: "png" },
        },
      ],
      availability: "phone",
      edited: false,
      captured: undefined,
    },
  ];
}
