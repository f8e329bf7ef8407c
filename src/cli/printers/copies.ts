/** A run of a copy told: to a person in lines, to a program as one JSON object a line. */
import type { Host } from "../../app/host.ts";
import { type AppError, errorToJson, verdictJson } from "../../shared/errors.ts";
import { formatBytes, formatCount, formatDuration, jsonLine, plural, printable } from "../../shared/text.ts";
import type { CopyEvent, CopySummary } from "../../transfer/copies/index.ts";
import type { Output } from "../output.ts";

export interface CopyReport {
  event(event: CopyEvent): void;
  /** A copy whose run could not begin. */
  failed(name: string, error: AppError): void;
}

export class CopiesJson implements CopyReport {
  readonly #host: Host;
  readonly #output: Output;

  constructor(host: Host, output: Output) {
    this.#host = host;
    this.#output = output;
  }

  event(event: CopyEvent): void {
    if (event.type !== "summary") return this.#line(event);
    const { stoppedBy, ...summary } = event;
    const verdict = verdictJson(event.ok ? undefined : "copy-incomplete", "Not everything is in the copy.");
    this.#line({
      ...summary,
      ...(stoppedBy ? { error: { ...stoppedBy, scope: "run" } } : verdict),
    });
  }

  failed(name: string, error: AppError): void {
    this.#line({ type: "summary", name, ok: false, error: errorToJson(error) });
    this.#output.tell(error);
  }

  #line({ type, ...rest }: { readonly type: string; readonly [key: string]: unknown } | CopyEvent): void {
    const at = new Date(this.#host.clock.now()).toISOString();
    const plain = "sameDisk" in rest ? { ...rest, sameDisk: rest.sameDisk ?? null } : rest;
    this.#output.data(jsonLine({ v: 1, type, at, ...plain }));
  }
}

export class CopiesText implements CopyReport {
  readonly #host: Host;
  readonly #output: Output;

  constructor(host: Host, output: Output) {
    this.#host = host;
    this.#output = output;
  }

  event(event: CopyEvent): void {
    if (event.type === "start") this.#start(event);
    else if (event.type === "progress") this.#progress(event);
    else if (event.type === "summary") this.#summary(event);
    else if (event.outcome === "failed") {
      this.#clear();
      this.#output.data(`failed     ${printable(event.path)}: ${printable(event.message ?? "")} (${event.code})`);
    }
  }

  failed(name: string, error: AppError): void {
    this.#output.complain(`${printable(name)}:`);
    this.#output.tell(error);
  }

  #start({ name, first, place, sameDisk, files, bytes }: Extract<CopyEvent, { type: "start" }>): void {
    const what = files === 0 ? "nothing new" : `${plural(files, "file")}, ${formatBytes(bytes)}`;
    this.#output.say(`${printable(name)}: ${printable(first)} to ${printable(place)}: ${what}.`);
    if (sameDisk) this.#output.say("Both lie on one disk: that is one disk, and no second.");
  }

  #progress({ files, bytes, totalFiles, totalBytes }: Extract<CopyEvent, { type: "progress" }>): void {
    if (this.#host.stderr.isTTY !== true || this.#output.quiet) return;
    const done = `${formatCount(files)} of ${plural(totalFiles, "file")}`;
    this.#host.stderr.write(`\r\x1b[2KCopying ${done}, ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`);
  }

  #clear(): void {
    if (this.#host.stderr.isTTY === true && !this.#output.quiet) this.#host.stderr.write("\r\x1b[2K");
  }

  #summary(summary: CopySummary): void {
    this.#clear();
    for (const line of summaryLines(summary)) this.#output.say(line);
    const { stoppedBy } = summary;
    if (!stoppedBy) return;
    this.#output.complain(`✗ ${printable(stoppedBy.message)}`);
    this.#output.complain(`  ${printable(stoppedBy.remedy)}`);
    this.#output.complain(`  (${stoppedBy.code})`);
  }
}

/** What a person wants to know of it, the most important last. */
function summaryLines(summary: CopySummary): string[] {
  const { copied, present, moved, extras, missingInFirst, gone, kept, linksLeftOut, ownFiles, sizeOnly } = summary;
  const did = [
    `${plural(copied.files, "file")} copied (${formatBytes(copied.bytes)})`,
    `${formatCount(present)} there already`,
    ...(moved > 0 ? [`${formatCount(moved)} renamed as in the first`] : []),
    ...(extras > 0 ? [`${plural(extras, "sidecar or album entry", "sidecars and album entries")} made`] : []),
  ];
  const lines = [`${did.join(", ")}, in ${formatDuration(summary.seconds)}.`];
  const tell = (count: number, text: string): void => void (count > 0 && lines.push(text));
  tell(
    gone.count,
    `${plural(gone.count, "file is", "files are")} in the copy and no longer in the first. They stay: ${some(gone)}`,
  );
  tell(
    missingInFirst.count,
    `${plural(missingInFirst.count, "file is", "files are")} missing in the first: ${some(missingInFirst)}`,
  );
  tell(
    kept.count,
    `${plural(kept.count, "sidecar or album entry", "sidecars and album entries")} left as they are, because another program wrote there: ${some(kept)}`,
  );
  tell(linksLeftOut, `${plural(linksLeftOut, "album entry", "album entries")} left out: this disk has no links.`);
  tell(
    ownFiles,
    `${plural(ownFiles, "file")} came to the copy from a phone directly, and not to the first. They stay.`,
  );
  tell(sizeOnly, `${plural(sizeOnly, "file")} never had a hash recorded; only the size is compared.`);
  const left = summary.failures.length + summary.moreFailures;
  tell(left, `${plural(left, "file")} could not be copied.`);
  if (summary.ok)
    lines.push(
      `${printable(summary.name)} is complete: ${plural(summary.files, "file")}, ${formatBytes(summary.bytes)}.`,
    );
  return lines;
}

function some({ count, paths }: { readonly count: number; readonly paths: readonly string[] }): string {
  const named = paths.slice(0, 3).map(printable).join(", ");
  return count > 3 ? `${named} and ${formatCount(count - 3)} more.` : `${named}.`;
}
