/**
 * The password of a phone's backups: from a file, from what a command prints, or typed. It is passed on as bytes, kept nowhere and
 * logged nowhere; on a command line it would be seen by every user of the computer, and therefore has no flag of its own.
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { abortReason } from "../shared/abort.ts";
import { DeviceError, UsageError } from "../shared/errors.ts";
import { readPlainFile } from "../shared/plain-file.ts";
import { printable } from "../shared/text.ts";
import type { Host } from "./host.ts";
import type { Voice } from "./voice.ts";

/** Where the password is said, besides the terminal. */
export interface PasswordWishes {
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
}

/** Who works, and who can be asked. */
interface Asking {
  readonly context: Pick<Host, "cwd" | "env" | "signal">;
  readonly voice: Pick<Voice, "askSecret">;
}

const maxBytes = 64 * 1024;

/**
 * The bytes as they were given; of a file and of a command's output one line end at their end is none of it.
 * @param question ends in a space
 * @returns undefined where nobody said it and nobody can be asked
 * @throws {UsageError} where both are given; {DeviceError} `phone-backup-password` where a file or a command gives none
 */
export async function saidPassword(
  session: Asking,
  wishes: PasswordWishes,
  question: string,
): Promise<Uint8Array | undefined> {
  const { passwordFile, passwordCommand } = wishes;
  if (passwordFile !== undefined && passwordCommand !== undefined)
    throw new UsageError("usage", "Give one of --password-file and --password-command.");
  if (passwordFile !== undefined) return fromFile(session, passwordFile);
  if (passwordCommand !== undefined) return await fromCommand(session, passwordCommand);
  const typed = await session.voice.askSecret?.(question);
  return typed === undefined ? undefined : Buffer.from(typed, "utf8");
}

function fromFile({ context }: Asking, name: string): Uint8Array {
  const file = resolve(context.cwd, name);
  try {
    return given(readPlainFile(file, { maxBytes }), printable(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof DeviceError) throw error;
    const why =
      code === "ENOTPLAIN"
        ? "is not a plain file: --password-command takes what a program prints"
        : `cannot be read (${code})`;
    throw noPassword(`The password file ${printable(file)} ${why}.`, error);
  }
}

/** Its words go where ours go; its standard input is nothing, since a password may be typed at a prompt of its own. */
async function fromCommand({ context }: Asking, command: string): Promise<Uint8Array> {
  if (command.trim() === "") throw new UsageError("usage", "--password-command names no command.");
  const { signal, env, cwd } = context;
  const child = spawn(command, { shell: true, cwd, env: { ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const stop = (): void => void child.kill();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    const ended = new Promise<number | null>((done, fail) => {
      child.once("error", fail);
      child.once("close", done);
    });
    ended.catch(() => {});
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw noPassword("The password command prints more than any password has.");
      chunks.push(chunk);
    }
    const code = await ended;
    if (signal.aborted) throw abortReason(signal);
    if (code !== 0) throw noPassword(`The password command ended with ${code ?? "a signal"}.`);
    return given(Buffer.concat(chunks), "the password command");
  } finally {
    signal.removeEventListener("abort", stop);
    child.kill();
  }
}

function given(bytes: Buffer, where: string): Uint8Array {
  const ending = /\r?\n$/.exec(bytes.toString("latin1"))?.[0].length ?? 0;
  const password = bytes.subarray(0, bytes.length - ending);
  if (password.length === 0) throw noPassword(`There is no password in ${where}.`);
  return password;
}

function noPassword(message: string, cause?: unknown): DeviceError {
  return new DeviceError("phone-backup-password", message, { cause });
}
