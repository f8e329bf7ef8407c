/** The phone's ports on fixed TCP ports, for a bridge that plays the USB side: lockdown on `base`, services behind it. */
import net from "node:net";
import type { MockPhone } from "./mock-phone.ts";
import { servePort } from "./usbmuxd-server.ts";

/** The service ports a phone served this way uses; port 49153 + i is TCP port base + 1 + i. */
export const bridgedServicePorts: readonly number[] = Array.from({ length: 32 }, (_, i) => 49_153 + i);

export async function servePhonePorts(phone: MockPhone, base: number): Promise<AsyncDisposable> {
  const servers = await Promise.all(
    [62_078, ...bridgedServicePorts].map((phonePort, i) => listen(phone, phonePort, base + i)),
  );
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((s) => new Promise<void>((resolve) => s.close(() => resolve()))));
    },
  };
}

async function listen(phone: MockPhone, phonePort: number, tcpPort: number): Promise<net.Server> {
  const server = net.createServer({ noDelay: true }, (socket) => void servePort(phone, phonePort, socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(tcpPort, "127.0.0.1", resolve);
  });
  return server;
}
