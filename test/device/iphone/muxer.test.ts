/** What leads to iPhones is an interface, and a phone's services are open to more than photos. */
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import type { TraceRecord } from "../../../src/device/index.ts";
import { AfcClient, AfcConnection } from "../../../src/device/iphone/afc/index.ts";
import { IPhoneRoute } from "../../../src/device/iphone/iphone-route.ts";
import { type Muxer, UsbmuxDaemon } from "../../../src/device/iphone/usbmux/index.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { generated, listItems, readAll, startMock, truth } from "../../helpers/mock.ts";

const files = [generated("/DCIM/100APPLE/IMG_0001.HEIC", 300_000), generated("/DCIM/100APPLE/IMG_0002.MOV", 2_000_000)];

/** Leads to the same phones by streams that are no sockets. */
function throughStreams(daemon: UsbmuxDaemon): Muxer {
  return {
    where: "in this process",
    listDevices: (options) => daemon.listDevices(options),
    watch: (options) => daemon.watch(options),
    async connect(deviceId, port, options) {
      const socket = await daemon.connect(deviceId, port, options);
      return Duplex.from({ readable: socket, writable: socket });
    },
    readBuid: (options) => daemon.readBuid(options),
    readPairRecord: (udid, options) => daemon.readPairRecord(udid, options),
    savePairRecord: (udid, record, deviceId, options) => daemon.savePairRecord(udid, record, deviceId, options),
    deletePairRecord: (udid, options) => daemon.deletePairRecord(udid, options),
  };
}

test("an iPhone is trusted, listed and read through whatever muxes", async () => {
  await using mock = await startMock({ files });
  const muxer = throughStreams(new UsbmuxDaemon({ kind: "unix", path: mock.daemon.address }));
  const route = new IPhoneRoute({ muxer, recordFolder: mock.folder, hostName: "test-host", clock: systemClock });
  const [seen] = await route.devices();
  const id = seen?.info.id as string;
  await route.trust(id);
  await using source = await route.open(id);
  const items = await listItems(source);
  expect(items.map((i) => i.path)).toEqual(files.map((f) => f.path));
  for (const item of items)
    expect((await readAll(source.read(item))).equals(await truth(mock.phone, item.path))).toBe(true);
});

test("any service of a trusting phone can be opened, and one that it does not have says so", async () => {
  await using mock = await startMock({ files });
  const muxer = new UsbmuxDaemon({ kind: "unix", path: mock.daemon.address });
  const route = new IPhoneRoute({ muxer, recordFolder: mock.folder, hostName: "test-host", clock: systemClock });
  const phone = await route.phone((await route.devices())[0]?.info.id as string);
  await expect(phone.openService("com.apple.afc")).rejects.toMatchObject({ code: "device-not-trusted" });
  await phone.trust();
  await using afc = new AfcClient(new AfcConnection(await phone.openService("com.apple.afc")));
  expect(await afc.readDir("/DCIM/100APPLE")).toEqual(["IMG_0001.HEIC", "IMG_0002.MOV"]);
  await expect(phone.openService("com.apple.no-such-service")).rejects.toMatchObject({ code: "service-unavailable" });
});

test("a connection has one number in the trace, whatever speaks on it, and both directions are told", async () => {
  await using mock = await startMock({ files });
  const records: TraceRecord[] = [];
  const hub = mock.hubWith({ trace: (record) => records.push(record) });
  const { info } = await hub.find(undefined);
  await hub.trust(info);
  await using source = await hub.open(info);
  await listItems(source);
  const layersOf = new Map<number, Set<string>>();
  for (const { connection, layer, direction } of records)
    layersOf.set(connection, (layersOf.get(connection) ?? new Set()).add(`${layer} ${direction}`));
  const both = (layer: string): string[] => [`${layer} sent`, `${layer} received`];
  const kinds = [...layersOf.values()].map((layers) => [...layers].sort().join());
  expect(kinds).toContain([...both("usbmux"), ...both("lockdown")].sort().join());
  expect(kinds).toContain([...both("usbmux"), ...both("afc")].sort().join());
  // Nothing but the daemon's own questions is spoken without it.
  expect(kinds.filter((k) => !k.includes("usbmux"))).toEqual([]);
});
