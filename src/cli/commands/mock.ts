/** `offroll mock iphone`: a phone without a phone, for trying things out and for tests of other programs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { exitCodes, type Host } from "../../app/host.ts";
import { type PhoneDescription, readDescription } from "../../device/mock/described-phone.ts";
import {
  type MockAddress,
  MockPhone,
  MockUsbmuxd,
  servePhonePorts,
  type TrustScript,
} from "../../device/mock/iphone/index.ts";
import { bridgedServicePorts } from "../../device/mock/iphone/tcp-ports.ts";
import { UsageError } from "../../shared/errors.ts";
import type { CommandFlags, mockIphoneFlags } from "../command-flags.ts";
import { Output } from "../output.ts";

type MockFlags = CommandFlags<typeof mockIphoneFlags>;

export async function mockIphone(context: Host, flags: MockFlags): Promise<number> {
  const output = new Output(context, flags);
  const files = flags.phone?.length ? flags.phone.map((f) => resolve(context.cwd, f)) : [demoPhoneFile(context)];
  const temporary = flags.socket ? undefined : await mkdtemp(join(tmpdir(), "offroll-mock-"));
  try {
    const phones: MockPhone[] = [];
    const stateFolder = flags.state && resolve(context.cwd, flags.state);
    for (const file of files) {
      const { description, baseFolder } = await readPhone(file);
      phones.push(
        await MockPhone.create(withLink(description, flags), baseFolder, {
          trust: parseTrust(flags.trust ?? "immediate"),
          stateFolder,
          ...(flags.tcpPorts ? { servicePorts: bridgedServicePorts } : {}),
        }),
      );
    }
    const address = parseAddress(flags.socket, temporary, context);
    await using daemon = await MockUsbmuxd.start({ address, phones, stateFolder });
    await using _ports = flags.tcpPorts ? await servePhonePorts(phones[0]!, parsePort(flags.tcpPorts)) : undefined;
    if (output.json)
      output.document({ type: "ready", address: daemon.address, phones: phones.map((p) => p.description.udid) });
    else {
      output.data(daemon.address);
      output.say(`${phones.map((p) => p.description.name).join(", ")} is at the end of this socket. Use it like this:`);
      output.say(`  USBMUXD_SOCKET_ADDRESS=${"path" in address ? "UNIX:" : ""}${daemon.address} offroll devices`);
      output.say("Type trust, deny, lock, unlock, forget, cancel, unplug or plug and Enter; Ctrl-C ends it.");
    }
    await untilStopped(context, { daemon, phones }, output, flags.untilClosed === true);
  } finally {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  }
  return exitCodes.complete;
}

/** The owner's side of the phone. */
async function untilStopped(
  context: Host,
  { daemon, phones }: { readonly daemon: MockUsbmuxd; readonly phones: readonly MockPhone[] },
  output: Output,
  untilClosed: boolean,
): Promise<void> {
  const each = (action: (phone: MockPhone) => void) => () => phones.forEach(action);
  await takeOrders(
    context,
    output,
    {
      trust: each((p) => p.tapTrust()),
      deny: each((p) => p.tapDontTrust()),
      lock: each((p) => {
        p.locked = true;
      }),
      unlock: each((p) => p.unlock()),
      forget: each((p) => p.forgetPairings()),
      cancel: each((p) => p.backup.cancel()),
      unplug: each((p) => daemon.unplug(p)),
      plug: each((p) => daemon.plug(p)),
    },
    untilClosed,
  );
}

/**
 * Does what is typed, a word a line, until the program is ended.
 * @param untilClosed or until nothing can be typed any more: whoever held the other end is gone, however it ended
 */
export async function takeOrders(
  context: Host,
  output: Output,
  orders: Readonly<Record<string, () => void>>,
  untilClosed = false,
): Promise<void> {
  const lines = createInterface({ input: context.stdin });
  lines.on("line", (line) => {
    const order = orders[line.trim()];
    if (order) order();
    else if (line.trim() !== "")
      output.complain(`Unknown: ${line.trim()}. There are ${Object.keys(orders).join(", ")}.`);
  });
  if (!context.signal.aborted)
    await new Promise<void>((done) => {
      const keepAlive = setInterval(() => {}, 60_000);
      const end = (): void => {
        clearInterval(keepAlive);
        done();
      };
      context.signal.addEventListener("abort", end);
      if (untilClosed) lines.once("close", end);
    });
  lines.close();
}

function demoPhoneFile(context: Host): string {
  return join(context.assets, "demo-phone", "phone.json");
}

export async function readPhone(file: string): Promise<{ description: PhoneDescription; baseFolder: string }> {
  try {
    return await readDescription(file);
  } catch (error) {
    throw new UsageError("usage", `${file} does not describe a phone: ${(error as Error).message}`);
  }
}

export function withLink(description: PhoneDescription, flags: Pick<MockFlags, "latency" | "rate">): PhoneDescription {
  const latencyMs = flags.latency === undefined ? undefined : Number(flags.latency);
  const bytesPerSecond = flags.rate === undefined ? undefined : Number(flags.rate) * 1e6;
  if ([latencyMs, bytesPerSecond].some((n) => n !== undefined && !(n >= 0)))
    throw new UsageError("usage", "--latency is milliseconds and --rate megabytes per second.");
  return {
    ...description,
    link: {
      ...description.link,
      ...(latencyMs === undefined ? {} : { latencyMs, serviceMs: 0.05 }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    },
  };
}

function parseTrust(text: string): TrustScript {
  const match = /^(immediate|pending|denied|locked)(?::(\d{1,4}))?$/.exec(text);
  if (!match) throw new UsageError("usage", `--trust is immediate, pending:N, locked:N or denied, not "${text}".`);
  const polls = match[2] === undefined ? Number.POSITIVE_INFINITY : Number(match[2]);
  const type = match[1] as TrustScript["type"];
  return type === "pending" || type === "locked" ? { type, polls } : { type };
}

function parseAddress(socket: string | undefined, temporary: string | undefined, context: Host): MockAddress {
  if (socket === undefined)
    return context.platform === "win32"
      ? { host: "127.0.0.1", port: 0 }
      : { path: join(temporary as string, "usbmuxd") };
  const tcp = /^([^/:]+):(\d{1,5})$/.exec(socket);
  return tcp
    ? { host: tcp[1] as string, port: Number(tcp[2]) }
    : { path: resolve(context.cwd, socket.replace(/^UNIX:/i, "")) };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_000)
    throw new UsageError("usage", `--tcp-ports "${text}" is not a port number.`);
  return port;
}
