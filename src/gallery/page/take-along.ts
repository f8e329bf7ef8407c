/** An album to take along: a ZIP with a folder that opens by a double click, made while it is downloaded. */
import { type AlbumAnswer, type AlbumWord, albumWords } from "../wire.ts";
import { api, Refused } from "./api.ts";
import { askWith } from "./ask.ts";
import { element } from "./dom.ts";
import type { Message } from "./message.ts";
import { count } from "./words.ts";

const labels: Readonly<Record<AlbumWord, string>> = {
  place: "Places",
  camera: "Cameras",
  person: "People",
  caption: "Captions",
};
const pollMs = 1_000;

/** Asks what it may tell, starts the download, and says how far it is until it is over. */
export async function takeAlong(ids: readonly number[], message: Message): Promise<void> {
  const answer = await askWith(`Album of ${count(ids.length, "photo")}`, {
    text: "A folder that opens by a double click, packed as a ZIP. Its pictures are made anew; no original goes in, and nothing that the files say but the day.",
    label: "Title",
    choices: albumWords.map((word) => [word, labels[word]] as const),
    yes: "Download",
  });
  if (!answer) return;
  try {
    const { key, url } = await api.album(ids, answer.text, answer.chosen);
    save(url);
    await follow(key, message);
  } catch (error) {
    message.say(error instanceof Refused ? error.message : "offroll does not answer.");
  }
}

/** The browser's own download of an address. */
export function save(url: string): void {
  const link = element("a", { attributes: { href: url, download: "" } });
  document.body.append(link);
  link.click();
  link.remove();
}

/** What is asked for but never fetched, because the browser asked the person and got no yes, is followed no longer than this. */
const mostWaits = 300;

async function follow(key: string, message: Message): Promise<void> {
  for (let waited = 0; waited < mostWaits; ) {
    const answer = await api.albumState(key);
    message.say(told(answer));
    if (answer.state === "ready" || answer.state === "gone") return;
    if (answer.state === "waiting") waited += 1;
    await new Promise((done) => setTimeout(done, pollMs));
  }
}

function told({ state, photos, of, movieStills, without }: AlbumAnswer): string {
  if (state === "gone") return "The album is not whole: its download was ended.";
  if (state !== "ready") return `The album is being made: ${photos} of ${count(of, "photo")}`;
  if (without === photos) return "No picture could be made. Is their disk plugged in?";
  const stills =
    movieStills > 0 ? ` ${count(movieStills, "movie is", "movies are")} there as the first picture only.` : "";
  const missing = without > 0 ? ` Of ${count(without, "photo")} no picture could be made.` : "";
  return `The album has ${count(photos, "photo")}.${stills}${missing}`;
}
