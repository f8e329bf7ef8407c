import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    globalSetup: "test/one-folder.ts",
    // Only what hangs is ended: a busy machine is no failure.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Its own second is a verdict by wall time.
    expect: { poll: { timeout: 300_000 } },
    // A third has work while another waits for a cable that was pulled.
    maxWorkers: 3,
  },
});
