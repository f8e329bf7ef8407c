/** Every clause of the rule by which photos are let go, taken away one at a time. */
import type { Mutation } from "./mutation.ts";

const rule = "src/transfer/freeup/rule.ts";
const evidence = "src/transfer/freeup/evidence.ts";
const apart = "src/transfer/freeup/apart.ts";
const check = "src/transfer/freeup/check.ts";

const byCase = ["test/transfer/freeup/rule.test.ts"];
const byEvidence = ["test/transfer/freeup/evidence.test.ts"];
const byCommand = ["test/cli/freeup.test.ts"];

type Change = readonly [what: string, from: string, to: string];

const of = (file: string, tests: readonly string[], changes: readonly Change[]): Mutation[] =>
  changes.map(([what, from, to]) => ({ what: `freeup: ${what}`, file, from, to, tests }));

export const freeupMutations: readonly Mutation[] = [
  ...of(rule, byCase, [
    ["by a library that is not as it is now", `knowledge.source !== "library" ||`, `knowledge.source === "tree" ||`],
    ["by files alone", `knowledge.source !== "library" ||`, `knowledge.source === "library-stale" ||`],
    ["by a library that knows no originals", ` || knowledge.unknown.has("availability")`, ``],
    [
      "what the library does not know",
      ` || !library) return "unknown";`,
      `) return "unknown"; if (!library) return undefined;`,
    ],
    ["what may be in the bin already", `library.trashed === undefined || `, ``],
    ["what may be hidden", ` || library.hidden === undefined`, ``],
    ["what lies in a shared album", `library.shared || library.withOthers`, `library.withOthers`],
    ["what several people share", `library.shared || library.withOthers`, `library.shared`],
    ["what is in Recently Deleted", `  if (library.trashed) return "trashed";\n`, ``],
    ["what is hidden", `  if (library.hidden) return "hidden";\n`, ``],
    ["what is still being written", `  if (library.unfinished) return "pending";\n`, ``],
    [
      "what is partly in iCloud alone",
      `part.availability === "icloud")) return`,
      `part.availability === "icloud") && !photo) return`,
    ],
    [
      "what is partly missing",
      `part.availability === "missing")) return`,
      `part.availability === "missing") && !photo) return`,
    ],
    [
      "what has a part without a byte",
      `part.item.sizeBytes === 0)) return`,
      `part.item.sizeBytes === 0) && !photo) return`,
    ],
    [
      "what has a part that nobody could look at",
      `return isObscured(photo) ? "unreadable" : undefined;`,
      `return isObscured(photo) ? undefined : undefined;`,
    ],
    [
      "what is ignored",
      `if (photo.parts.some((part) => ignores(part, photo))) return "ignored";`,
      `ignores(photo.parts[0], photo);`,
    ],
    ["what shall stay", `  if (excepts(photo)) return "excepted";\n`, `  excepts(photo);\n`],
    [
      "what nobody knows the age of",
      `if (!photo.captured) return "undated";`,
      `if (!photo.captured) return undefined;`,
    ],
    ["what is new", `rule.now - taken < rule.olderThanMs`, `rule.now - taken < 0`],
    [
      "what is new in a zone that nobody knows",
      `photo.captured.offsetMinutes === undefined ? widestZoneMs : 0`,
      `0 * widestZoneMs`,
    ],
    [
      "what was edited with instructions that no file has",
      `photo.edited === true && !photo.parts.some(isRecipe)`,
      `photo.edited === true && photo.parts.length === 0`,
    ],
    ["while the clocks are apart", `  if (clockDoubt === "phone") return "clock";\n`, ``],
    ["by an id alone", `known.filter(({ by }) => by !== "id")`, `known.filter(({ by }) => by !== undefined)`],
    [
      "with a part that has no copy",
      `if (known.length === 0) return whyNone(part, photo, grounds);`,
      `if (known.length === 0) return { part, copies: [] };`,
    ],
    ["with a part that is not proven", `if (worst) return`, `if (worst && parts.length === 0) return`],
    ["by a size alone", `  if (fact.sha256 === undefined) return "no-hash";\n`, ``],
    ["by a copy that is gone", `standing === "gone" || (read`, `(read`],
    [
      "by a copy that was found damaged",
      `(read && read.found !== "whole")`,
      `(read && read.found === "missing" && !isReadNow)`,
    ],
    ["by a copy that was never read back", `  if (!read) return "not-reread";\n`, `  if (!read) return undefined;\n`],
    ["by a copy that somebody wrote to", ` || standing !== "as-left"`, ` || standing === "untimed"`],
    ["by a copy whose time says nothing", ` || standing !== "as-left"`, ` || standing === "written-to"`],
    ["by rows of a clock that went back", `if (clockDoubt !== "none" ||`, `if (`],
    ["by a reading of long ago", `age <= rule.rereadWithinMs`, `age <= rule.now`],
    ["by a reading that is yet to come", `age >= 0 && `, ``],
    [
      "by two copies in one place",
      `if (copies.length < group.length) continue;`,
      `if (proven.length < group.length) continue;`,
    ],
    [
      "a burst of which a frame stays",
      `if (burst && !isProven) kept.add(burst.uuid);`,
      `if (burst && isProven === undefined) kept.add(burst.uuid);`,
    ],
    ["by an older reading than there is", `oldest(copies) > oldest(best)`, `oldest(copies) < oldest(best)`],
  ]),
  ...of(apart, byCase, [
    ["by one place that is reached twice", `a.id !== b.id && `, ``],
    ["by places of which nobody knows the disk", `(a.isSaidApart || b.isSaidApart)`, `true`],
    [
      "by a word against what the system knows",
      `areApart(a.disk, b.disk) ?? (a.isSaidApart || b.isSaidApart)`,
      `(a.isSaidApart || b.isSaidApart) || areApart(a.disk, b.disk) === true`,
    ],
  ]),
  ...of("src/shared/disks.ts", byCase, [
    [
      "by two folders of one file system",
      `if (fileSystemsOf(a).some((number) => fileSystemsOf(b).includes(number))) return false;`,
      ``,
    ],
    [
      "by two file systems of one disk",
      `return !a.disks.some((disk) => b.disks?.includes(disk));`,
      `return a.disks !== b.disks;`,
    ],
  ]),
  ...of(
    "src/shared/disks.ts",
    ["test/shared/disks.test.ts"],
    [
      ["by two partitions of one disk", `existsSync(join(folder, "partition")) ? dirname(folder) : folder`, `folder`],
      ["by what lies below an encrypted volume", `if (slaves.length > 0)`, `if (slaves.length > 99)`],
      ["by a disk of a network", `if (isElsewhere.test(whole)) return undefined;`, ``],
    ],
  ),
  ...of(evidence, byEvidence, [
    ["by another size", `row.sizeBytes !== item.sizeBytes || `, ``],
    ["by another time", `row.createdMs === created && row.modifiedMs === modified`, `row.createdMs === created`],
    ["by no time at all", ` || (created === 0 && modified === 0)`, ``],
    [
      "by another time of a clock that knows its zone",
      `this.#hasWallClock && row.modifiedMs !== 0`,
      `row.modifiedMs !== 0`,
    ],
    [
      "by a version that was noted by its id",
      `this.#byTarget.get(target)?.length === 1`,
      `this.#byTarget.get(target) !== undefined`,
    ],
    [
      "by a copy that was written to since",
      `isStoredTime(storedMs, entry.modifiedMs) ? "as-left" : "written-to"`,
      `"as-left"`,
    ],
    ["by a copy of another length", `entry.type !== "file" || entry.sizeBytes !== sizeBytes`, `entry.type !== "file"`],
    [
      "by a copy whose time is not known",
      `if (storedMs === undefined) return "untimed";`,
      `if (storedMs === undefined) return "as-left";`,
    ],
    ["by bytes that the phone does not have", `if (phoneHash !== undefined) {`, `if (phoneHash === "") {`],
  ]),
  ...of("src/transfer/freeup/obscured.ts", byEvidence, [
    ["beside a file that was refused", `stems.has(stem) || stems.has(edits + stem)`, `stems.has(edits + stem)`],
    ["beside edits that were refused", `[stem, edits + stem].some`, `[stem].some`],
  ]),
  ...of(
    "src/transfer/freeup/places.ts",
    ["test/transfer/freeup/places.test.ts"],
    [
      [
        "a mount within a place passed over",
        `if (inner.length === 0) return disk;`,
        `if (inner.length >= 0) return disk;`,
      ],
      ["a mount within a place of no file system", `diskIdentity(at).fileSystem ?? []`, `[]`],
    ],
  ),
  ...of("src/cli/freeup/freeup-session.ts", byCommand, [
    ["a backup in the phone's place", `    assertIsPhone(source.device);\n`, ``],
  ]),
  ...of(evidence, byEvidence, [["read against another hash", `\\0${"$"}{sha256 ?? ""}`, ``]]),
  ...of(check, byCommand, [
    [
      "what is gone besides is not told",
      `!photo.listed && isGoing(fate)`,
      `!photo.listed && fate === "recently-deleted"`,
    ],
    ["what is gone counts as whole without a look", `c.found === "whole"`, `c.found !== "missing"`],
    ["what is in Recently Deleted is said to be gone", `if (found.library?.trashed) {`, `if (found.library?.shared) {`],
  ]),
  ...of("src/transfer/freeup/list-file.ts", byCommand, [
    ["a list that was cut is taken for whole", `end.type !== "end" || end.photos !== lines.length || `, ``],
  ]),
];
