/** A folder that was asked for, on a phone that did not let us look at all of it. */
import { expect, test } from "vitest";
import { unreadable } from "../../../src/device/media-source.ts";
import type { CameraRoll } from "../../../src/library/roll.ts";
import { ItemError } from "../../../src/shared/errors.ts";
import { assertAnswerable } from "../../../src/transfer/plan/answerable.ts";

const seen: CameraRoll = {
  device: { noun: "phone", system: "Android" },
  items: [],
  otherFiles: [],
  unreadable: [],
  knowledge: { source: "tree", unknown: new Set(), pulledBytes: 0 },
};

test("a folder that is not found is not said to be absent where something could not be read", () => {
  const partly = {
    ...seen,
    unreadable: [unreadable("/?1", new ItemError("item-refused", "It does not say what it is."))],
  };
  expect(() => assertAnswerable({ folder: "/DCIM" }, partly)).toThrow(
    expect.objectContaining({ code: "item-unreadable", message: expect.stringContaining("1 entry could not be read") }),
  );
});

test("where all was seen it is a slip of the keyboard", () => {
  expect(() => assertAnswerable({ folder: "/DCIM" }, seen)).toThrow(expect.objectContaining({ code: "usage" }));
});
