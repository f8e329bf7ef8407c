/** What the phone lists by a number alone cannot be ignored: the number may be something else's in the next session. */
import { expect, test } from "vitest";
import { Catalog } from "../../src/transfer/catalog/index.ts";
import { findFiles } from "../../src/transfer/check/index.ts";
import { inspectFolder } from "../../src/transfer/destination/local/local-folder.ts";
import { startAndroid } from "../helpers/android.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { generated } from "../helpers/mock.ts";

test("an entry without a name is refused by ignore, and is told though an older version let it be ignored", async () => {
  const to = temporaryFolder();
  const run = async () => {
    await using mock = await startAndroid({
      files: [generated("/DCIM/Camera/a.jpg", 10), generated("/Pictures/b.jpg", 10)],
      faults: [{ when: { operation: "stat", path: "/DCIM" }, do: { type: "status", status: 0x2002 }, times: 0 }],
    });
    await using source = await mock.open();
    const { outcomes, failures } = (await exportOnce(source, to)).summary;
    return { failed: outcomes.failed.items, failures };
  };
  const first = await run();
  expect(first.failed).toBe(1);
  const path = first.failures[0]!.path;
  expect(path).toMatch(/^\/\?\d+$/);
  {
    using catalog = Catalog.open(`${to}/.offroll`, { create: false });
    await expect(findFiles(catalog!, inspectFolder(to, "/"), path)).rejects.toThrow(/has no name/);
    const [failure] = catalog!.settled.failures();
    catalog!.settled.ignore(failure!, "item-refused", 1);
  }
  expect((await run()).failed).toBe(1);
});

const refusedInCamera = async (persistentIds: "own" | "handle" | "same", to: string) => {
  await using mock = await startAndroid(
    {
      files: ["a", "b", "c"].map((name) => generated(`/DCIM/Camera/${name}.jpg`, 10)),
      faults: [
        { when: { operation: "stat", path: "/DCIM/Camera/b.jpg" }, do: { type: "status", status: 0x2002 }, times: 0 },
      ],
    },
    { persistentIds, propList: "refused" },
  );
  await using source = await mock.open();
  const { summary } = await exportOnce(source, to);
  return {
    failed: summary.outcomes.failed.items,
    ignored: summary.skippedByReason.ignored ?? 0,
    path: summary.failures[0]?.path,
  };
};

test("one whose persistent id the phone tells is called by it in every session, and can be settled", async () => {
  const to = temporaryFolder();
  const first = await refusedInCamera("own", to);
  expect(first.path).toMatch(/^\/DCIM\/Camera\/\?id-[\da-f]{32}$/);
  {
    using catalog = Catalog.open(`${to}/.offroll`, { create: false });
    const [meant] = await findFiles(catalog!, inspectFolder(to, "/"), first.path as string);
    catalog!.settled.ignore(meant!.file, meant!.cause, 1);
  }
  expect(await refusedInCamera("own", to)).toMatchObject({ failed: 0 });
});

test.each(["handle", "same"] as const)("an id that is no object's own (%s) is no name", async (persistentIds) => {
  expect((await refusedInCamera(persistentIds, temporaryFolder())).path).toMatch(/\/\?\d+$/);
});
