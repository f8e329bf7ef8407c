/** The export that the sheet asked for, from the look at its place to what came of it. */
import type { ExportSettings } from "../../app/export-choices.ts";
import { openRun, type RunWishes, wishesOfSheet } from "../../app/export-run.ts";
import { placesKnownTo } from "../../app/remembered-places.ts";
import type { Session } from "../../app/session.ts";
import type { MediaSource } from "../../device/media-source.ts";
import { stoppedEarly } from "../../present/progress-words.ts";
import { summaryLines } from "../../present/summary-lines.ts";
import { toAppError } from "../../shared/errors.ts";
import { noStyle } from "../../shared/style.ts";
import { printable } from "../../shared/text.ts";
import { inspectInThread } from "../../transfer/check/index.ts";
import type { DestinationFolder } from "../../transfer/destination/index.ts";
import type { TransferEvent } from "../../transfer/events.ts";
import { Pause } from "../../transfer/index.ts";
import { verdictFirst } from "../run-words.ts";
import type { ExportAnswers } from "../state.ts";
import type { Phone } from "./phone.ts";
import type { Room } from "./room.ts";

/** As it stands in the history. */
const command = "offroll (terminal UI)";

export class Export {
  readonly #room: Room;
  readonly #phone: Phone;
  #running: AbortController | undefined;
  #pause = new Pause();

  constructor(room: Room, phone: Phone) {
    this.#room = room;
    this.#phone = phone;
  }

  pause(isPaused: boolean): void {
    this.#pause.set(isPaused);
  }

  cancel(): void {
    this.#running?.abort();
  }

  async start(sheet: ExportSettings, ids: readonly string[], answers: ExportAnswers): Promise<void> {
    const { source } = this.#phone;
    if (!source) return;
    const { dispatch, pictures } = this.#room;
    this.#running = new AbortController();
    this.#pause = new Pause();
    pictures.busy = true;
    const session = this.#room.session(AbortSignal.any([this.#room.signal, this.#running.signal]));
    try {
      const folder = await this.#placeOf(session, sheet, answers);
      if (answers.takeOver) this.#room.autosave?.takeOver(source.device.id);
      if (folder) await this.#run(session, this.#wishes(session, source, sheet, ids, answers), { folder, answers });
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code === "cancelled") dispatch({ type: "finished", lines: ["", stoppedEarly] });
      else if (code === "destination-in-use" && this.#isAutosaves(source, sheet)) {
        const question = { about: "takeOver", answered: answers } as const;
        dispatch({ type: "exportFailed", message: "Auto-save copies this phone there now.", question });
      } else if (code === "lock-stale") {
        const question = { about: "breakLock", answered: answers } as const;
        dispatch({ type: "exportFailed", message: printable(message), question });
      } else dispatch({ type: "exportFailed", message: `${printable(message)} ${remedy}` });
    } finally {
      this.#running = undefined;
      pictures.busy = false;
    }
  }

  /** Whether it is auto-save that writes there. */
  #isAutosaves({ device }: MediaSource, sheet: ExportSettings): boolean {
    const to = this.#room.autosave?.look(device.id).copyingTo;
    return to !== undefined && to === this.#room.full(sheet.destination);
  }

  #wishes(
    session: Session,
    source: MediaSource,
    sheet: ExportSettings,
    ids: readonly string[],
    answers: ExportAnswers,
  ): RunWishes {
    const wishes = wishesOfSheet(session, sheet, { ids: new Set(ids) });
    return {
      ...wishes,
      // The run that is taken over ends in order first.
      ...(answers.takeOver ? { choices: { ...wishes.choices, waitForLock: true } } : {}),
      phone: { source, roll: this.#phone.roll },
      remember: !this.#room.isDemo,
      command,
      pause: this.#pause,
    };
  }

  /** Looked at from another thread. @returns undefined where it is doubted, and a person has not answered for it: that is asked */
  async #placeOf(
    session: Session,
    sheet: ExportSettings,
    answers: ExportAnswers,
  ): Promise<DestinationFolder | undefined> {
    const { cwd, signal } = session.context;
    const remembered = answers.newDestination ? [] : placesKnownTo(session.config, session.paths.dataFolder);
    const path = this.#room.full(sheet.destination);
    const { folder, doubt } = await inspectInThread({ path, cwd, copied: false, remembered }, { signal });
    if (doubt === undefined) return folder;
    const question = { about: "newDestination", answered: answers } as const;
    this.#room.dispatch({ type: "exportFailed", message: printable(doubt), question });
    return undefined;
  }

  async #run(
    session: Session,
    wishes: RunWishes,
    { folder, answers }: { readonly folder: DestinationFolder; readonly answers: ExportAnswers },
  ): Promise<void> {
    await using run = await openRun(session, {
      ...wishes,
      destination: folder,
      newDestination: answers.newDestination === true,
      breakLock: () => answers.breakLock === true,
    });
    const { summary, unremembered } = await run.runToEnd((event) => this.#tell(event));
    const lines = verdictFirst(summaryLines(summary, noStyle, run.source.device.noun));
    const isOffered = summary.ok && this.#room.autosave?.offerOnce(run.source.device.id) === true;
    this.#room.dispatch({
      type: "finished",
      lines: [...lines, ...unremembered.flatMap((line) => ["", line])],
      ...(isOffered ? { offer: true } : {}),
    });
  }

  #tell(event: TransferEvent): void {
    const { dispatch } = this.#room;
    if (event.type === "progress" || event.type === "waiting" || event.type === "resumed" || event.type === "making")
      dispatch(event);
    if (event.type === "item" && event.outcome === "failed")
      dispatch({ type: "failure", line: `${printable(event.path)}: ${printable(event.message ?? "")}` });
  }
}
