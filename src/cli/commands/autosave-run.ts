/** `offroll autosave run`: the watcher. Loads nothing beside it: it stays for weeks, and each run is a process of its own. */
import type { Host } from "../../app/host.ts";
import type { autosaveRunFlags, CommandFlags } from "../command-flags.ts";

export async function autosaveRun(host: Host, flags: CommandFlags<typeof autosaveRunFlags>): Promise<number> {
  if (flags.once) return await (await import("./autosave-once.ts")).autosaveOnce(host, flags);
  const [{ watch }, { printable }] = await Promise.all([
    import("../../autosave/watch.ts"),
    import("../../shared/text.ts"),
  ]);
  await watch(host, {
    show: async (notice, plan, name) => {
      const { notifier } = await import("../../autosave/notify/index.ts");
      return await notifier(host).show(notice, plan, name);
    },
    say: (line) => void (flags.quiet || host.stdout.write(`${printable(line)}\n`)),
  });
  return 0;
}
