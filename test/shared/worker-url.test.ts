import { expect, test } from "vitest";
import { workerUrl } from "../../src/shared/worker-url.ts";

test.each([
  ["file:///home/me/a%20b/src/catalog/thread.ts", "file:///home/me/a%20b/src/catalog/hash-worker.ts"],
  ["file:///opt/offroll/dist/chunk-X.js", "file:///opt/offroll/dist/hash-worker.js"],
  ["file:///C:/Program%20Files/offroll/dist/main.js", "file:///C:/Program%20Files/offroll/dist/hash-worker.js"],
])("beside %s lies %s", (base, url) => {
  expect(workerUrl(base, "hash-worker").href).toBe(url);
});
