/** Disks that are mounted and unmounted. */
import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import type { Clock } from "../../shared/clock.ts";
import { findProgram } from "../../shared/program.ts";
import type { Source, Tell } from "./source.ts";

/** Where nothing tells, as on Windows. */
const lookMs = 15_000;
const volumes = "/Volumes";

export function mountSource(platform: NodeJS.Platform, clock: Clock): Source {
  return {
    name: "mounts",
    async follow(tell, signal) {
      const findmnt = platform === "linux" ? findProgram("findmnt") : undefined;
      if (findmnt) await followFindmnt(findmnt, tell, signal);
      else if (platform === "darwin" && existsSync(volumes)) await followFolder(volumes, tell, signal);
      else await lookNowAndThen(clock, tell, signal);
    },
  };
}

/** util-linux' own program sleeps in the kernel until a mount changes, and prints a line for each. It ends with us: its pipe does. */
async function followFindmnt(program: string, tell: Tell, signal: AbortSignal): Promise<void> {
  const child = spawn(program, ["--poll=mount,umount,move,remount", "-n", "-o", "ACTION"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const stop = (): void => void child.kill();
  signal.addEventListener("abort", stop, { once: true });
  child.on("error", () => resolve());
  child.on("close", () => resolve());
  child.stdout.on("data", () => tell({ type: "places-changed" }));
  await ended;
  signal.removeEventListener("abort", stop);
}

async function followFolder(folder: string, tell: Tell, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => tell({ type: "places-changed" }));
  watcher.on("error", () => resolve());
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  watcher.close();
}

async function lookNowAndThen(clock: Clock, tell: Tell, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookMs, { signal }).catch(() => {});
    if (!signal.aborted) tell({ type: "places-changed" });
  }
}
