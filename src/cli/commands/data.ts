/** `offroll data`: what a phone's backup has besides photos. */
import { exitCodes, type Host } from "../../app/host.ts";
import { openData } from "../../app/phone-data.ts";
import { DataBrowser, type KindSummary } from "../../phone-data/index.ts";
import { localDay, localMinute } from "../../shared/local-time.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, dataFlags } from "../command-flags.ts";
import { table } from "../output.ts";

export async function data(host: Host, flags: CommandFlags<typeof dataFlags>): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  await using opened = await openData(session, flags);
  await using browser = new DataBrowser(opened.files, opened.privately, host);
  const kinds: KindSummary[] = [];
  for await (const summary of browser.summaries()) kinds.push(summary);
  const { device, takenAt, isEncrypted } = opened.files;
  const code = kinds.some(({ problems }) => problems.length > 0) ? exitCodes.someFailed : exitCodes.complete;
  if (output.json) {
    output.document({
      from: opened.from,
      device: {
        id: device.id ?? null,
        name: device.name,
        productType: device.productType ?? null,
        osVersion: device.osVersion ?? null,
      },
      takenAt: takenAt?.toISOString() ?? null,
      encrypted: isEncrypted,
      kinds,
    });
    return code;
  }
  output.say(
    `${printable(device.name) || "A phone"}${device.osVersion === undefined ? "" : `, iOS ${printable(device.osVersion)}`}${takenAt ? `, as of ${localMinute(takenAt)}` : ""}`,
  );
  output.say(printable(opened.from));
  output.say();
  for (const line of table(kinds.map(rowOf), output.width(), [1])) output.data(line);
  for (const { kind, problems } of kinds)
    for (const problem of problems) output.complain(`${kind}: ${printable(problem)}`);
  if (!isEncrypted)
    output.say(
      "\nThis backup is not encrypted: a phone keeps calls, health and Safari's history out of such a one. They come once encryption is on.",
    );
  output.say("\n`offroll data export --to DIR` writes all of it to files that open anywhere.");
  return code;
}

function rowOf({ kind, count, files, newestAt, bytes, absent, problems }: KindSummary): string[] {
  if (absent !== undefined) return [kind, "–", absent];
  if (count === undefined) return [kind, "?", problems[0] ?? "cannot be read"];
  const words = [
    newestAt && `newest ${localDay(new Date(newestAt))}`,
    files && files.count > 0 && `${plural(files.count, "file")}, ${formatBytes(files.bytes)}`,
    bytes !== undefined && `database ${formatBytes(bytes)}`,
  ];
  return [kind, formatCount(count), words.filter(Boolean).join(" · ")];
}
