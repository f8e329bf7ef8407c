/** `offroll config`: values, where each comes from, and where every file of ours lies. */

import { parseJpeg, parseMp4 } from "../../app/copy-forms.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { wishFor } from "../../app/session.ts";
import { type ConfigKey, parseDuration, parseVerify, resolveSetting, settings } from "../../app/settings/index.ts";
import { toAppError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { PathTemplate } from "../../transfer/plan/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommonFlags } from "../command-flags.ts";
import { table } from "../output.ts";

export async function configCommand(context: Host, flags: CommonFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output, config, paths } = session;
  const values = (Object.keys(settings) as ConfigKey[]).map((key) => {
    const setting = resolveSetting(key, wishFor(flags, key), context, config);
    return { key, ...setting, about: settings[key].about, problem: problemWith(key, setting.value) };
  });
  if (output.json) {
    output.document({
      values: values.map(({ key, value, origin, problem }) => ({
        key,
        value: value ?? null,
        origin,
        ...(problem === undefined ? {} : { problem }),
      })),
      backups: config.backups ?? {},
      files: paths,
    });
    return exitCodes.complete;
  }
  const rows = values.map((v) => [v.key, printable(v.value ?? "-"), `(${v.origin})`, v.problem ?? v.about]);
  for (const line of table(rows, output.width())) output.data(line);
  for (const [udid, b] of Object.entries(config.backups ?? {}))
    output.data(`backup of ${printable(b.name ?? udid)}  ${printable(b.path)}`);
  output.data(`config file   ${paths.configFile}`);
  output.data(`pair records  ${paths.recordFolder} (only those usbmuxd does not keep)`);
  output.data(
    `libraries     ${paths.cacheFolder}/library (copies of phones' photo databases; delete them when you like)`,
  );
  output.data("catalogs      .offroll in each destination");
  output.data(
    `destinations  ${paths.dataFolder}/destinations (where photos were copied to, and how the last runs ended)`,
  );
  return exitCodes.complete;
}

/** A value that a run would refuse is told here as it would be there. */
function problemWith(key: ConfigKey, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    if (key === "template") new PathTemplate(value);
    if (key === "verify") parseVerify(value);
    if (key === "wait") parseDuration(value);
    if (key === "jpeg") parseJpeg(value);
    if (key === "mp4") parseMp4(value);
    return undefined;
  } catch (error) {
    return `not usable: ${toAppError(error).message}`;
  }
}
