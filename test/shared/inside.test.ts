import { expect, test } from "vitest";
import { wayInside } from "../../src/shared/inside.ts";

test.each([
  ["/disk/photos", "/disk/photos", ""],
  ["/disk/photos", "/disk/photos/JPEG/2024", "JPEG/2024"],
  ["/disk/photos", "/disk/photos/..old", "..old"],
  ["/disk/photos", "/disk/photos2", undefined],
  ["/disk/photos", "/disk", undefined],
  ["/", "/disk", "disk"],
])("from %s to %s: %s", (folder, path, way) => {
  expect(wayInside(folder, path)).toBe(way);
});
