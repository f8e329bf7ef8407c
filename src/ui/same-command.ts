/**
 * "The same in a script": the command that copies exactly what the sheet would copy, or none. A filter of the command line is told only
 * where it chooses the very same photos; that is tried, not guessed.
 */
import { Yielder } from "../shared/async.ts";
import { type SelectableKind, Selection, type SelectionOptions, selectableKinds } from "../transfer/plan/index.ts";
import { commandLine, flag } from "./export-settings.ts";
import type { UiMatch } from "./groups.ts";
import type { UiItem } from "./items.ts";
import { visibleItems } from "./selectors.ts";
import type { BrowseState, Choosing, ChoosingCommands, ExportState } from "./state.ts";

/** A filter, and how it is written on the command line. */
interface Filter {
  readonly options: SelectionOptions;
  readonly flags: readonly string[];
}

const everything: Filter = { options: {}, flags: [] };

/** @returns undefined where no command chooses the same, or it is not known yet; see `ExportState.choosing` */
export function sameCommand({ browse, settings, choosing }: ExportState): string | undefined {
  const isSamePlace = settings.destination.trim() === browse.settings.destination;
  const flags = isSamePlace ? choosing?.here : choosing?.elsewhere;
  if (!flags) return undefined;
  return [commandLine(settings, browse.usualTemplate, browse.usualJpeg), ...flags, ...whichPhone(browse)].join(" ");
}

/** A script finds the only phone by itself, and no folder. */
function whichPhone({ folder, several, phone }: BrowseState): string[] {
  if (folder !== undefined) return [flag("--via", `folder:${folder}`)];
  return several ? [flag("--device", phone)] : [];
}

/** Tries what may be meant on every photo; others go first in between. */
export async function findChoosing(browse: BrowseState): Promise<ChoosingCommands> {
  const yielder = new Yielder();
  const wanted = browse.chosen.size > 0 ? browse.chosen : new Set(visibleItems(browse).map((i) => i.id));
  const candidates = filters(browse, wanted);
  const find = async (optional: ReadonlySet<string>): Promise<Choosing> => {
    for (const { options, flags } of candidates)
      if (await choosesExactly(options, browse.items, { wanted, optional }, yielder)) return flags;
    return undefined;
  };
  const elsewhere = await find(new Set());
  // What is not shown because it is exported already is there already: a command may choose it too.
  return { elsewhere, here: browse.onlyNew ? await find(browse.exported) : elsewhere };
}

/** So many photos, then a look at the clock. */
const between = 64;

/** Ids of what must be chosen, and of what may be. */
interface Wanted {
  readonly wanted: ReadonlySet<string>;
  readonly optional: ReadonlySet<string>;
}

async function choosesExactly(
  options: SelectionOptions,
  items: readonly UiItem[],
  { wanted, optional }: Wanted,
  yielder: Yielder,
): Promise<boolean> {
  const selection = new Selection(options);
  for (const [i, { id, photo }] of items.entries()) {
    if (i % between === 0 && yielder.isDue) await yielder.yieldNow();
    if (!photo) return false;
    const isChosen = selection.verdict(photo) === "chosen";
    if (isChosen !== wanted.has(id) && !(isChosen && optional.has(id))) return false;
  }
  return true;
}

/** What may be meant, the simplest first: the group, what was looked for, the days between the first and the last photo. */
function filters(browse: BrowseState, wanted: ReadonlySet<string>): Filter[] {
  const group = groupFilter(browse);
  const bases = group === undefined || group === everything ? [everything] : [group, everything];
  const more = [everything, ...textFilters(browse.filter.trim()), ...dayFilters(browse.items, wanted)];
  return bases.flatMap((base) => more.map((m) => both(base, m)));
}

function both(a: Filter, b: Filter): Filter {
  return { options: { ...a.options, ...b.options }, flags: [...a.flags, ...b.flags] };
}

function groupFilter({ groups, group, items }: BrowseState): Filter | undefined {
  const match = groups[group]?.match;
  switch (match?.type) {
    case "all":
      return everything;
    case "recent":
      return { options: { since: match.since }, flags: [flag("--since", match.since)] };
    case "flag":
      return flagFilter(match.flag);
    case "kind":
      return kindFilter(match.kind);
    case "album": {
      const path = items.flatMap((i) => i.albums).find((a) => a.key === match.key)?.path;
      return path === undefined ? undefined : { options: { albums: [path] }, flags: [flag("--album", path)] };
    }
    case "folder":
      return { options: { folder: match.folder }, flags: [flag("--folder", match.folder)] };
    default:
      return undefined;
  }
}

function flagFilter(flag: Extract<UiMatch, { type: "flag" }>["flag"]): Filter | undefined {
  if (flag === "favourite") return { options: { favourites: true }, flags: ["--favourites"] };
  return kindFilter(flag);
}

const plain = (kind: string): string => kind.replaceAll(/[- ]/g, "");

function kindFilter(name: string): Filter | undefined {
  const kind = selectableKinds.find((k): k is SelectableKind => plain(k) === plain(name));
  return kind && { options: { kinds: [kind] }, flags: [flag("--kind", kind)] };
}

function textFilters(text: string): Filter[] {
  if (text === "") return [];
  return [
    { options: { text }, flags: [flag("--text", text)] },
    { options: { camera: text }, flags: [flag("--camera", text)] },
    { options: { people: [text] }, flags: [flag("--person", text)] },
  ];
}

function dayFilters(items: readonly UiItem[], wanted: ReadonlySet<string>): Filter[] {
  const days = items.filter((i) => wanted.has(i.id)).map((i) => i.day);
  const [until, since] = [days[0], days.at(-1)];
  if (!since || !until) return [];
  return [
    { options: { since }, flags: [flag("--since", since)] },
    { options: { until }, flags: [flag("--until", until)] },
    { options: { since, until }, flags: [flag("--since", since), flag("--until", until)] },
  ];
}
