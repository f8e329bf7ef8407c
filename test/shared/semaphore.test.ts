import { expect, test } from "vitest";
import { openedUnlessAborted } from "../../src/shared/abort.ts";
import { Semaphore } from "../../src/shared/async.ts";

test("who leaves the queue of a semaphore gives its place up, and no turn is lost", async () => {
  const turn = new Semaphore(1);
  const release = await turn.acquire();
  const left = new AbortController();
  const order: string[] = [];
  const second = turn.acquire(left.signal).catch(() => order.push("left"));
  const third = turn.acquire().then((next) => {
    order.push("third");
    return next;
  });
  left.abort();
  await second;
  release();
  (await third)();
  (await turn.acquire())();
  expect(order).toEqual(["left", "third"]);
});

test("a turn that comes in the moment somebody leaves goes to the next", async () => {
  const turn = new Semaphore(1);
  const release = await turn.acquire();
  const left = new AbortController();
  const second = turn.acquire(left.signal);
  const third = turn.acquire();
  left.abort();
  release();
  await expect(second).rejects.toMatchObject({ code: "cancelled" });
  (await third)();
  await turn.acquire();
});

test("what opens after nobody waits for it any more is closed", async () => {
  const opening = Promise.withResolvers<AsyncDisposable>();
  const leave = new AbortController();
  const waiting = openedUnlessAborted(opening.promise, leave.signal);
  leave.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  const closed = Promise.withResolvers<void>();
  opening.resolve({ [Symbol.asyncDispose]: async () => closed.resolve() });
  await closed.promise;
});
