/** A real backup, encrypted, behind the phone's folders of the UI: unlocked, listed, searched, read, exported. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { proposedDataFolder } from "../../src/app/data-folder.ts";
import { rememberBackups } from "../../src/app/known-backups.ts";
import { Session } from "../../src/app/session.ts";
import { pathsFor } from "../../src/app/settings/index.ts";
import { unheard } from "../../src/app/voice.ts";
import { Decoder } from "../../src/media/index.ts";
import type { Action, Effect } from "../../src/ui/actions.ts";
import type { DataAsk, DataTold } from "../../src/ui/data-state.ts";
import { Effects } from "../../src/ui/effects/effects.ts";
import { PictureStore } from "../../src/ui/pictures/picture-store.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { backupUdid, writeBackup } from "../helpers/phone-backup.ts";
import { smsFiles, visibleFiles } from "../helpers/phone-data.ts";
import { homeOf } from "../helpers/program.ts";

/** What is told, and a way to wait for it. */
class Told {
  readonly all: DataTold[] = [];
  #wake = Promise.withResolvers<void>();

  readonly dispatch = (action: Action): void => {
    if (action.type !== "data") return;
    this.all.push(action.told);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  };

  async next<W extends DataTold["what"]>(what: W): Promise<Extract<DataTold, { what: W }>> {
    for (;;) {
      const at = this.all.findIndex((told) => told.what === what);
      if (at >= 0) return this.all.splice(at, 1)[0] as Extract<DataTold, { what: W }>;
      await this.#wake.promise;
    }
  }
}

/** Effects over a home of its own, and what they tell. */
async function reader() {
  const home = homeOf();
  const folder = mkdtempSync(join(tmpdir(), "offroll-reader-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const host = home.host();
  const told = new Told();
  const screen = { mode: "none", depth: "256", cell: { width: 10, height: 20 } } as const;
  const pictures = new PictureStore(screen, new Decoder(), undefined, () => {});
  const effects = new Effects(host, told.dispatch, () => {}, { pictures });
  return { folder, host, told, effects, run: (effect: Effect): void => effects.run(effect) };
}

test("an encrypted backup is unlocked, listed, searched, read and exported; without one it says what to do", async () => {
  const { folder, host, told, effects: own, run } = await reader();
  await using _ = own;
  const whose = { device: backupUdid, folder: undefined, phone: "Ann's iPhone" };
  const ask = (more: Omit<Extract<DataAsk, { of: "list" }>, keyof typeof whose>): void =>
    run({ type: "readData", ask: { ...whose, ...more } });
  const list = { of: "list", kind: "messages", skip: 0, words: "" } as const;

  ask(list);
  const none = (await told.next("waits")).waits;
  expect(none).toMatchObject({ why: "problem", message: "No backup of Ann's iPhone is known on this computer." });
  expect(JSON.stringify(none)).toContain("offroll phone backup");

  const files = smsFiles(writeSmsDatabase(join(folder, "db"), sceneFor("ios18")));
  const backup = writeBackup(join(folder, "backups"), {
    files,
    password: "correct horse",
    rounds: { first: 10, second: 10 },
  });
  rememberBackups(pathsFor(host).dataFolder, backup);
  ask(list);
  expect((await told.next("waits")).waits).toMatchObject({ why: "locked", isWrong: false });
  run({ type: "unlockData", password: "wrong" });
  expect((await told.next("waits")).waits).toMatchObject({ why: "locked", isWrong: true });
  run({ type: "unlockData", password: "correct horse" });
  const first = await told.next("backup");
  expect(first.backup).toMatchObject({ folder: backup, isEncrypted: true, known: 1 });
  expect(first.folder).toEqual({ to: join(host.home, "phone-data-Ada-s-iPhone"), isGone: false });
  const { list: conversations } = await told.next("list");
  expect(conversations.entries).toHaveLength(5);

  ask({ ...list, words: "hello there" });
  const { list: found } = await told.next("list");
  const [hit] = found.entries;
  expect(hit?.hit).toMatchObject({ id: "A-1", fromMe: false });
  run({ type: "readData", ask: { ...whose, of: "item", kind: "messages", entry: hit!, to: "open" } });
  expect((await told.next("view")).view).toMatchObject({ kind: "messages", mark: "A-1" });

  const to = join(folder, "out");
  const settings = { what: "chosen", to, forms: "txt", since: "", until: "" } as const;
  const ids = { messages: new Map([[hit!.hit!.conversation, "Ann"]]) };
  run({ type: "exportData", settings: { ...settings, since: "nonsense" }, kinds: ["messages"], ids });
  expect((await told.next("exportFailed")).message).toContain("nonsense");
  run({ type: "exportData", settings, kinds: ["messages"], ids });
  const exported = await told.next("exported");
  expect(exported.root).toBe(to);
  expect(exported.lines.join("\n")).toMatch(/with 1 conversation\b/);
  const texts = visibleFiles(to).filter((path) => path.endsWith(".txt"));
  expect(texts.map((path) => path.split("/")[1])).toEqual(texts.map(() => texts[0]?.split("/")[1]));
  expect(readFileSync(join(to, texts[0] as string), "utf8")).toContain("Hello <b>there</b>");

  // Of the next start it is the folder that is proposed, by the phone; that it went is known.
  const session = new Session(host, {}, unheard);
  expect(session.config.dataExports).toEqual({ [backupUdid]: { to } });
  const whoseData = { id: backupUdid, name: "Ann's iPhone" };
  const proposed = async () => await proposedDataFolder(session, whoseData);
  expect(await proposed()).toEqual({ to, isGone: false });
  rmSync(to, { recursive: true });
  expect(await proposed()).toEqual({ to, isGone: true });

  // What each folder has is found out while nobody asks; a kind that is not there says so.
  const folders = [];
  for (let n = 0; n < 5; n += 1) folders.push((await told.next("folder")).summary);
  expect(folders.find(({ kind }) => kind === "calls")?.absent).toBeDefined();
  expect(folders.find(({ kind }) => kind === "messages")?.count).toBeGreaterThan(20);
});

test("a locked note opens with its password, here and in an export; what opens nothing is kept nowhere", async () => {
  const { folder, host, told, effects, run } = await reader();
  await using _ = effects;
  const { store, media } = writeNotes(folder, "ios17", sceneNotes);
  const domain = "AppDomainGroup-group.com.apple.notes";
  const files = [
    { domain, path: "NoteStore.sqlite", bytes: store },
    ...[...media].map(([path, bytes]) => ({ domain, path, bytes })),
  ];
  rememberBackups(pathsFor(host).dataFolder, writeBackup(join(folder, "backups"), { files }));
  const whose = { device: backupUdid, folder: undefined, phone: "Ann's iPhone" };
  const ask = (id: string, title: string): DataAsk => ({
    ...{ ...whose, of: "item", kind: "notes", entry: { id, title }, to: "open" },
  });
  const text = async (): Promise<string> => {
    const { view } = await told.next("view");
    return view.kind === "notes" ? view.lines.join("\n") : "";
  };
  run({ type: "readData", ask: ask("N-5", "Secret") });
  expect(await text()).toBe("This note is locked with a password of its own.\nIts hint: the usual");
  run({ type: "readData", ask: ask("N-6", "Newer secret") });
  expect(await text()).toContain("only the phone itself opens it");
  run({ type: "unlockNote", ask: ask("N-5", "Secret"), password: "sesame" });
  expect(await told.next("noteTried")).toMatchObject({ isOpen: false, passwords: 0 });
  run({ type: "unlockNote", ask: ask("N-6", "Newer secret"), password: "open sesame" });
  expect(await told.next("noteTried")).toMatchObject({ isOpen: false, passwords: 0 });
  const settings = { what: "folder", to: join(folder, "out"), forms: "md", since: "", until: "" } as const;
  const written = async (): Promise<string> => {
    run({ type: "exportData", settings, kinds: ["notes"], ids: {} });
    await told.next("exported");
    return readFileSync(join(folder, "out/notes/notes.json"), "utf8");
  };
  expect(await written()).not.toContain("the treasure");
  run({ type: "unlockNote", ask: ask("N-5", "Secret"), password: "open sesame" });
  expect(await told.next("noteTried")).toMatchObject({ isOpen: true, passwords: 1 });
  expect(await text()).toBe("the treasure");
  run({ type: "readData", ask: ask("N-5", "Secret") });
  expect(await text()).toBe("the treasure");
  expect(await written()).toContain("the treasure");
  const places = [folder, host.home].flatMap((place) => [...filesBelow(place)].map((path) => join(place, path)));
  expect(places.length).toBeGreaterThan(5);
  expect(places.filter((path) => readFileSync(path, "latin1").includes("sesame"))).toEqual([]);
});
