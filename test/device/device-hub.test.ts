/** The hub over ways to phones that are data: what it joins, and what it leaves behind. */
import { expect, test } from "vitest";
import { DeviceHub } from "../../src/device/device-hub.ts";
import type { PhoneRoute, RouteChange } from "../../src/device/device-route.ts";
import type { AbortOptions } from "../../src/shared/abort.ts";
import { systemClock } from "../../src/shared/clock.ts";

/** A way on which no phone is, and that counts who watches it. */
function watchedRoute(name: "usbmux" | "mtp"): PhoneRoute & { watchers: number } {
  const route = {
    name,
    watchers: 0,
    devices: async () => [],
    trust: async () => {},
    open: () => Promise.reject(new Error("no phone")),
    async *changes({ signal }: AbortOptions): AsyncGenerator<RouteChange, void, undefined> {
      route.watchers += 1;
      try {
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
      } finally {
        route.watchers -= 1;
      }
    },
  };
  return route;
}

test("who leaves watch early leaves no watcher running", async () => {
  const routes = [watchedRoute("usbmux"), watchedRoute("mtp")];
  for await (const change of new DeviceHub(routes, systemClock).watch()) {
    expect(change).toEqual({ type: "devices", devices: [] });
    expect(routes.map((r) => r.watchers)).toEqual([1, 1]);
    break;
  }
  expect(routes.map((r) => r.watchers)).toEqual([0, 0]);
});

test("an abort from outside ends watch and its watchers", async () => {
  const routes = [watchedRoute("usbmux"), watchedRoute("mtp")];
  const stop = new AbortController();
  for await (const _ of new DeviceHub(routes, systemClock).watch({ signal: stop.signal })) stop.abort();
  expect(routes.map((r) => r.watchers)).toEqual([0, 0]);
});

test("an abort in the middle of a look ends watch, and is no error", async () => {
  const stop = new AbortController();
  const route: PhoneRoute = {
    ...watchedRoute("usbmux"),
    async *changes() {
      yield { type: "changed" };
    },
  };
  const looks: string[] = [];
  route.devices = async ({ signal } = {}) => {
    looks.push("look");
    if (looks.length === 2) stop.abort();
    signal?.throwIfAborted();
    return [];
  };
  const seen: string[] = [];
  for await (const change of new DeviceHub([route], systemClock).watch({ signal: stop.signal })) seen.push(change.type);
  expect(looks).toHaveLength(2);
  expect(seen).toEqual(["devices"]);
});
