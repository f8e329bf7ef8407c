/** Which path a card has, whatever becomes of the one beside it. */
import { expect, test } from "vitest";
import { MtpError } from "../../../src/device/mtp/mtp-errors.ts";
import { operation, responseCode } from "../../../src/device/mtp/mtp-format.ts";
import { readStorages } from "../../../src/device/mtp/mtp-phone.ts";

type Slot = "built-in" | "card" | "empty" | "refused";

const fixedRam = 3;
const removableRam = 4;

async function pathsOf(slots: readonly Slot[], manufacturer = "Google"): Promise<string[]> {
  const client = {
    info: { manufacturer, model: "X", vendorExtension: "android.com: 1.0", operations: [], vendorExtensionId: 6 },
    isDead: false,
    storageIds: async () => slots.map((_, i) => ((i + 1) << 16) | 1),
    storageInfo: async (id: number) => {
      const slot = slots[(id >> 16) - 1] as Slot;
      if (slot === "empty") throw new MtpError(operation.getStorageInfo, responseCode.storeNotAvailable);
      if (slot === "refused") throw new MtpError(operation.getStorageInfo, responseCode.generalError);
      const storageType = slot === "card" ? removableRam : fixedRam;
      return { storageType, description: slot, capacity: 1n, free: 1n };
    },
  };
  const { storages } = await readStorages(client as never);
  return storages.map(({ id, prefix }) => `${id >> 16}${prefix}`);
}

test("a second card keeps its path when the first is refused, or its slot is empty", async () => {
  for (const first of ["card", "empty", "refused"] as const) {
    expect((await pathsOf(["built-in", first, "card"])).at(-1), first).toBe("3/SD card 2");
    expect((await pathsOf([first, "card"], "Canon.Inc")).at(-1), first).toBe("2/SD card 2");
  }
  expect(await pathsOf(["card", "empty"], "Canon.Inc")).toEqual(["1/SD card"]);
});

test("a card alone has its path whether the built-in storage is shown, refused or not there", async () => {
  for (const slots of [["card"], ["refused", "card"], ["empty", "card"], ["built-in", "card"]] as const)
    expect((await pathsOf(slots)).at(-1)).toBe(`${slots.length}/SD card`);
});
