/** A phone that does not make a backup, but what a description says: hostile, or broken. */
import { setTimeout as delay } from "node:timers/promises";
import { frameCode } from "../../../iphone/mobilebackup2/device-link-format.ts";
import type { WritablePlist } from "../../../wire/binary-plist-writer.ts";
import type { ScriptStep } from "../../backup-description.ts";
import { bufferContent } from "../../described-phone.ts";
import type { MockPhone } from "../mock-phone.ts";
import { storedBytes } from "./backup-keys.ts";
import { named, type PhoneLink } from "./phone-link.ts";

/** Statuses that the host gives are kept in `refusals`, what it sends in `taken`. */
export async function runScript(phone: MockPhone, link: PhoneLink, steps: readonly ScriptStep[]): Promise<void> {
  for (const step of steps) await runStep(phone, link, step);
}

async function runStep(phone: MockPhone, link: PhoneLink, step: ScriptStep): Promise<void> {
  const { refusals, taken } = phone.backup;
  if ("message" in step) {
    await link.send(step.message as WritablePlist);
    if (step.answers !== false) refusals.push({ message: String(step.message[0]), code: (await link.status()).code });
  } else if ("upload" in step) {
    const files = step.upload.map(({ path, base64 = "" }) => ({
      deviceName: "/a",
      path,
      bytes: storedBytes(bufferContent(Buffer.from(base64, "base64")), undefined, 65_536),
    }));
    refusals.push({ message: "upload", code: (await link.upload(files, 0, 0)).code });
  } else if ("download" in step) {
    const { status } = await link.download(step.download, 0, async (path, bytes) => {
      const parts: Buffer[] = [];
      for await (const part of bytes) parts.push(part);
      if (parts.length > 0) taken.set(path, Buffer.concat(parts));
    });
    refusals.push({ message: "download", code: status.code });
  } else if ("raw" in step) await link.write(Buffer.from(step.raw, "base64"));
  else if ("waitMs" in step) await delay(step.waitMs);
  else await sendForEver(link, step.endless);
}

async function sendForEver(
  link: PhoneLink,
  { path, frameBytes }: { readonly path: string; readonly frameBytes: number },
): Promise<void> {
  const frame = Buffer.alloc(5 + frameBytes, 0x61);
  frame.writeUInt32BE(frameBytes + 1, 0);
  frame.writeUInt8(frameCode.data, 4);
  await link.send(["DLMessageUploadFiles", {}, 0, frameBytes]);
  await link.write(Buffer.concat([named("/a"), named(path)]));
  for (;;) await link.write(frame);
}
