/**
 * Whether there are other photos than those that the page shows. It asks when it is opened with an index of an earlier day, and when
 * somebody comes back to it, as from a terminal in which a backup was made; the server tells how far it is, and nothing is polled.
 */
import type { IndexAnswer, StartAnswer } from "../wire.ts";
import { progressWords } from "./progress-words.ts";

/** What happens meanwhile. */
export interface IndexEvents {
  /** The page is of an index that is no longer that of now. */
  readonly onRenewed: () => void;
  /** How far the next one is, in words; "" where none is made. */
  readonly onProgress: (text: string) => void;
}

/** @param start what the page was opened with */
export function watchIndex({ generation, isOlder }: StartAnswer, events: IndexEvents): void {
  let source: EventSource | undefined;
  let isRenewed = false;
  const end = (): void => {
    source?.close();
    source = undefined;
  };
  const onState = (state: IndexAnswer): void => {
    if (state.state === "making") return events.onProgress(`New photos: ${progressWords(state)}`);
    end();
    events.onProgress(state.state === "failed" ? `New photos could not be read. ${state.why}` : "");
    if (state.state !== "ready" || state.generation === generation || isRenewed) return;
    isRenewed = true;
    events.onRenewed();
  };
  const look = (): void => {
    if (source || document.visibilityState !== "visible") return;
    source = new EventSource("api/index");
    source.onmessage = (event: MessageEvent<string>) => onState(JSON.parse(event.data) as IndexAnswer);
    // The server has ended; the page's next question says so.
    source.onerror = end;
  };
  if (isOlder) look();
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
}
