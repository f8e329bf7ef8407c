/**
 * What a photo's library says of it as an XMP sidecar, in the properties that photo programs read: dates, place, rating,
 * caption, title, keywords, people, albums. Sources: Adobe XMP Specification Part 1 and 2; Exif in XMP (CIPA DC-010); IPTC Photo
 * Metadata (PersonInImage); Metadata Working Group (Collections); digiKam's TagsList and Lightroom's hierarchicalSubject for what a flat keyword cannot say.
 */
import type { RollItem } from "../../library/roll.ts";
import { type CaptureTime, formatCaptured, isRecorded } from "../../media/capture-time.ts";

const namespaces = {
  dc: "http://purl.org/dc/elements/1.1/",
  digiKam: "http://www.digikam.org/ns/1.0/",
  exif: "http://ns.adobe.com/exif/1.0/",
  Iptc4xmpExt: "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
  lr: "http://ns.adobe.com/lightroom/1.0/",
  "mwg-coll": "http://www.metadataworkinggroup.com/schemas/collections/",
  photoshop: "http://ns.adobe.com/photoshop/1.0/",
  xmp: "http://ns.adobe.com/xap/1.0/",
} as const;

/** A favourite is what other programs give five stars. */
const favouriteRating = 5;

/** What may become keywords besides the photo's own. */
export const keywordSources = ["people", "albums", "labels"] as const;
/** What of the library may become keywords too. */
export type KeywordSource = (typeof keywordSources)[number];

/** @param keywordsFrom what else programs are to find among the keywords */
export function xmpSidecar(photo: RollItem, keywordsFrom: readonly KeywordSource[] = []): string {
  const { library, captured } = photo;
  const gps = photo.parts[0].facts?.gps;
  const albums = library?.albums ?? [];
  const people = library?.people ?? [];
  const keywords = library?.keywords ?? [];
  const tags = [
    ...keywords.map((k) => [k]),
    ...(keywordsFrom.includes("people") ? people.map((p) => ["People", p]) : []),
    ...(keywordsFrom.includes("labels") ? (library?.seen?.labels ?? []).map((label) => [label]) : []),
    ...(keywordsFrom.includes("albums") ? albums.map((a) => ["Albums", ...a.folders, a.title]) : []),
  ];
  const date = captured && writtenDate(captured);
  const properties = [
    simple("xmp:CreateDate", date),
    simple("exif:DateTimeOriginal", date),
    simple("photoshop:DateCreated", date),
    simple("xmp:Rating", library?.favourite === true ? String(favouriteRating) : undefined),
    simple("exif:GPSLatitude", gps && degrees(gps.lat, "N", "S")),
    simple("exif:GPSLongitude", gps && degrees(gps.lon, "E", "W")),
    simple("exif:GPSVersionID", gps && "2.3.0.0"),
    localised("dc:title", library?.title),
    localised("dc:description", library?.caption),
    list("dc:subject", "Bag", [...new Set(tags.map((t) => t.at(-1) as string))]),
    list("Iptc4xmpExt:PersonInImage", "Bag", people),
    collections(albums.map((a) => a.path)),
    list(
      "digiKam:TagsList",
      "Seq",
      tags.map((t) => t.map((p) => p.replaceAll("/", "∕")).join("/")),
    ),
    list(
      "lr:hierarchicalSubject",
      "Bag",
      tags.map((t) => t.map((p) => p.replaceAll("|", "¦")).join("|")),
    ),
  ].filter((p) => p !== "");
  const declared = Object.entries(namespaces).map(([prefix, uri]) => `    xmlns:${prefix}="${uri}"`);
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="offroll">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '  <rdf:Description rdf:about=""',
    `${declared.join("\n")}>`,
    ...properties,
    "  </rdf:Description>",
    " </rdf:RDF>",
    "</x:xmpmeta>",
    '<?xpacket end="w"?>',
    "",
  ].join("\n");
}

/** The file's own times are no word on when it was taken; a zone that was worked out is not written as if it had been recorded. */
function writtenDate(captured: CaptureTime): string | undefined {
  if (!isRecorded(captured)) return undefined;
  return captured.zone === "recorded" || captured.isDayOnly ? formatCaptured(captured) : captured.local;
}

/** Of the Metadata Working Group, 5.7: what a photo belongs to. */
function collections(names: readonly string[]): string {
  if (names.length === 0) return "";
  const items = names.map(
    (name) =>
      `<rdf:li rdf:parseType="Resource"><mwg-coll:CollectionName>${escapeXml(name)}</mwg-coll:CollectionName></rdf:li>`,
  );
  return `   <mwg-coll:Collections><rdf:Bag>${items.join("")}</rdf:Bag></mwg-coll:Collections>`;
}

function simple(name: string, value: string | undefined): string {
  return value === undefined ? "" : `   <${name}>${escapeXml(value)}</${name}>`;
}

function localised(name: string, value: string | undefined): string {
  if (value === undefined) return "";
  return `   <${name}><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(value)}</rdf:li></rdf:Alt></${name}>`;
}

function list(name: string, kind: "Bag" | "Seq", values: readonly string[]): string {
  if (values.length === 0) return "";
  const items = values.map((v) => `<rdf:li>${escapeXml(v)}</rdf:li>`).join("");
  return `   <${name}><rdf:${kind}>${items}</rdf:${kind}></${name}>`;
}

/** "46,56.892000N": degrees and decimal minutes, as XMP writes a GPS coordinate. */
function degrees(value: number, positive: string, negative: string): string {
  // Rounded before they are taken apart: there is no sixtieth minute.
  const millionths = Math.round(Math.abs(value) * 60 * 1e6);
  const whole = Math.floor(millionths / 60e6);
  return `${whole},${((millionths - whole * 60e6) / 1e6).toFixed(6)}${value < 0 ? negative : positive}`;
}

/** Control characters have no place in XML 1.0, not even escaped: a phone may send any. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
