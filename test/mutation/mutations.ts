/** Each promise, how it is broken, and who must notice. */

/** One promise that is broken on purpose. */
export interface Mutation {
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Files or folders, one of whose tests must go red. */
  readonly tests: readonly string[];
}

const powerCut = "test/transfer/power-cut.test.ts";
const promises = "test/transfer/promises.test.ts";
const hostile = "test/library/photos-hostile.test.ts";
const libraryExport = "test/transfer/library-export.test.ts";
const mtp = "test/device/mtp/mtp-source.test.ts";
const mtpWire = "test/device/mtp/mtp-wire.test.ts";
const adb = "test/device/adb/adb-source.test.ts";
const local = "src/transfer/destination/local/local-destination.ts";
const pending = "src/transfer/destination/local/local-pending-file.ts";
const receive = "src/transfer/run/receive.ts";

const copies = "test/transfer/copies/bring-up-to-date.test.ts";
const goingOn = "test/transfer/copies/going-on.test.ts";

export const mutations: readonly Mutation[] = [
  {
    what: "copy a file to a second disk whatever its hash is",
    file: "src/transfer/copies/disk-copy-place.ts",
    from: "got.sizeBytes === sizeBytes && (sha256 === undefined || got.sha256 === sha256)",
    to: "got.sizeBytes === sizeBytes",
    tests: [copies],
  },
  {
    what: "name a file on a second disk without reading it back",
    file: "src/transfer/copies/disk-copy-place.ts",
    from: "if ((await pending.reread(file.modified, options)).sha256 !== sha256)",
    to: "if (false as boolean)",
    tests: [copies],
  },
  {
    what: "name a copy's files before its catalog is told",
    file: "src/transfer/copies/copy-files.ts",
    from: "  first.markPending(group.map((file) => file.target));\n",
    to: "",
    tests: [goingOn],
  },
  {
    what: "write to whatever disk is where a copy was",
    file: "src/transfer/copies/sides.ts",
    from: "if (found?.id === id)",
    to: "if (found)",
    tests: [copies],
  },
  {
    what: "forget what a copy learnt by runs of its own",
    file: "src/transfer/catalog/first-catalog.ts",
    from: "const isAlone = !this.hasOwnRuns;",
    to: "const isAlone = true;",
    tests: [copies],
  },
  {
    what: "skip the fsync before the name is given",
    file: pending,
    from: "      await this.#file.sync();\n    });\n    this.#sealed",
    to: "    });\n    this.#sealed",
    tests: [powerCut],
  },
  {
    what: "skip the folder's fsync",
    file: local,
    from: "    await this.#sync.sync(folder);\n    return {",
    to: "    return {",
    tests: [powerCut],
  },
  {
    what: "skip the fsync of a new folder's name",
    file: local,
    from: "0o755)) await this.#sync.sync(parent);",
    to: "0o755)) return;",
    tests: [powerCut],
  },
  {
    what: "give the name before everything is written",
    file: pending,
    from: "    await this.written();\n    if (this.#sealed) return;",
    to: "    if (this.#sealed) return;",
    tests: [promises],
  },
  {
    what: "note bytes as flushed that are not",
    file: pending,
    from: "    await this.#file.sync();\n    await this.#checkpointed",
    to: "    await this.#checkpointed",
    tests: [powerCut],
  },
  {
    what: "overwrite a taken name",
    file: local,
    from: "      const isLinked = await this.#disk.link(from, to);",
    to: "      await this.#disk.rename(from, to);\n      const isLinked = true;",
    tests: [promises, "test/transfer/destination"],
  },
  {
    what: "follow a symbolic link",
    file: "src/transfer/destination/local/handle-door.ts",
    from: " | (fs.constants.O_NOFOLLOW ?? 0);",
    to: ";",
    tests: ["test/transfer/destination/local"],
  },
  {
    what: "drop the check against the phone after the read",
    file: receive,
    from: "  await assertUnchanged(source, item, options);\n  await written;",
    to: "  await written;",
    tests: [promises],
  },
  {
    what: "continue a partial without comparing its end",
    file: receive,
    from: "  return Buffer.from(ours.buffer, ours.byteOffset, ours.length).equals(theirs);",
    to: "  return ours.length === theirs.length;",
    tests: [promises],
  },
  {
    what: "hash something else than what was received",
    file: receive,
    from: "hash?.update(chunk, done);",
    to: "hash?.update(chunk.subarray(1), done);",
    tests: [promises],
  },
  {
    what: "use a block again before it is on the disk",
    file: receive,
    from: "let users = hash ? 2 : 1;",
    to: "let users = 1;",
    tests: ["test/transfer/keeping-busy.test.ts"],
  },
  {
    what: "take a file for unchanged whatever the library says",
    file: "src/transfer/catalog/phone-stat-cache.ts",
    from: "if (file?.stamp !== stamp) return undefined;",
    to: "if (!file) return undefined;",
    tests: ["test/transfer/nightly.test.ts"],
  },
  {
    what: "never look at every file again",
    file: "src/transfer/catalog/phone-stat-cache.ts",
    from: "now - fullStat < oldAfterMs",
    to: "true",
    tests: ["test/transfer/nightly.test.ts"],
  },
  {
    what: "take an unknown file of equal size for the photo",
    file: "src/transfer/run/already-there.ts",
    from: "    if (!(await holds(destination, target, sha256, options))) continue;\n    unknownFiles",
    to: "    unknownFiles",
    tests: [promises],
  },
  {
    what: "forget what a crash left pending",
    file: "src/transfer/claimed-place.ts",
    from: "  await reconcile(catalog, destination);\n",
    to: "",
    tests: [promises],
  },
  {
    what: "forget the lock",
    file: "src/transfer/destination/local/lock.ts",
    from: 'if (os === "held" && !(onShare && (isSilent || !found))) return "alive";',
    to: "",
    tests: ["test/transfer/destination/local/lock.test.ts"],
  },
  {
    what: "give two photos one name",
    file: "src/transfer/plan/plan.ts",
    from: "    if (this.#assigned.has(key)) return false;\n",
    to: "",
    tests: [promises],
  },
  {
    what: "lose an outcome",
    file: "src/transfer/run/outcome.ts",
    from: '  if (action.type === "skip") return outcome(',
    to: '  if (action.type === "skip") return entry.item.sizeBytes > 0 ? undefined : outcome(',
    tests: [promises],
  },
  {
    what: "fail every item of a locked phone",
    file: "src/device/iphone/iphone-source.ts",
    from: "    if (!locked) return error;",
    to: "    if (locked || !locked) return error;",
    tests: [promises],
  },
  {
    what: "append after a lost connection without comparing",
    file: "src/device/resuming-read.ts",
    from: "  if (Buffer.compare(chunk.subarray(0, shared), known.subarray(0, shared)) !== 0)",
    to: "  if (shared < 0)",
    tests: ["test/device/iphone/iphone-source.test.ts"],
  },
  {
    what: "accept replies out of order",
    file: "src/device/iphone/afc/afc-client.ts",
    from: "    this.#queue.fail(new AfcOrderError(",
    to: "    void (new AfcOrderError(",
    tests: ["test/device/iphone/afc"],
  },
  {
    what: "leak handles",
    file: "src/device/iphone/afc/afc-client.ts",
    from: "        .then(() => this.#close(handle, path))\n",
    to: "",
    tests: ["test/device/iphone/afc"],
  },
  {
    what: "trust the stem of a Live Photo",
    file: "src/library/live-pair.ts",
    from: "  if (ids[0] !== undefined && ids[1] !== undefined) return ids[0] === ids[1];",
    to: "  if (a !== undefined && b !== undefined) return true;",
    tests: ["test/library"],
  },
  {
    what: "replace a pairing that works",
    file: "src/device/iphone/lockdown/pairing.ts",
    from: "  if (stored.record) return stored.record;\n",
    to: "",
    tests: ["test/device/iphone/lockdown"],
  },
  {
    what: "accept another phone's certificate",
    file: "src/device/iphone/lockdown/device-tls.ts",
    from: "      if (!pinned.equals(",
    to: "      if (false && !pinned.equals(",
    tests: ["test/device/iphone/lockdown"],
  },
  {
    what: "open files for writing",
    file: "src/device/iphone/afc/afc-format.ts",
    from: "export const openForReading = 1n;",
    to: "export const openForReading = 2n;",
    tests: ["test/device/iphone/iphone-source.test.ts"],
  },
  {
    what: "believe a copied library without looking at the phone's again",
    file: "src/library/photos/photos-pull.ts",
    from: "after.mainKey !== before.mainKey || after.walEpoch !== before.walEpoch",
    to: "false",
    tests: [hostile],
  },
  {
    what: "take the first join table that fits for the albums'",
    file: "src/library/photos/photos-schema.ts",
    from: "  return fitting.find(",
    to: '  return fitting.reverse().find((j) => j.album !== "") ?? fitting.find(',
    tests: [hostile],
  },
  {
    what: "ignore the library's log",
    file: "src/library/photos/photos-pull.ts",
    from: "if (wal !== undefined) bytes += await copy(",
    to: "if (wal === null) bytes += await copy(",
    tests: ["test/library/photos-library.test.ts"],
  },
  {
    what: "show a merged person's old name",
    file: "src/library/photos/photos-rows.ts",
    from: "hops < maxFolderDepth; hops += 1) at = persons.get(at.target);",
    to: "hops < 0; hops += 1) at = persons.get(at.target);",
    tests: ["test/library/photos-library.test.ts"],
  },
  {
    what: "put hidden photos among the rest",
    file: "src/transfer/plan/plan.ts",
    from: 'return why === "hidden" ? hiddenFolder',
    to: 'return why === "hidden" ? ""',
    tests: [libraryExport],
  },
  {
    what: "leave a photo in the open that was hidden after it was copied",
    file: "src/transfer/extras/extras.ts",
    from: "if (!this.#at.options.hides)",
    to: "if (this.#at.options.hides)",
    tests: ["test/transfer/albums-and-hidden.test.ts"],
  },
  {
    what: "take what an earlier version of a maker made for what it makes now",
    file: "src/transfer/extras/maker.ts",
    from: "before.version !== now.version",
    to: "before.version === -1",
    tests: ["test/transfer/extras"],
  },
  {
    what: "lose an album's entries with the upgrade of a catalog",
    file: "src/transfer/catalog/migrations.ts",
    from: "WHERE sha256 GLOB 'of:*';",
    to: "WHERE sha256 GLOB 'to:*';",
    tests: ["test/transfer/catalog/earlier-versions.test.ts"],
  },
  {
    what: "mix two albums of one title",
    file: "src/transfer/extras/album-folders.ts",
    from: "isFree(first) ? first : marked",
    to: "first",
    tests: ["test/transfer/albums-and-hidden.test.ts"],
  },
  {
    what: "leave out a file that the library knows, because of its name",
    file: "src/library/tree.ts",
    from: 'this.kindOf(item) === "other" && !this.#claimed.has(item)',
    to: 'this.kindOf(item) === "other"',
    tests: ["test/library/what-is-media.test.ts"],
  },
  {
    what: "take a video for half of a Live Photo by its name alone",
    file: "src/library/live-pair.ts",
    from: "return captured === undefined || movie.facts.captured === undefined || isSameMoment(captured, movie.facts.captured);",
    to: "return captured !== null || isSameMoment(captured, captured);",
    tests: ["test/library/live-pair.test.ts"],
  },
  {
    what: "take an odd value for yes",
    file: "src/library/photos/photos-items.ts",
    from: 'typeof value === "number" && value >= 0 ? value !== 0 : undefined',
    to: "value === undefined ? undefined : value !== 0",
    tests: ["test/library/odd-values.test.ts"],
  },
  {
    what: "recognise an original by its UUID whatever its size",
    file: "src/transfer/plan/plan-facts.ts",
    from: 'part.availability !== "phone" || isEmpty(part) || row.sizeBytes === part.item.sizeBytes',
    to: "true",
    tests: [libraryExport],
  },
  {
    what: "take away a file that another program changed",
    file: local,
    from: "      if ((await this.hash(path)).sha256 !== sha256) return false;\n",
    to: "",
    tests: [libraryExport],
  },
  {
    what: "keep the library's copy where everybody can read it",
    file: "src/library/photos/photos-pull.ts",
    from: 'open(to, "wx", 0o600)',
    to: 'open(to, "wx", 0o644)',
    tests: ["test/library/photos-library.test.ts"],
  },
  {
    what: "MTP: ask for more than the file has",
    file: "src/device/mtp/mtp-source.ts",
    from: "Math.min(windowBytes, end - at, sizeBytes - at)",
    to: "windowBytes",
    tests: [mtpWire],
  },
  {
    what: "MTP: let a reply end in a full packet",
    file: "src/device/mtp/mtp-source.ts",
    from: "(headerBytes + length) % boundaryBytes === 0 ? length - boundaryBytes / 2 : length",
    to: "length",
    tests: [mtp, mtpWire],
  },
  {
    what: "MTP: take any transaction's answer for this one's",
    file: "src/device/mtp/mtp-connection.ts",
    from: "const mine = header.transaction === transaction;",
    to: "const mine = true;",
    tests: [mtp, mtpWire],
  },
  {
    what: "MTP: throw away what came behind a container",
    file: "src/device/mtp/mtp-connection.ts",
    from: "          this.#surplus = chunk.subarray(left);\n          yield",
    to: "          this.#surplus = Buffer.alloc(0);\n          yield",
    tests: [mtpWire],
  },
  {
    what: "MTP: read on by a handle that belongs to another session",
    file: "src/device/mtp/mtp-source.ts",
    from: "match && Number(match[1]) === this.#state.generation ? Number(match[2]) : undefined",
    to: "match ? Number(match[2]) : undefined",
    tests: [mtp, "test/transfer/android-export.test.ts"],
  },
  {
    what: "adb: leave out what the phone could not look at",
    file: "src/device/adb/adb-source.ts",
    from: "      if (entry.error !== 0) yield unreadable(below, errnoError(below, entry.error));\n      else if (entry.kind",
    to: "      if (entry.error === 0 && entry.kind",
    tests: [adb],
  },
  {
    what: "adb: believe sizes of 32 bits",
    file: "src/device/adb/adb-source.ts",
    from: "return hasLargeSizes ? named : await this.#withTrueSizes(onPhone, named, options);",
    to: "return named;",
    tests: [adb],
  },
  {
    what: "adb: a path in a command without quotes",
    file: "src/device/adb/shell.ts",
    from: `return \`'\${text.replaceAll("'", "'\\\\''")}'\`;`,
    to: "return text;",
    tests: [adb],
  },
  {
    what: "take a movie for one where none begins",
    file: "src/media/motion-photo.ts",
    from: 'return start.length === 12 && start.toString("latin1", 4, 8) === "ftyp";',
    to: "return start.length === 12;",
    tests: ["test/library/android-roll.test.ts"],
  },
  {
    what: "a folder's link is passed over in silence",
    file: "src/device/folder/folder-source.ts",
    from: `if (entry.kind === "link") return unreadable(path, linkError(path));`,
    to: `if (entry.kind === "link") return undefined;`,
    tests: ["test/device/folder/folder-source.test.ts"],
  },
  {
    what: "a folder is its number alone, which a disk gives out again",
    file: "src/device/folder/folder-identity.ts",
    from: `idOf("made", number, madeNs)`,
    to: `idOf("made", number)`,
    tests: ["test/device/folder/folder-identity.test.ts"],
  },
  {
    what: "a destination may lie in the folder that is read",
    file: "src/transfer/claimed-place.ts",
    from: `if (source.device.folder !== undefined) await`,
    to: `if (source.device.folder === "") await`,
    tests: ["test/cli/folder.test.ts"],
  },
  {
    what: "whoever leaves a silent MTP device waits for it",
    file: "src/device/mtp/mtp-connection.ts",
    from: `return await unlessAborted(whole, signal);`,
    to: `return await whole;`,
    tests: ["test/device/mtp/mtp-source.test.ts"],
  },
];
