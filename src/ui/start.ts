/** The terminal UI's front door. Ink and React are loaded here and nowhere else. */
import { join } from "node:path";
import type { AutosaveDesk } from "../app/autosave-desk.ts";
import type { Host } from "../app/host.ts";
import { type ConfigKey, graphicsModes, pathsFor, readConfig, resolveSetting } from "../app/settings/index.ts";
import { throwIfAborted } from "../shared/abort.ts";
import { UsageError } from "../shared/errors.ts";
import { mouseAction, mouseOff, mouseOn } from "./mouse.ts";
import { withoutMouse } from "./mouse-input.ts";
import { askTerminal } from "./pictures/ask-terminal.ts";
import { chooseGraphics, type GraphicsMode } from "./pictures/terminal-graphics.ts";
import { initialConnect } from "./state.ts";

/** Bytes of previews kept on this computer. */
const previewCacheBytes = 200_000_000;

/** Flags of the UI, as typed. */
export interface UiFlags {
  readonly graphics?: string | undefined;
  /** The phone to open, by a part of its name, UDID or serial number; the only one there is otherwise. */
  readonly device?: string | undefined;
}

/** Runs until the person quits; without a desk nothing is said of auto-save. Returns the exit code; the terminal is as it was. */
export async function startUi(context: Host, flags: UiFlags = {}, desk?: AutosaveDesk): Promise<number> {
  const setting = settingsOf(context);
  const wanted = graphicsMode(setting, flags.graphics);
  // The terminal answers while the rest is loaded.
  const asked = askTerminal(context, wanted);
  const [
    { mount },
    { Painter },
    { frameStream, pasteOn, pasteOff },
    { createStore },
    { Effects },
    { PictureStore },
    { PreviewCache },
    { Decoder },
    { wantedPictures },
  ] = await Promise.all([
    import("./mount.tsx"),
    import("./painter/painter.ts"),
    import("./painter/frame-stream.ts"),
    import("./store.ts"),
    import("./effects/effects.ts"),
    import("./pictures/picture-store.ts"),
    import("../library/preview-cache.ts"),
    import("../media/decoder.ts"),
    import("./selectors.ts"),
  ]);
  const screen = context.stdout as Parameters<typeof frameStream>[1];
  const { columns = 80, rows = 24 } = screen;
  const graphics = chooseGraphics(wanted, await asked, context.env, { columns, rows });
  const cache = new PreviewCache(join(pathsFor(context).cacheFolder, "previews"), previewCacheBytes);
  const write = (text: string): void => void context.stdout.write(text);
  await using pictures = new PictureStore(graphics, new Decoder(), cache, write);
  let quit: () => void = () => {};
  let effects: InstanceType<typeof Effects> | undefined;
  const store = createStore((effect) => effects?.run(effect), {
    ...initialConnect,
    wanted: setting("device", flags.device),
  });
  await using work = new Effects(context, store.dispatch, () => quit(), { pictures, desk });
  effects = work;
  store.subscribe(() => pictures.want(wantedPictures(store.getState())));
  const stdin = withoutMouse(context.stdin, (report) => {
    const action = mouseAction(store.getState(), report);
    if (action) store.dispatch(action);
  });
  const painter = new Painter(write, pictures.drawing);
  const restore = (): void => {
    if (painter.close()) write(mouseOff + pasteOff);
  };
  // Whatever ends the program: the shell gets its screen back, and is not sent the mouse.
  context.atExit(restore);
  // Ctrl-C while all this was loaded: from here on it is a key.
  throwIfAborted(context.signal);
  painter.open();
  write(mouseOn + pasteOn);
  const ui = mount(store, pictures, stdin, frameStream(painter, screen));
  quit = () => ui.unmount();
  context.signal.addEventListener("abort", quit, { once: true });
  void work.watch().catch((error) => ui.unmount(error));
  try {
    await ui.waitUntilExit();
  } finally {
    restore();
  }
  return 0;
}

function graphicsMode(
  setting: (key: ConfigKey, flag: string | undefined) => string | undefined,
  flag?: string,
): GraphicsMode {
  const value = setting("graphics", flag);
  const mode = graphicsModes.find((m) => m === value);
  if (!mode) throw new UsageError("usage", `--graphics must be one of ${graphicsModes.join(", ")}; got "${value}".`);
  return mode;
}

/** What a flag, the environment or the file says. A file that cannot be read is told by the UI itself. */
function settingsOf(context: Host): (key: ConfigKey, flag: string | undefined) => string | undefined {
  let config = {};
  try {
    config = readConfig(pathsFor(context).configFile);
  } catch {
    // The effects say it.
  }
  return (key, flag) => resolveSetting(key, flag, context, config).value;
}
