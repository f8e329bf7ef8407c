/** An iPhone that its daemon sees over Wi-Fi: read where somebody asked for that, with its heartbeat answered. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { DeviceHub } from "../../../src/device/index.ts";
import { generated, listItems, type MockSetup, readAll, startMock, truth } from "../../helpers/mock.ts";
import { homeOf } from "../../helpers/program.ts";

const path = "/DCIM/100APPLE/IMG_0001.HEIC";
const files = [generated(path, 300_000), generated("/DCIM/100APPLE/IMG_0002.JPG", 5_000)];
const within = { timeout: 300_000, interval: 20 };

/** Trusted by cable, then seen over Wi-Fi alone. */
async function overWifi(connection: "network" | "both"): Promise<MockSetup & { readonly asked: DeviceHub }> {
  const mock = await startMock({ files });
  await (await mock.open())[Symbol.asyncDispose]();
  Object.assign(mock.phone.description, { connection });
  mock.daemon.unplug(mock.phone);
  mock.daemon.plug(mock.phone);
  return Object.assign(mock, { asked: mock.hubWith({ network: true }) });
}

test("without being asked for it is told and not opened", async () => {
  await using mock = await overWifi("network");
  expect((await mock.hub.devices()).map((d) => d.state)).toEqual(["network-only"]);
  expect(mock.phone.polos).toBe(0);
});

test("asked for, it is read whole, its heartbeat answered as long as it is open and no longer", async () => {
  await using mock = await overWifi("network");
  const { info, state } = await mock.asked.find(undefined);
  expect(state).toBe("ready");
  {
    await using source = await mock.asked.open(info);
    expect(mock.phone.heartbeats).toBe(1);
    const items = await listItems(source);
    expect(items).toHaveLength(2);
    const item = items.find((i) => i.path === path)!;
    expect(
      (await readAll(source.read(item, { offset: 0, length: item.sizeBytes }))).equals(await truth(mock.phone, path)),
    ).toBe(true);
    await vi.waitFor(() => expect(mock.phone.polos).toBeGreaterThan(1), within);
  }
  await vi.waitFor(() => expect(mock.phone.heartbeats).toBe(0), within);
});

test("a cable beside the Wi-Fi goes first, and asks for no heartbeat", async () => {
  await using mock = await overWifi("both");
  const { info } = await mock.asked.find(undefined);
  await using source = await mock.asked.open(info);
  expect(await listItems(source)).toHaveLength(2);
  expect(mock.phone.polos).toBe(0);
});

test("a phone that leaves the network and comes back is read on from there", async () => {
  await using mock = await overWifi("network");
  const { info } = await mock.asked.find(undefined);
  await using source = await mock.asked.open(info);
  mock.daemon.unplug(mock.phone);
  mock.daemon.plug(mock.phone);
  await source.reconnect({});
  await vi.waitFor(() => expect(mock.phone.heartbeats).toBe(1), within);
  expect(await listItems(source)).toHaveLength(2);
});

test("what autosave starts for such a phone copies it; a person's own backup says that it wants a cable", async () => {
  await using mock = await overWifi("network");
  const home = homeOf(mock.daemon.address);
  const to = mkdtempSync(join(tmpdir(), "offroll-wifi-"));
  const job = ["backup", to, `--device=${mock.phone.description.udid}`, "--json", "--quiet"];
  const without = await home.run(job);
  expect([without.code, without.stdout]).toEqual([1, expect.stringContaining("device-network-only")]);
  const { code, stdout } = await home.run([...job, "--network"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
    ok: true,
    outcomes: { copied: { items: 2 } },
  });
});
