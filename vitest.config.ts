import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    globalSetup: "test/one-folder.ts",
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
