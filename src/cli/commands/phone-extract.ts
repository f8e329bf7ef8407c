/** `offroll phone extract BACKUP PATTERN --to DIR`: files out of a whole phone's backup, decrypted and proven. */
import { exitCodes, type Host } from "../../app/host.ts";
import { countMatching, type ExtractCounts, type ExtractEvent, extract } from "../../app/phone-extract.ts";
import { chosenBackup, openedBackup } from "../../app/phone-files.ts";
import { type BackupFiles, matching } from "../../phone-backup/index.ts";
import { errorToJson, ItemError, UsageError } from "../../shared/errors.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { inspectDestination, openPlace } from "../../transfer/destination/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, phoneExtractFlags } from "../command-flags.ts";

type ExtractFlags = CommandFlags<typeof phoneExtractFlags>;

export async function phoneExtract(host: Host, from: string, pattern: string, flags: ExtractFlags): Promise<number> {
  if (flags.to === undefined && !flags.dryRun)
    throw new UsageError("usage", "Say where the files go: --to DIR. With --dry-run nothing is written.");
  await using session = new CliSession(host, flags);
  const folder = flags.to === undefined ? undefined : await inspectDestination(flags.to, host.cwd);
  const backup = await chosenBackup(session, { from });
  if (folder) await openPlace(folder).assertApart(backup.folder);
  await using files = await openedBackup(session, backup, flags);
  const counts = await countMatching(files, pattern, host);
  if (counts.files + counts.links === 0)
    throw new ItemError("item-not-found", `No file in this backup is called ${printable(pattern)}.`, {
      remedy:
        "A pattern begins with a domain, as in HomeDomain/Library/SMS/*; `offroll phone browse BACKUP` lists them. Capital and small letters differ.",
    });
  if (flags.dryRun || !folder) return await preview(session, files, pattern, counts);
  const report = new ExtractReport(host, session, counts);
  const { clock, pid, signal } = host;
  await extract(files, pattern, counts, {
    ...{ folder, clock, pid, signal },
    onEvent: (event) => report.tell(event),
    onBytes: (bytes) => report.moved(bytes),
  });
  return report.end(folder.root);
}

async function preview(
  { context, output }: CliSession,
  files: BackupFiles,
  pattern: string,
  counts: ExtractCounts,
): Promise<number> {
  for await (const { kind, domain, path, sizeBytes } of matching(files, pattern, context)) {
    if (output.json) output.document({ type: "would-extract", domain, path, kind, sizeBytes });
    else if (kind === "file") output.data(`${formatBytes(sizeBytes).padStart(9)}  ${printable(`${domain}/${path}`)}`);
  }
  if (output.json) output.document({ type: "summary", dryRun: true, ...counts });
  else output.say(`${plural(counts.files, "file")}, ${formatBytes(counts.bytes)}. Nothing was written.`);
  return exitCodes.complete;
}

/** Told as it happens: failures on stdout, a line of progress on a terminal. */
class ExtractReport {
  readonly #host: Host;
  readonly #session: CliSession;
  readonly #counts: ExtractCounts;
  readonly #outcomes = { extracted: 0, present: 0, failed: 0, links: 0 };
  #bytes = 0;
  #toldAt = 0;

  constructor(host: Host, session: CliSession, counts: ExtractCounts) {
    this.#host = host;
    this.#session = session;
    this.#counts = counts;
  }

  tell(event: ExtractEvent): void {
    const { output } = this.#session;
    const { domain, path, sizeBytes } = event.file;
    if (event.outcome === "left-out") this.#outcomes.links += 1;
    else this.#outcomes[event.outcome] += 1;
    if (output.json) {
      const { outcome } = event;
      const more =
        outcome === "failed"
          ? { error: errorToJson(event.error) }
          : outcome === "left-out"
            ? {}
            : { stored: event.stored };
      output.document({ type: "file", outcome, domain, path, sizeBytes, ...more });
    } else if (event.outcome === "failed") {
      this.#clear();
      output.data(`failed  ${printable(`${domain}/${path}`)}: ${printable(event.error.message)}`);
    }
  }

  moved(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#host.clock.now();
    if (!this.#isMoving || now - this.#toldAt < 100) return;
    this.#toldAt = now;
    const done = this.#outcomes.extracted + this.#outcomes.present + this.#outcomes.failed;
    this.#clear();
    this.#host.stderr.write(
      `${formatCount(done)} of ${formatCount(this.#counts.files)} files, ${formatBytes(this.#bytes)} of ${formatBytes(this.#counts.bytes)}`,
    );
  }

  end(root: string): number {
    const { output } = this.#session;
    const { extracted, present, failed, links } = this.#outcomes;
    this.#clear();
    const ok = failed === 0;
    if (output.json) output.document({ type: "summary", dryRun: false, ok, ...this.#outcomes, to: root });
    else {
      const parts = [
        extracted > 0
          ? `${plural(extracted, "file")} written to ${printable(root)}, each read back`
          : "Nothing was written",
        present > 0 ? `${formatCount(present)} there already` : "",
        links > 0 ? `${plural(links, "link")} left out: what a link leads to is a file of its own` : "",
        failed > 0 ? `${plural(failed, "file")} failed` : "",
      ];
      output.say(`${parts.filter(Boolean).join("; ")}.`);
    }
    return ok ? exitCodes.complete : exitCodes.someFailed;
  }

  get #isMoving(): boolean {
    return this.#host.stderr.isTTY === true && !this.#session.output.quiet && !this.#session.output.json;
  }

  #clear(): void {
    if (this.#isMoving) this.#host.stderr.write("\r\x1b[2K");
  }
}
