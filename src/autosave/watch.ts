/** The watcher with everything real around it: what `offroll autosave run` is. It is loaded all day, so it imports little. */
import { join } from "node:path";
import { attachmentsOf } from "../app/attachments.ts";
import type { Host } from "../app/host.ts";
import { mayBeInUse } from "../app/place-in-use.ts";
import { asksFolder } from "./asks.ts";
import { childStarter } from "./child.ts";
import type { Notice } from "./events.ts";
import { autosaveFiles } from "./files.ts";
import type { JobName, JobState } from "./job.ts";
import { parseFree, parsePlaces } from "./places-look.ts";
import { type PhonePlan, readAutosave } from "./settings.ts";
import { mountSource } from "./sources/mounts.ts";
import { ownFilesSource } from "./sources/own-files.ts";
import { phoneSources } from "./sources/phones.ts";
import { isPowerLow } from "./sources/power.ts";
import { Watcher, type WatcherKit } from "./watcher.ts";
import { lockWatcher } from "./watcher-lock.ts";
import { wholeStateNow } from "./whole/duty.ts";

export interface WatchOptions {
  /** Shows a notice; `name` is what the phone calls itself, where it was asked. */
  readonly show?:
    | ((notice: Notice, plan: PhonePlan | undefined, name: string | undefined) => Promise<unknown>)
    | undefined;
  /** Lines about what it does, for whoever reads along; text from phones in them is not made printable. */
  readonly say?: ((line: string) => void) | undefined;
}

/** A job after one round. */
export interface OnceJob extends JobName {
  /** As the person named the phone. */
  readonly name: string;
  readonly state: JobState;
  /** It was stopped before everything was there. */
  readonly isUnfinished: boolean;
  /** Files; undefined where nothing ran. */
  readonly brought?: number | undefined;
}

/**
 * Watches until the host's signal fires; runs under way then end in order.
 * @throws {RunError} `autosave-running`; {UsageError} `config-invalid`
 */
export async function watch(host: Host, options: WatchOptions = {}): Promise<void> {
  using lock = lockWatcher(host);
  await new Watcher(kitOf(host, options, lock.isMine)).watch(host.signal);
}

/** What it would do now, done once; as `watch` otherwise. */
export async function runOnce(host: Host, options: WatchOptions = {}): Promise<{ readonly jobs: readonly OnceJob[] }> {
  using lock = lockWatcher(host);
  const watcher = new Watcher(kitOf(host, options, lock.isMine));
  await watcher.once(host.signal);
  const jobs = watcher.jobs.map(({ phone, copy, state, isUnfinished = false }): OnceJob => {
    const job = copy === undefined ? { phone } : { phone, copy };
    const name = watcher.settings.phones[phone]?.name ?? phone;
    return { ...job, name, state, isUnfinished, brought: watcher.brought.get(JSON.stringify(job)) };
  });
  const whole = watcher.whole.map((record): OnceJob => {
    const { phone } = record;
    const job = { phone, whole: true } as const;
    const plan = watcher.settings.phones[phone];
    const [name, state] = [plan?.name ?? phone, wholeStateNow(plan, record, host.clock.now())];
    return { ...job, name, state, isUnfinished: false, brought: watcher.brought.get(JSON.stringify(job)) };
  });
  return { jobs: [...jobs, ...whole] };
}

function kitOf(host: Host, { show, say }: WatchOptions, isMine: () => boolean): WatcherKit {
  const { clock, platform, self, env } = host;
  const { settings, state, log } = autosaveFiles(host);
  const asks = asksFolder(host);
  const look = childStarter({ self: [self[0] as string, join(host.assets, "places-main.js")], env, platform });
  return {
    clock,
    files: { state, log, asks },
    sources: [
      ...phoneSources(attachmentsOf(host)),
      mountSource(platform, clock),
      ownFilesSource("settings", { type: "settings-changed" }, { file: settings }),
      ownFilesSource("asks", { type: "asked" }, { folder: asks }),
    ],
    readSettings: () => readAutosave(settings),
    lookAtPlaces: async () => parsePlaces((await look([]).ended).lastLine),
    isFree: async (root) => !mayBeInUse(root) || parseFree((await look([root]).ended).lastLine),
    isPowerLow: async () => await isPowerLow(platform),
    startChild: childStarter({ self, env, platform }),
    show: async (notice, plan, name) => await show?.(notice, plan, name),
    say: (line) => say?.(line),
    isMine,
  };
}
