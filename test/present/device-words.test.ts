import { expect, test } from "vitest";
import { onThe, onThis } from "../../src/device/media-source.ts";
import { aKind, awayWords, backWords, revokingWords, someKind } from "../../src/present/device-words.ts";

test("what is plugged in is called what its owner calls it", () => {
  const kinds = [
    [{ noun: "phone", system: "iOS" }, "an iPhone"],
    [{ noun: "iPad", system: "iOS" }, "an iPad"],
    [{ noun: "phone", system: "Android" }, "an Android phone"],
    [{ noun: "phone", system: undefined }, "a phone"],
    [{ noun: "camera", system: undefined }, "a camera"],
    [{ noun: "player", system: undefined }, "a player"],
    [{ noun: "folder", system: undefined }, "a folder"],
  ] as const;
  for (const [device, words] of kinds) expect(aKind(device)).toBe(words);
  expect(someKind({ noun: "phone", system: "Android" })).toBe("An Android phone");
});

test("things are on a phone and in a folder, which no cable brings back", () => {
  expect([onThis("camera"), onThe("folder")]).toEqual(["on this camera", "in the folder"]);
  expect([awayWords("camera"), backWords("camera")]).toEqual(["The camera is unplugged.", "Plug it back in"]);
  expect([awayWords("folder"), backWords("folder")]).toEqual([
    "The folder is away.",
    "Plug in or mount what it lies on",
  ]);
});

test("only Android is told how to end debugging's trust", () => {
  expect(revokingWords({ noun: "phone", system: "Android" })).toContain("Revoke");
  expect(revokingWords({ noun: "camera", system: undefined })).toBeUndefined();
});
