/** What is known of one photo, beside it. */
import type { PartAnswer, PhotoAnswer } from "../wire.ts";
import { element, iconButton } from "./dom.ts";
import { placeMap } from "./map.ts";
import { bytes, takenWords } from "./words.ts";

/** What a person may do in it. */
export interface InfoEvents {
  readonly onView: (view: string, title: string) => void;
  /** @param n which file of the photo */
  readonly onReveal: (n: number) => void;
}

const roles: Readonly<Record<string, string>> = {
  original: "Original",
  edit: "Edited version",
  "live-video": "Movie of the Live Photo",
  "edit-live-video": "Movie of the edited Live Photo",
  raw: "RAW",
  sidecar: "Sidecar",
  recipe: "Edit instructions",
  derivative: "Smaller version",
};
const headings: Readonly<Record<string, string>> = {
  album: "Albums",
  person: "People",
  place: "Place",
  label: "In the picture",
};
/** Whose word the date is, where it is not the phone's library. */
const sources: Readonly<Record<string, string>> = {
  exif: "from the camera (EXIF)",
  quicktime: "from the movie's tags",
  "movie-header": "from the movie's header",
  xmp: "from XMP",
  text: "from text in the picture",
  "file-name": "from the file's name",
};

/** The panel's content. */
export function infoPanel(photo: PhotoAnswer, events: InfoEvents): HTMLElement[] {
  const { date, zone } = takenWords(photo.taken);
  const from = sources[photo.takenFrom ?? ""];
  const sections: HTMLElement[] = [element("h2", { text: photo.name })];
  if (photo.caption !== "") sections.push(element("p", { class: "caption", text: photo.caption }));
  sections.push(
    section(
      "Taken",
      element("p", { text: date }),
      element("p", { class: "quiet", text: [zone, from].filter(Boolean).join(" · ") || " " }),
    ),
  );
  for (const kind of ["person", "album", "place", "label"]) {
    const links = photo.links.filter((l) => l.kind === kind);
    if (links.length > 0)
      sections.push(
        section(
          headings[kind] ?? kind,
          element("div", { class: "chips" }, ...links.map((l) => chip(l.title, () => events.onView(l.view, l.title)))),
        ),
      );
  }
  if (photo.gps) sections.push(mapSection(photo.gps));
  if (photo.facts.length > 0)
    sections.push(
      section(
        "Details",
        element(
          "dl",
          {},
          ...photo.facts.flatMap(([label, value]) => [element("dt", { text: label }), element("dd", { text: value })]),
        ),
      ),
    );
  if (photo.burst) {
    const { view, count } = photo.burst;
    sections.push(
      section(
        "Burst",
        chip(`All ${count} frames`, () => events.onView(view, "Burst")),
      ),
    );
  }
  sections.push(section("Files", ...photo.parts.map((part) => fileEntry(part, events))));
  sections.push(
    section("Copies", element("ul", { class: "copies" }, ...photo.copies.map((text) => element("li", { text })))),
  );
  return sections;
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return element("section", {}, element("h3", { text: title }), ...children);
}

function chip(title: string, onClick: () => void): HTMLElement {
  return element("button", { class: "chip", text: title, attributes: { type: "button" }, on: { click: onClick } });
}

function mapSection(gps: NonNullable<PhotoAnswer["gps"]>): HTMLElement {
  const map = element("canvas", {
    class: "little-map",
    attributes: { role: "img", "aria-label": `Map: ${degrees(gps)}` },
  });
  // It has no size before the panel is open.
  new ResizeObserver(() => map.clientWidth > 0 && void placeMap(map, gps)).observe(map);
  return section("On the map", map, element("p", { class: "quiet numbers", text: degrees(gps) }));
}

/** "46.94837° N, 7.44639° E" */
function degrees({ lat, lon }: { readonly lat: number; readonly lon: number }): string {
  const one = (value: number, plus: string, minus: string): string =>
    `${Math.abs(value).toFixed(5)}° ${value < 0 ? minus : plus}`;
  return `${one(lat, "N", "S")}, ${one(lon, "E", "W")}`;
}

function fileEntry(part: PartAnswer, events: InfoEvents): HTMLElement {
  const { role, name, sizeBytes, place, path, fromPhone, copiedAt, readBack, sha256 } = part;
  const day = copiedAt.slice(0, 10);
  const lines = [
    `${roles[role] ?? role} · ${bytes(sizeBytes)}`,
    `Copied on ${day} from ${fromPhone}`,
    readBack === null ? "Not read back since" : `Read back: ${readBack.slice(0, readBack.indexOf("T"))}`,
  ];
  return element(
    "details",
    { class: "file" },
    element(
      "summary",
      {},
      element("span", { text: name }),
      element("span", { class: "quiet", text: roles[role] ?? role }),
    ),
    ...lines.map((text) => element("p", { class: "quiet", text })),
    element("p", { class: "path", text: `${place}/${path}` }),
    sha256 === null ? undefined : element("p", { class: "hash", text: `SHA-256 ${sha256}` }),
    element("p", { class: "quiet", text: `Run ${part.run}` }),
    iconButton("folder", "Show in folder", () => events.onReveal(part.n)),
    element("a", {
      class: "text-link",
      text: "Download",
      attributes: { href: `d/${location.hash.match(/!(\d+)$/)?.[1] ?? ""}/${part.n}`, download: "" },
    }),
  );
}
