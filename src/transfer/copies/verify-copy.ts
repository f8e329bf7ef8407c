/** Both sides of a copy held against their recorded hashes, and each mended from the other. */
import { throwIfAborted } from "../../shared/abort.ts";
import type { AppError } from "../../shared/errors.ts";
import { readCatalog } from "../catalog/catalog-home.ts";
import { type ChangeOptions, changeCatalog } from "../check/change-catalog.ts";
import { keepFindings } from "../check/findings.ts";
import { filesInDestination } from "../check/good-files.ts";
import { type Repaired, repairFiles } from "../check/repair.ts";
import { type Finding, type VerifyResult, verifyDestination } from "../check/verify.ts";
import { openPlace } from "../destination/open-place.ts";
import { knownCopies, rememberCopy } from "./known-copies.ts";
import { type CopyName, type CopySurroundings, findCopy, findFirst, type IdentifiedFolder, rowOf } from "./sides.ts";

/** What came of one side. */
export interface CheckedSide extends VerifyResult {
  readonly place: string;
  /** Why what was found could not be kept in its catalog. */
  readonly notKept: AppError | undefined;
}

export interface CopyCheck {
  readonly copy: CheckedSide;
  readonly first: CheckedSide;
}

export interface CheckCopyOptions extends CopySurroundings {
  readonly onProgress?: (side: "first" | "copy", done: number, total: number) => void;
}

/** What became of one damaged or missing file, and on which side. */
export interface RepairedFile extends Repaired {
  readonly side: "first" | "copy";
}

/** Who is told of each file that is repaired. */
export interface RepairCopyOptions extends CopySurroundings {
  /** `from` is undefined where the other side has no good one either. */
  readonly onRepaired?: (file: RepairedFile) => void;
}

/** A copy whose sides are both there. */
export class OpenedCopy {
  readonly #name: string;
  readonly #first: IdentifiedFolder;
  readonly #copy: IdentifiedFolder;

  constructor(name: string, sides: { readonly first: IdentifiedFolder; readonly copy: IdentifiedFolder }) {
    this.#name = name;
    this.#first = sides.first;
    this.#copy = sides.copy;
  }

  /** The copy's own place. */
  get place(): IdentifiedFolder {
    return this.#copy;
  }

  /** Reads every file of both, at the same time, and keeps what was found in each one's catalog. */
  async check(options: CheckCopyOptions): Promise<CopyCheck> {
    const [copy, first] = await Promise.all([
      checkSide(this.#copy, "copy", options),
      checkSide(this.#first, "first", options),
    ]);
    if (copy.checked > 0 && copy.problems.length === 0) await this.#noteProven(options);
    return { copy, first };
  }

  /**
   * After `check`: each side gets good files from the other, under the same names; a damaged one is moved aside and kept.
   * @throws {DestinationError} when a side cannot be written; {CancelledError}
   */
  async repair(options: RepairCopyOptions): Promise<RepairedFile[]> {
    const done: RepairedFile[] = [];
    const sides = { copy: this.#copy, first: this.#first };
    for (const side of ["copy", "first"] as const) {
      const from = sides[side === "copy" ? "first" : "copy"];
      for (const repaired of await mend(sides[side], from, options)) {
        const file = { ...repaired, side };
        options.onRepaired?.(file);
        done.push(file);
      }
      throwIfAborted(options.signal);
    }
    // Each was read when it was checked, or read back when it was mended.
    if (done.every((file) => file.side !== "copy" || file.from !== undefined)) await this.#noteProven(options);
    return done;
  }

  async #noteProven(options: CopySurroundings): Promise<void> {
    const [name, first, path] = [this.#name, this.#first, this.#copy.root];
    const provenAt = options.clock.now();
    await changeCatalog(first, changeOptions(options), (catalog) =>
      catalog.copies.note(name, { provenAt, path }),
    ).catch(() => {
      // It is in use: this computer remembers it.
    });
    const known = knownCopies(options.dataFolder).find((k) => k.firstId === first.id && k.name === name);
    if (known) rememberCopy(options.dataFolder, { ...known, path, provenAt });
  }
}

/** @throws {DestinationError} `destination-not-there`: nothing was written; {UsageError} `copy-unknown` */
export async function openCopy(name: CopyName, { dataFolder }: CopySurroundings): Promise<OpenedCopy> {
  const first = await findFirst(name, dataFolder);
  const row = await rowOf(first, name.name);
  return new OpenedCopy(row.name, { first, copy: await findCopy(row, dataFolder) });
}

async function checkSide(
  place: IdentifiedFolder,
  side: "first" | "copy",
  options: CheckCopyOptions,
): Promise<CheckedSide> {
  const opened = openPlace(place);
  using catalog = await readCatalog(opened.metadata);
  if (!catalog) return { ...nothing, place: place.root };
  await using destination = opened.destination(place.id);
  const findings: Finding[] = [];
  const keep = (): Promise<AppError | undefined> => keepFindings(place, findings, changeOptions(options));
  const { signal, onProgress } = options;
  const result = await verifyDestination(catalog, destination, {
    ...(signal ? { signal } : {}),
    onFinding: (finding) => findings.push(finding),
    onProgress: (done, total) => onProgress?.(side, done, total),
  }).catch(async (error: unknown) => {
    await keep(); // what was read before it was stopped
    throw error;
  });
  return { ...result, place: place.root, notKept: await keep() };
}

/** A copy that no run went to yet. */
const nothing = {
  ...{ checked: 0, bytes: 0, sizeOnly: 0, problems: [], foreign: [], unreadableFolders: [] },
  forms: { whole: 0, bytes: 0, changed: [], gone: [] },
  ...{ reread: undefined, notKept: undefined },
};

function changeOptions({ clock, pid, dataFolder, breakLock }: CopySurroundings): Omit<ChangeOptions, "signal"> {
  return { clock, pid, dataFolder, breakLock };
}

async function mend(to: IdentifiedFolder, from: IdentifiedFolder, options: CopySurroundings): Promise<Repaired[]> {
  const { clock, signal } = options;
  const signals = signal ? { signal } : {};
  using goodCatalog = await readCatalog(openPlace(from).metadata);
  if (!goodCatalog) return [];
  await using good = openPlace(from).destination(from.id);
  return await changeCatalog(to, { ...changeOptions(options), ...signals }, async (catalog) => {
    await using destination = openPlace(to).destination(to.id);
    const wanted = catalog.items.notWhole();
    const places = [filesInDestination(good, goodCatalog, wanted)];
    return await Array.fromAsync(repairFiles(catalog, destination, places, { clock, ...signals }));
  });
}
