/** `offroll gallery export DIR --to FOLDER`: an album as a folder that opens by a double click. */
import { join, resolve } from "node:path";
import { openFolder } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { type AlbumWord, albumWords, exportGallery } from "../../gallery/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { plural, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, galleryExportFlags } from "../command-flags.ts";

export async function galleryExport(
  host: Host,
  dir: string,
  flags: CommandFlags<typeof galleryExportFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output, paths } = session;
  if (flags.to === undefined || flags.to.trim() === "")
    throw new UsageError("usage", "--to names no folder.", { remedy: "Name a new one: --to ~/Desktop/Lisbon" });
  const to = resolve(host.cwd, flags.to);
  const words = wordsOf(flags.with);
  const opened = await openFolder(session, dir);
  using _catalog = opened.catalog;
  let told = 0;
  const result = await exportGallery({
    folders: [opened],
    cacheFolder: paths.cacheFolder,
    assets: join(host.assets, "gallery"),
    now: () => host.clock.now(),
    signal: host.signal,
    ...{ to, albums: flags.album ?? [], words },
    onPhoto: (done, of) => {
      // A short album is there before anybody wonders.
      if (of < 50 || Math.floor((done * 10) / of) === told) return;
      told = Math.floor((done * 10) / of);
      output.say(`${done} of ${plural(of, "photo")}`);
    },
  });
  if (output.json) output.document({ to, ...result });
  else output.data(join(to, "index.html"));
  output.say(`${plural(result.photos, "photo or movie", "photos and movies")}.`);
  if (result.movieStills > 0)
    output.say(
      `${plural(result.movieStills, "movie is", "movies are")} there as the first picture only: ffmpeg is not installed, or could not read it.`,
    );
  if (result.without > 0)
    output.complain(
      `Of ${plural(result.without, "photo or movie", "photos and movies")} no picture could be made: for movies ffmpeg must be installed.`,
    );
  return result.without > 0 ? exitCodes.someFailed : exitCodes.complete;
}

/** @throws {UsageError} for another word */
function wordsOf(text: string | undefined): ReadonlySet<AlbumWord> {
  const asked = (text ?? "").split(",").filter(Boolean);
  return new Set(
    asked.map((name) => {
      const word = albumWords.find((w) => w === name.trim());
      if (!word)
        throw new UsageError("usage", `--with ${printable(name)} is not known.`, {
          remedy: `It takes ${albumWords.join(", ")}.`,
        });
      return word;
    }),
  );
}
