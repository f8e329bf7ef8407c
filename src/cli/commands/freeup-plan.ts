/** `offroll freeup plan`: what of the phone is proven to lie elsewhere, and why the rest stays. Nothing is deleted. */
import { exitCodes, type Host } from "../../app/host.ts";
import { wrap } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, freeupPlanFlags } from "../command-flags.ts";
import { lookForFreeup, planByFlags } from "../freeup/freeup-session.ts";
import { planJson, planLines } from "../freeup/plan-lines.ts";

export async function freeupPlan(
  host: Host,
  dir: string | undefined,
  flags: CommandFlags<typeof freeupPlanFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  await using look = await lookForFreeup(session, dir, flags.ownDisk);
  const plan = await planByFlags(session, look, flags);
  if (output.json) output.document(planJson(look, plan));
  else
    for (const line of planLines(output, look, plan)) for (const part of wrap(line, output.width())) output.data(part);
  return exitCodes.complete;
}
