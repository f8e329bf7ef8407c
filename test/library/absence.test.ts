/** What an original that nobody has is called depends on where it may be: a phone without a cloud has lost it. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { MediaSource } from "../../src/device/media-source.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { countAvailability } from "../../src/library/roll.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";

/** The same source with another word on what is absent. */
function saying(source: MediaSource, absence: "cloud" | "unfinished"): MediaSource {
  return new Proxy(source, {
    get(target, name) {
      if (name === "capabilities") return { ...target.capabilities, absence };
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("only where originals may be in a cloud is one that nobody has said to be there", async () => {
  const phone = libraryPhone({ assets: [asset({ filename: "IMG_0001.JPG", original: "gone" })] }, { inWal: 0 });
  // The library says nothing of where it is.
  const database = new DatabaseSync(phone.database);
  database.exec("DELETE FROM ZINTERNALRESOURCE; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  const files = phone.files.filter(({ path }) => !path.endsWith("-wal"));
  await using mock = await startMock({ files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const counts = async (absence: "cloud" | "unfinished") => {
    const roll = await buildCameraRoll(saying(source, absence), { now: Date.UTC(2026, 0), library: libraryOptions() });
    const { icloud, missing } = countAvailability(roll.items);
    return { icloud, missing };
  };
  expect(await counts("cloud")).toEqual({ icloud: 1, missing: 0 });
  expect(await counts("unfinished")).toEqual({ icloud: 0, missing: 1 });
});
