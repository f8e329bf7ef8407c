/** What `data ls` and `data show` look into: a phone's data, opened for a person's command. */
import type { Host } from "../app/host.ts";
import { openData } from "../app/phone-data.ts";
import { DataBrowser } from "../phone-data/index.ts";
import { printable } from "../shared/text.ts";
import type { CliSession } from "./cli-session.ts";

/** @throws {UsageError}; {AppError} where there is no backup, or it cannot be opened. The caller disposes it. */
export async function openBrowser(
  session: CliSession,
  flags: Parameters<typeof openData>[1],
  { signal, notePasswords = [] }: Pick<Host, "signal"> & { readonly notePasswords?: readonly string[] },
): Promise<AsyncDisposable & { readonly browser: DataBrowser }> {
  await using stack = new AsyncDisposableStack();
  const { files, privately } = stack.use(await openData(session, flags));
  const onDamage = (what: string): void => session.output.complain(printable(what));
  const browser = stack.use(new DataBrowser(files, privately, { signal, onDamage, notePasswords }));
  const disposal = stack.move();
  return { browser, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}
