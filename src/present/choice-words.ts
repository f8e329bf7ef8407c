/** What can be chosen of each photo, in plain words: on the sheet, and in questions. */

interface Choice {
  readonly value: string;
  readonly words: string;
}

/** What is chosen among, in the order in which it is offered. */
export const choices = {
  edits: [
    { value: "both", words: "the original and the edited version" },
    { value: "original", words: "the original only" },
    { value: "edited", words: "the edited version, where there is one" },
    { value: "all", words: "both, and the recipe of the edit (.AAE)" },
  ],
  live: [
    { value: "both", words: "picture and movie" },
    { value: "still", words: "the picture only" },
    { value: "video", words: "the movie only" },
  ],
  sidecar: [
    { value: "none", words: "no" },
    { value: "xmp", words: "yes, as .xmp for Lightroom, digiKam, darktable, Immich" },
    { value: "json", words: "yes, as .json" },
  ],
  albumsAs: [
    { value: "none", words: "no" },
    { value: "links", words: "yes, as links that take no space" },
    { value: "copies", words: "yes, as copies" },
  ],
  jpeg: [
    { value: "none", words: "no" },
    { value: "full", words: "for other devices, beside the photos" },
    { value: "small", words: "for other devices, at most 2048 pixels" },
  ],
  motion: [
    { value: "keep", words: "as they are: the movie is inside" },
    { value: "extract", words: "as they are, and the movie beside them" },
  ],
} as const satisfies Record<string, readonly Choice[]>;

/** A line of the sheet. */
export type ChoiceField = keyof typeof choices;

export const fieldLabels: Record<ChoiceField | "destination" | "template", string> = {
  destination: "Where to",
  template: "Names",
  edits: "Edited photos",
  live: "Live Photos",
  sidecar: "Sidecar files",
  albumsAs: "Album folders",
  motion: "Motion Photos",
  jpeg: "JPEG copies",
};

/** A choice as people read it: "original and edited" for `both`. */
export function choiceWords(settings: Readonly<Record<ChoiceField, string>>, field: ChoiceField): string {
  return choices[field].find((c) => c.value === settings[field])?.words ?? settings[field];
}
