/** `offroll gallery [DIR…]`: the photos of one or more backups as a page in the browser. */
import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { foldersOf, openFolder } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { type Gallery, openGallery, openOutside } from "../../gallery/index.ts";
import { toAppError, UsageError } from "../../shared/errors.ts";
import { removeOwnFile, writeOwnFile } from "../../shared/own-files.ts";
import { formatCount, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, galleryFlags } from "../command-flags.ts";

type GalleryFlags = CommandFlags<typeof galleryFlags>;

export async function gallery(host: Host, dirs: readonly string[], flags: GalleryFlags): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output, paths } = session;
  const port = portOf(flags.port);
  const found = await foldersToShow(session, dirs);
  try {
    await using shown = await openGallery({
      folders: found,
      cacheFolder: paths.cacheFolder,
      assets: join(host.assets, "gallery"),
      now: () => host.clock.now(),
      signal: host.signal,
      picturesBeside: true,
      openOutside: async (how, path) => await openOutside(how === "reveal" ? "reveal" : "open", path, host.platform),
    });
    const lan = flags.lan ? { lan: { addresses: addressesHere() } } : {};
    const [url = "", ...others] = await shown.listen({ port, ...lan });
    if (output.json)
      output.document({ url, others, photos: shown.count ?? null, destinations: found.map((f) => f.folder.root) });
    else for (const address of [url, ...others]) output.data(address);
    tell(session, shown, others.length > 0);
    if (flags.open !== false) await openInBrowser(session, url);
    const indexed = tellIndex(session, shown, host.signal);
    await ended(host.signal);
    return (await indexed) ? exitCodes.complete : exitCodes.stopped;
  } finally {
    for (const { catalog } of found) catalog[Symbol.dispose]();
  }
}

/** @returns false where there is no index of now: the page says so as well, and shows what it has */
async function tellIndex({ output }: CliSession, gallery: Gallery, signal: AbortSignal): Promise<boolean> {
  const before = gallery.count;
  try {
    await gallery.ready;
    const { count = 0 } = gallery;
    if (!signal.aborted && count !== before) output.say(`${formatCount(count)} photos and videos are shown.`);
  } catch (error) {
    if (signal.aborted) return true;
    output.tell(toAppError(error));
    return false;
  }
  return true;
}

function tell({ output }: CliSession, { count, cacheFolder }: Gallery, isOpenToOthers: boolean): void {
  const who = isOpenToOthers
    ? "Whoever has one of these addresses can open the page."
    : "Only this computer can open the page, and only with the whole address.";
  const what =
    count === undefined
      ? "The photos are being read for the first time; the page says how far it is."
      : `${formatCount(count)} photos and videos.`;
  output.say(`${what} ${who}`);
  if (isOpenToOthers)
    output.complain(
      "Warning: with --lan everybody on this network who has the address can see these photos, and whoever listens on the network can read them. Use it only at home.",
    );
  output.say(`Small pictures are kept in ${printable(cacheFolder)}; the photos themselves are only read.`);
  output.say("Ctrl-C ends it.");
}

/** @throws {UsageError} */
function portOf(port: string | undefined): number {
  if (port === undefined) return 0;
  const number = Number(port);
  if (/^\d+$/.test(port) && number >= 1 && number <= 65_535) return number;
  throw new UsageError("usage", `--port ${printable(port)} is no port.`, {
    remedy: "Name one from 1024 to 65535, or none.",
  });
}

/** Those that were named, or all that are remembered and there; one that was named twice is shown once. */
async function foldersToShow(session: CliSession, dirs: readonly string[]): ReturnType<typeof foldersOf> {
  if (dirs.length === 0) return await foldersOf(session, undefined);
  const found: Awaited<ReturnType<typeof foldersOf>> = [];
  for (const dir of dirs) {
    const opened = await openFolder(session, dir);
    if (found.some(({ folder }) => folder.root === opened.folder.root)) opened.catalog[Symbol.dispose]();
    else found.push(opened);
  }
  return found;
}

/** IPv4 addresses by which this computer is known to its network. */
function addressesHere(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}

/** The key must stand in no command line, where every user of this computer can read it: a page of our own leads to the address. */
async function openInBrowser({ context, paths, output }: CliSession, url: string): Promise<void> {
  const file = join(paths.cacheFolder, "gallery", `open-${randomBytes(6).toString("hex")}.html`);
  try {
    writeOwnFile(
      file,
      `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${url}"><title>offroll</title>\n`,
    );
    context.atExit(() => removeOwnFile(file));
    if (await openOutside("open", pathToFileURL(file).href, context.platform)) return;
  } catch {
    // as below
  }
  output.say("No browser could be started: open the address above.");
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
