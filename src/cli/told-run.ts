/** A run as a command shows it: opened, told, asked about once, carried out, and ended with an exit code. */

import { type OpenRun, openRun, type RunWishes } from "../app/export-run.ts";
import { exitCodes } from "../app/host.ts";
import { confirm } from "../app/voice.ts";
import type { MediaSource } from "../device/media-source.ts";
import { systemWords } from "../present/device-words.ts";
import { alikeWords, planWords } from "../present/plan-words.ts";
import { availabilityWords } from "../present/summary-lines.ts";
import { toAppError } from "../shared/errors.ts";
import { plural, printable } from "../shared/text.ts";
import type { DestinationFolder } from "../transfer/destination/index.ts";
import type { TransferEvent } from "../transfer/events.ts";
import type { CliSession } from "./cli-session.ts";
import { exitCodeOf } from "./output.ts";
import { dryRunSummary, planJson, showDryRun } from "./printers/plan-report.ts";
import { ReportFile } from "./printers/report-file.ts";
import { JsonReport } from "./printers/report-json.ts";
import { TextReport, whileWaiting } from "./printers/report-text.ts";
import { runEnd } from "./printers/run-end.ts";

/** What is shown and asked besides the run itself. */
export interface Telling {
  /** A file that a report is written to. */
  readonly report?: string;
  /** A dry run names every file. */
  readonly verbose?: boolean;
  /** What is chosen and not on the phone counts as a failure. */
  readonly requireComplete?: boolean;
  /** Nothing is asked. */
  readonly yes?: boolean;
}

/** More than this is asked about once, on a terminal. */
const askFromBytes = 1e9;

/**
 * @param wishes worked out here, so that what is wrong with them ends as a run's other failures do
 * @returns the exit code. What ends the run is told as JSON where that is wanted, and thrown otherwise.
 */
export async function toldRun(session: CliSession, wishes: () => RunWishes, telling: Telling): Promise<number> {
  const json = new JsonReport(session.context, session.output);
  try {
    return await new ToldRun(session, telling, json).run(wishes());
  } catch (error) {
    const reason = toAppError(error);
    if (!session.output.json) throw reason;
    json.failed(reason);
    session.output.tell(reason);
    return exitCodeOf(reason);
  }
}

class ToldRun {
  readonly #session: CliSession;
  readonly #telling: Telling;
  readonly #json: JsonReport;
  readonly #text: TextReport;
  #report: ReportFile | undefined;

  constructor(session: CliSession, telling: Telling, json: JsonReport) {
    this.#session = session;
    this.#telling = telling;
    this.#json = json;
    this.#text = new TextReport(session.context, session.output);
  }

  async run(wishes: RunWishes): Promise<number> {
    const { output } = this.#session;
    await using run = await openRun(
      this.#session,
      { ...wishes, asks: this.#telling.yes !== true },
      {
        onPlace: (folder) => this.#openReport(folder),
        onPhone: (source, folder) => this.#sayWay(source, folder),
        onListing: output.json ? undefined : (progress) => this.#text.listing(progress),
        onPhoneWait: (error) => {
          this.#text.clear();
          output.say(`${printable(error.message)} Waiting for it. ${whileWaiting(error.remedy)}`);
        },
        onLockWait: (holder) => output.say(`Waiting for ${holder}, which is writing there.`),
      },
    );
    this.#text.clear();
    this.#sayPlan(run);
    if (run.request.dryRun) return this.#dryRun(run);
    if (!(await this.#mayGoAhead(run))) {
      await run.transfer.discard();
      output.say("Nothing was copied.");
      return exitCodes.cancelled;
    }
    return await this.#tellRun(run);
  }

  #openReport(folder: DestinationFolder | undefined): void {
    const { report } = this.#telling;
    if (report === undefined) return;
    const made = folder ? [folder.root, folder.typed] : [];
    this.#report = new ReportFile(this.#session.context, report, made);
  }

  #sayWay({ device }: MediaSource, folder: DestinationFolder): void {
    const { output } = this.#session;
    this.#text.noun = device.noun;
    if (output.json) return;
    const about = [printable(device.model), systemWords(device)].filter(Boolean).join(", ");
    output.say(`${printable(device.name)} (${about}) → ${folder.root}`);
    if (folder.cloudService)
      output.say(
        `Note: ${folder.root} seems to be watched by ${folder.cloudService}; what is copied here is uploaded too.`,
      );
  }

  /** Up front: what there is, what of it this cable can bring, and what is done otherwise than the last time. */
  #sayPlan({ transfer, folder, source, request }: OpenRun): void {
    const { output } = this.#session;
    if (output.json) {
      this.#json.event(planJson(transfer, { folder, device: source.device }, request.dryRun));
      return;
    }
    const { knowledge, availability } = transfer.plan;
    const { noun } = source.device;
    if (knowledge.source !== "tree") output.say(`${availabilityWords(availability, noun)}.`);
    else if (knowledge.why !== undefined)
      output.say(
        `Without the ${noun}'s photo library, because ${printable(knowledge.why)}: every file is taken, albums are not known.`,
      );
    if (transfer.readAnew > 0)
      output.say(
        `${plural(transfer.readAnew, "file")} seen before ${transfer.readAnew === 1 ? "was" : "were"} read anew: this version finds dates and places that earlier ones missed.`,
      );
    if (transfer.removedHere > 0) output.say(removedWords(transfer.removedHere, folder));
    const alike = request.dryRun ? undefined : alikeWords(transfer.plan);
    if (alike) output.say(alike);
  }

  #dryRun({ transfer, folder, source, request }: OpenRun): number {
    if (this.#session.output.json)
      this.#json.summary(dryRunSummary(transfer, folder, request.verify), { exitCode: exitCodes.complete });
    else
      showDryRun(this.#session, transfer, folder, {
        noun: source.device.noun,
        everyFile: this.#telling.verbose === true,
      });
    return exitCodes.complete;
  }

  async #mayGoAhead({ transfer, folder, request }: OpenRun): Promise<boolean> {
    const { plan, freeBytes } = transfer;
    const worthAsking = plan.toCopy.items > 0 && (folder.isNew || plan.toCopy.bytes > askFromBytes);
    if (this.#telling.yes || request.kind === "backup" || !worthAsking || !this.#session.interactive) return true;
    this.#session.output.say(planWords(plan, freeBytes));
    return await confirm(this.#session.voice, `Copy to ${folder.root}?`, true);
  }

  async #tellRun(run: OpenRun): Promise<number> {
    const { output } = this.#session;
    const { summary, unremembered } = await run.runToEnd((event) => this.#event(event));
    const end = runEnd(summary, run.source.device.noun, this.#telling.requireComplete === true);
    if (output.json) {
      this.#json.summary(summary, end);
      this.#text.failures(summary);
    } else this.#text.summary(summary);
    for (const line of unremembered) output.complain(line);
    this.#report?.write(summary);
    if (end.error?.code === "items-not-on-phone")
      output.complain(`--require-complete: ${end.error.message} This run counts as incomplete.`);
    return end.exitCode;
  }

  /** The summary is told when the run has put everything away. */
  #event(event: TransferEvent): void {
    this.#report?.event(event);
    if (event.type === "summary") return;
    if (this.#session.output.json) this.#json.event(event);
    else this.#text.event(event);
  }
}

/** Told by the run that copies them again, and by no later one. */
function removedWords(count: number, folder: DestinationFolder): string {
  const were = count === 1 ? "was" : "were";
  const again = count === 1 ? "it is" : "they are";
  return `${plural(count, "file")} ${were} removed here since: ${again} copied again. To leave ${count === 1 ? "it" : "them"} out: \`offroll ignore --removed --in "${folder.root}"\`.`;
}
