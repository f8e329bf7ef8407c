/** Why there is no picture of a photo, in words, and what can be done instead. */
import type { NoPicture } from "../wire.ts";
import type { WhyNot } from "./api.ts";
import { element } from "./dom.ts";

/** What may be done from there, by the buttons below the words. */
export interface NoPictureActions {
  readonly onAgain: () => void;
  readonly onDownload: () => void;
  readonly onFolder: () => void;
  readonly onPlayer: () => void;
}

/** A movie that came, and that this browser does not play. */
type MovieTrouble = "no-copy" | "no-ffmpeg-copy" | "large-movie" | "making-copy";

type Action = "again" | "download" | "folder" | "player";
type Words = readonly [what: string, why: string, actions: readonly Action[]];

const elsewhere: readonly Action[] = ["folder", "download"];

/** `*` is the file's name. */
const words: Readonly<Record<NoPicture | "browser" | MovieTrouble, Words>> = {
  gone: [
    "* is not in the backup any more.",
    "It was moved, renamed or deleted after it was copied. “offroll verify” lists what is missing.",
    ["again"],
  ],
  "disk-gone": ["The disk with * is not connected.", "Connect it, then try again.", ["again"]],
  "too-large": [
    "* is too large to show here.",
    "It has more pixels than can be decoded safely. The file is untouched: another program may open it.",
    elsewhere,
  ],
  damaged: [
    "* is damaged.",
    "No picture could be decoded from it. “offroll verify” tells whether the file is still as it was copied.",
    elsewhere,
  ],
  "not-a-picture": [
    "* cannot be shown.",
    "It contains nothing that can be decoded as a picture, whatever its name says.",
    elsewhere,
  ],
  "no-full-picture": [
    "* cannot be shown.",
    "This RAW file carries no preview of its whole picture. Open it in a program for RAW photos.",
    elsewhere,
  ],
  "no-decoder": [
    "* cannot be shown.",
    "The decoder it needs is not installed: offroll's optional packages are missing.",
    elsewhere,
  ],
  "no-ffmpeg": ["There is no picture of *.", "Pictures of movies need ffmpeg, which is not installed.", elsewhere],
  "gave-up": [
    "* could not be decoded.",
    "Decoding it took too long, or made the decoder fail, so it was stopped. The file is untouched: another program may open it.",
    elsewhere,
  ],
  browser: ["This browser cannot show *.", "The file is there. Another program may open it.", elsewhere],
  "making-copy": [
    "This browser cannot play * as it is.",
    "A smaller copy is being made for it. Of a long movie that takes some minutes.",
    ["player", "folder", "download"],
  ],
  "large-movie": [
    "* is too large to play here.",
    "Its frames have more pixels than 8K. The file is untouched: your own player may open it.",
    ["player", "folder", "download"],
  ],
  "no-copy": [
    "This browser cannot play *.",
    "ffmpeg could not make a copy of it either: the movie may be damaged.",
    ["player", "folder", "download"],
  ],
  "no-ffmpeg-copy": [
    "This browser cannot play *.",
    "With ffmpeg installed, offroll would make a copy for it. Your own player may play it as it is.",
    ["player", "folder", "download"],
  ],
};

/** What stands where the picture would be. */
export function noPicture(
  name: string,
  found: WhyNot | { readonly why: MovieTrouble },
  actions: NoPictureActions,
): HTMLElement {
  const [what, reason, offered]: Words = found.why === undefined ? [found.said, "", ["again"]] : words[found.why];
  const handlers: Readonly<Record<Action, readonly [text: string, run: () => void]>> = {
    again: ["Try again", actions.onAgain],
    download: ["Download", actions.onDownload],
    folder: ["Show in folder", actions.onFolder],
    player: ["Open in player", actions.onPlayer],
  };
  const buttons = offered.map((action, i) => {
    const [text, click] = handlers[action];
    return element("button", { class: i === 0 ? "primary" : "", text, attributes: { type: "button" }, on: { click } });
  });
  return element(
    "div",
    { class: "no-picture", attributes: { role: "status" } },
    element("p", { class: "what", text: what.replace("*", () => name) }),
    element("p", { text: reason }),
    element("div", { class: "actions" }, ...buttons),
  );
}
