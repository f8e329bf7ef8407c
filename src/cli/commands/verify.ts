/** `offroll verify DIR`: is every copied file whole, and is everything on the phone among them? */

import { openFolder } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { comparePhone } from "../../app/phone-comparison.ts";
import { onThe } from "../../device/media-source.ts";
import { formsLines, sizeOnlyWords, verifyLines } from "../../present/verify-words.ts";
import { type AppError, UsageError, verdictJson } from "../../shared/errors.ts";
import { formatCount, plural, printable } from "../../shared/text.ts";
import { type Finding, keepFindings, verifyDestination } from "../../transfer/check/index.ts";
import { openPlace } from "../../transfer/destination/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, verifyFlags } from "../command-flags.ts";
import { comparisonJson, phoneLines } from "../printers/phone-comparison.ts";
import { repair } from "../repair.ts";

export async function verify(context: Host, path: string, flags: CommandFlags<typeof verifyFlags>): Promise<number> {
  if (flags.from !== undefined && !flags.repair)
    throw new UsageError("usage", "--from names where --repair takes good files from: give both.");
  await using session = new CliSession(context, flags);
  const { output } = session;
  const { folder, catalog } = await openFolder(session, path);
  using _catalog = catalog;
  await using destination = openPlace(folder).destination(undefined);
  const moving = context.stderr.isTTY === true && !output.quiet && !output.json;
  const findings: Finding[] = [];
  const keep = async (): Promise<AppError | undefined> =>
    await keepFindings(folder, findings, {
      clock: context.clock,
      pid: context.pid,
      dataFolder: session.paths.dataFolder,
      breakLock: breakLockAsked(session, flags),
    });
  const result = await verifyDestination(catalog, destination, {
    signal: context.signal,
    onFinding: (finding) => findings.push(finding),
    onProgress: (done, total) => {
      if (moving) context.stderr.write(`\r\x1b[2KChecking ${formatCount(done)} of ${formatCount(total)}`);
    },
  }).catch(async (error: unknown) => {
    await keep(); // what was read before it was stopped
    throw error;
  });
  if (moving) context.stderr.write("\r\x1b[2K");
  const notKept = await keep();
  if (!output.json)
    for (const p of result.problems)
      output.data(`${p.problem.padEnd(10)} ${printable(p.target)}: ${printable(p.detail)}`);
  if (flags.repair && notKept) throw notKept;
  const repaired = flags.repair ? await repair(session, folder, flags) : [];
  const mended = new Set(repaired.map((r) => r.target));
  const broken = new Set(result.problems.map((p) => p.target).filter((target) => !mended.has(target)));
  const onHashed = (done: number): void => {
    if (moving) context.stderr.write(`\r\x1b[2KThe device compares: ${plural(done, "file")}`);
  };
  const isWhole = (target: string): boolean => !broken.has(target);
  const phone = flags.againstPhone ? await comparePhone(session, catalog, isWhole, onHashed) : undefined;
  if (moving && phone) context.stderr.write("\r\x1b[2K");
  const ok = broken.size === 0 && (phone === undefined || phone.complete);
  if (output.json)
    output.document({
      ...verdictJson(
        broken.size > 0 ? "copy-damaged" : ok ? undefined : "backup-incomplete",
        broken.size > 0
          ? "Copied files are not whole."
          : `Not everything ${phone === undefined ? "there" : onThe(phone.noun)} is here.`,
      ),
      ok,
      destination: folder.root,
      ...result,
      reread: result.reread ?? null,
      noted: notKept === undefined,
      ...(flags.repair
        ? { repaired: repaired.map(({ target, from, aside }) => ({ target, from, aside: aside ?? null })) }
        : {}),
      ...(phone ? { againstPhone: comparisonJson(phone) } : {}),
    });
  else {
    if (result.unreadableFolders.length > 0)
      output.say(
        `not read   ${result.unreadableFolders.map(printable).join(", ")}: not looked into for files of others`,
      );
    for (const path of result.foreign) output.say(`not ours   ${printable(path)}`);
    for (const path of phone?.different ?? []) output.data(`differs    ${printable(path)}`);
    for (const path of phone?.notHere ?? []) output.data(`not here   ${printable(path)}`);
    if (phone) for (const line of phoneLines(phone)) output.say(line);
    const mending = { broken: broken.size, repaired: repaired.length, tried: flags.repair === true, path };
    for (const path of result.forms.changed) output.say(`changed    ${printable(path)} (a copy in another form)`);
    for (const line of [...verifyLines(result, mending), ...formsLines(result.forms)]) output.say(line);
    if (notKept)
      output.say(
        `What was found is not kept in the catalog: ${printable(notKept.message)}${notKept.code === "lock-stale" ? ` ${notKept.remedy}` : ""}`,
      );
    if (result.sizeOnly > 0) output.say(sizeOnlyWords(result.sizeOnly));
  }
  return ok ? exitCodes.complete : exitCodes.someFailed;
}
