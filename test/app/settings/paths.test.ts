/** Where every file of ours lies, on each system. */
import { expect, test } from "vitest";
import { pathsFor } from "../../../src/app/settings/index.ts";

const at = (platform: "linux" | "darwin" | "win32", env: Record<string, string> = {}) =>
  pathsFor({ env, home: "/home/me", platform });

test.each([
  ["linux", "/home/me/.config/offroll/config.json", "/home/me/.local/share/offroll", "/home/me/.cache/offroll"],
  [
    "darwin",
    "/home/me/Library/Application Support/offroll/config.json",
    "/home/me/Library/Application Support/offroll",
    "/home/me/Library/Caches/offroll",
  ],
  [
    "win32",
    "/home/me/AppData/Roaming/offroll/config.json",
    "/home/me/AppData/Local/offroll",
    "/home/me/AppData/Local/cache/offroll",
  ],
] as const)("on %s each lies where the system keeps such files", (platform, configFile, dataFolder, cacheFolder) => {
  const recordFolder = `${dataFolder}/pair-records`;
  expect(at(platform)).toEqual({ configFile, dataFolder, cacheFolder, recordFolder });
});

test("a person may move each; an empty variable moves nothing, and another system's is none", () => {
  const env = { XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_CACHE_HOME: "/x" };
  expect(at("linux", env)).toEqual({
    configFile: "/c/offroll/config.json",
    dataFolder: "/d/offroll",
    recordFolder: "/d/offroll/pair-records",
    cacheFolder: "/x/offroll",
  });
  expect(at("linux", { XDG_CONFIG_HOME: "", XDG_DATA_HOME: "", XDG_CACHE_HOME: "" })).toEqual(at("linux"));
  expect(at("darwin", env)).toEqual(at("darwin"));
  expect(at("win32", { APPDATA: "/r", LOCALAPPDATA: "/l" })).toMatchObject({
    configFile: "/r/offroll/config.json",
    cacheFolder: "/l/cache/offroll",
  });
});

test("our own variables name the folders themselves, on every system and before all others", () => {
  const env = { OFFROLL_CONFIG_DIR: "/c", OFFROLL_DATA_DIR: "/d", OFFROLL_CACHE_DIR: "/x", XDG_CONFIG_HOME: "/other" };
  for (const platform of ["linux", "darwin", "win32"] as const)
    expect(at(platform, env)).toEqual({
      configFile: "/c/config.json",
      dataFolder: "/d",
      recordFolder: "/d/pair-records",
      cacheFolder: "/x",
    });
});
