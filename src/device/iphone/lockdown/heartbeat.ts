/**
 * The phone's question whether somebody is still there, over Wi-Fi: unanswered, it ends every service after some ten seconds. By cable
 * it asks nobody. Source: pymobiledevice3, services/heartbeat.py: the phone sends Marco with an interval, the host answers Polo.
 */
import type { Duplex } from "node:stream";
import type { AbortOptions } from "../../../shared/abort.ts";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, type PlistDict, plistField } from "../../wire/plist.ts";
import { decodeLockdownLength, encodeLockdownFrame } from "./lockdown-connection.ts";

export const heartbeatService = "com.apple.mobile.heartbeat";

/** A phone on Wi-Fi that does not even ask is not there. */
const firstMs = 15_000;

/** Resolves when the first question was answered; answers the others until it is disposed of or the phone goes. Owns the stream. */
export async function answerHeartbeat(stream: Duplex, options: AbortOptions = {}): Promise<AsyncDisposable> {
  stream.on("error", () => {}); // readers see it through the stream's state
  try {
    await answerNext(stream, { ...options, timeoutMs: firstMs });
  } catch (error) {
    destroyQuietly(stream);
    throw error;
  }
  // Its end is the end of every other connection too, which then say so.
  const answering = answerAll(stream).catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      destroyQuietly(stream);
      await answering;
    },
  };
}

async function answerAll(stream: Duplex): Promise<void> {
  while (await answerNext(stream, {}));
}

/** @returns false where the phone goes to sleep */
async function answerNext(stream: Duplex, options: AbortOptions & { readonly timeoutMs?: number }): Promise<boolean> {
  const length = decodeLockdownLength(await readExact(stream, 4, options));
  const message: PlistDict = decodePlistDict(await readExact(stream, length, options));
  if (plistField.string(message, "Command") !== "Marco") return false;
  stream.write(encodeLockdownFrame({ Command: "Polo" }));
  return true;
}
