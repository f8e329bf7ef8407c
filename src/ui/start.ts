/** The terminal UI's front door. Ink and React are loaded here and nowhere else. */
import type { CliContext } from "../cli/context.ts";

/** Runs until the person quits. Returns the exit code; the terminal is as it was. */
export async function startUi(context: CliContext): Promise<number> {
  const [{ mount }, { createStore }, { Effects }] = await Promise.all([
    import("./mount.tsx"),
    import("./store.ts"),
    import("./effects.ts"),
  ]);
  let quit: () => void = () => {};
  let effects: InstanceType<typeof Effects> | undefined;
  const store = createStore((effect) => effects?.run(effect));
  await using work = new Effects(context, store.dispatch, () => quit());
  effects = work;
  const ui = mount(store);
  quit = () => ui.unmount();
  context.signal.addEventListener("abort", quit, { once: true });
  void work.watch().catch((error) => ui.unmount(error));
  await ui.waitUntilExit();
  return 0;
}
