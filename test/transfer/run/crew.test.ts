import { expect, test } from "vitest";
import { Crew } from "../../../src/transfer/run/crew.ts";

/** Workers that end when they are let. */
function crewOf(most: number, idle: { ms: number | undefined }, time: { now: number }) {
  const end = Promise.withResolvers<void>();
  const crew = new Crew(
    () => end.promise,
    most,
    () => idle.ms,
    () => time.now,
  );
  return { crew, end };
}

test("more take part while nothing is asked of the phone, and never more than it bears", async () => {
  const [idle, time] = [{ ms: 0 }, { now: 0 }];
  const { crew, end } = crewOf(40, idle, time);
  const work = crew.work();
  expect(crew.size).toBe(16);
  time.now = 10;
  idle.ms = 9;
  crew.look();
  expect(crew.size).toBe(16);
  time.now = 20;
  crew.look();
  expect(crew.size).toBe(32);
  // The second look is not as soon.
  time.now = 40;
  idle.ms = 29;
  crew.look();
  expect(crew.size).toBe(32);
  time.now = 300;
  idle.ms = 9;
  crew.look();
  expect(crew.size).toBe(32);
  time.now = 500;
  idle.ms = 100;
  crew.look();
  expect(crew.size).toBe(40);
  end.resolve();
  await work;
});

test("where it is not known what is asked, all take part; one that fails ends the work", async () => {
  const { crew, end } = crewOf(8, { ms: undefined }, { now: 0 });
  const work = crew.work();
  expect(crew.size).toBe(8);
  end.reject(new Error("no"));
  await expect(work).rejects.toThrow("no");
});
