/** The page is there before its index, and goes on with an older one; what changed is shown when it is read. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openIndex } from "../../src/gallery/server/index-file.ts";
import { Renewal } from "../../src/gallery/server/renewal.ts";
import { GalleryServer } from "../../src/gallery/server/server.ts";
import { Shown } from "../../src/gallery/server/shown.ts";
import { WaitingPage } from "../../src/gallery/server/waiting-page.ts";
import type { IndexAnswer, StartAnswer, ViewAnswer } from "../../src/gallery/wire.ts";
import { DestinationError } from "../../src/shared/errors.ts";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { type Answer, type Opened, opened, send } from "./opened.ts";

const photo = (n: number): MadePhoto => ({
  id: `0000000${n}`,
  captured: `2024-05-0${n}T12:00:00+02:00`,
  files: [{ target: `2024/05/${n}.jpg`, bytes: Buffer.from(String(n)) }],
});

const second = "20240602T120000Z-4d5e6f";

/** A built page of a line each: what is tested is which of them comes. */
function assets(): string {
  const folder = mkdtempSync(join(tmpdir(), "offroll-assets-"));
  for (const [name, text] of Object.entries({
    "index.html": "<!--base-->gallery<!--style--><!--first-->",
    "waiting.html": "waiting<!--style--><!--script-->",
    ...{ "first.css": "a{}", "first.js": "1", "waiting.css": "b{}", "waiting.js": "2" },
  }))
    writeFileSync(join(folder, name), text);
  return folder;
}

/** Everything that is told until there is an index, or none. */
async function told(g: Opened): Promise<IndexAnswer[]> {
  return eventsOf(await g.ask("/api/index"));
}

function eventsOf({ status, headers, body }: Answer): IndexAnswer[] {
  expect([status, headers["content-type"]]).toEqual([200, "text/event-stream; charset=utf-8"]);
  return `${body}`
    .split("\n\n")
    .filter(Boolean)
    .map((event) => JSON.parse(event.replace(/^data: /, "")) as IndexAnswer);
}

test("the page is there before the index, says how far that is, and gives way to the photos", async () => {
  await using shown = new Shown();
  await using server = new GalleryServer(shown, new WaitingPage(assets()), async () => {});
  await server.listen({ port: 0 });
  const { port, search } = new URL(server.urls[0]!);
  const cookie = String((await send(Number(port), `/${search}`, {})).headers["set-cookie"]).split(";")[0]!;
  const ask = async (path: string): Promise<Answer> => await send(Number(port), path, { headers: { cookie } });
  const page = await ask("/");
  expect(`${page.body}`).toBe("waiting<style>b{}</style><script>2</script>");
  expect(page.headers["content-security-policy"]).toMatch(/script-src 'self' 'sha256-/);
  expect((await ask("/api/start")).status).toBe(503);
  expect((await send(Number(port), "/api/index", {})).status).toBe(403);
  const watched = Promise.withResolvers<void>();
  const { watch } = shown;
  shown.watch = (watcher) => {
    watched.resolve();
    return watch.call(shown, watcher);
  };
  const answer = ask("/api/index");
  await watched.promise;
  const states: IndexAnswer[] = [
    { state: "making", step: "libraries", done: 0, of: 0 },
    { state: "making", step: "photos", done: 20, of: 40 },
    { state: "ready", generation: 1 },
  ];
  for (const state of states) shown.tell(state);
  expect(eventsOf(await answer)).toEqual(states);
});

test("what failed is told with its reason, and made when a page asks again", async () => {
  using index = openIndex(mkdtempSync(join(tmpdir(), "offroll-index-")), "k").index;
  const makes = [Promise.reject(new DestinationError("destination-not-there", "It is away.")), Promise.resolve(index)];
  const home = {
    ...{ isSmall: false, key: async () => "k", find: () => undefined, findOlder: () => undefined, keepOnly: () => {} },
    make: async () => await makes.shift()!,
  };
  await using shown = new Shown();
  const states: string[] = [];
  shown.watch((state) => states.push(state.state === "failed" ? state.why : state.state));
  const ready = Promise.withResolvers<void>();
  const renewal = new Renewal(home, shown, async () => ready.resolve(), {});
  await expect((await renewal.begin())?.ready).rejects.toThrow("It is away.");
  await renewal.look();
  await ready.promise;
  await renewal.end();
  await renewal.look();
  expect(states).toEqual(["making", "making", "It is away.", "making", "ready"]);
});

test("what was kept is shown at once, and the photos that came since when they are read; each page keeps its own numbers", async () => {
  const root = makeDestination([photo(1), photo(2)]);
  const cacheFolder = mkdtempSync(join(tmpdir(), "offroll-cache-"));
  await (await opened([root], { cacheFolder }))[Symbol.asyncDispose]();
  makeDestination([photo(3)], { root, runId: second });
  await using g = await opened([root], { cacheFolder, assets: assets(), fewFiles: 0 });
  await g.gallery.ready;
  expect((await told(g)).at(-1)).toEqual({ state: "ready", generation: 2 });
  const page = await g.ask("/");
  expect(`${page.body}`).toMatch(/^<base href="\/g2\/">gallery/);
  expect(page.headers["content-security-policy"]).toContain("base-uri 'self'");
  expect(await g.json<StartAnswer>("/g2/api/start")).toMatchObject({ count: 3, generation: 2, isOlder: false });
  expect(await g.json<StartAnswer>("/api/start")).toMatchObject({ count: 2 });
  expect((await g.ask("/g3/api/start")).status).toBe(410);
  for (const path of ["/g2/../api/start", "/g2//etc/passwd", "/g2/g2/api/start", "/gx/api/start"])
    expect([path, (await g.ask(path)).status]).toEqual([path, 404]);
});

test("a backup that was made while the page is open is found when somebody comes back to it", async () => {
  const root = makeDestination([photo(1)]);
  await using g = await opened([root]);
  expect(await told(g)).toEqual([{ state: "ready", generation: 1 }]);
  makeDestination([photo(2)], { root, runId: second });
  expect((await told(g)).at(-1)).toEqual({ state: "ready", generation: 2 });
  expect(await g.json<ViewAnswer>("/g2/api/view?view=")).toMatchObject({ count: 2 });
});
