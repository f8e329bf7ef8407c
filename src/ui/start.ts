/** The terminal UI's front door. Everything of it is loaded here and nowhere else. */
import type { CliContext } from "../cli/context.ts";

export async function startUi(context: CliContext): Promise<number> {
  context.stderr.write("The terminal UI is not built yet. `offroll --help` shows the commands.\n");
  return 2;
}
