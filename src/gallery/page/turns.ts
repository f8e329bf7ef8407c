/** Work cut into turns, so that what a person does meanwhile is answered between two of them. */

/** A turn ends after so long, in milliseconds: with a frame of sixteen there is room for drawing it. */
const turnMs = 6;

/** Waits until what is in the page was drawn; in a window that is not seen nothing is, and then it waits a little. */
export async function afterDrawing(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 250);
    requestAnimationFrame(() => setTimeout(resolve, 0));
  });
}

/** Until others had their turn. */
export async function nextTurn(): Promise<void> {
  const { scheduler } = window as { scheduler?: { yield?: () => Promise<void> } };
  if (scheduler?.yield) return await scheduler.yield();
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Goes through all steps of a work, a few in each turn. @returns undefined where it is wanted no more */
export async function inTurns<T>(
  steps: Generator<void, T, undefined>,
  isWanted: () => boolean,
): Promise<T | undefined> {
  for (let ends = performance.now() + turnMs; ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() < ends) continue;
    await nextTurn();
    if (!isWanted()) return undefined;
    ends = performance.now() + turnMs;
  }
}
