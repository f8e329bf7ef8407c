/** The way to the phone's folders besides its photos. */
import type { Effect } from "../actions.ts";
import type { DataAsk, PhoneDataSeen } from "../data-state.ts";
import type { UiGroup } from "../groups.ts";
import type { BrowseState, DataState } from "../state.ts";
import { type Frame, frame, type Step, stay } from "./step.ts";

/** From the photos into the folder that `browse.group` names. @param photos the group that one came from */
export function intoData(browse: BrowseState & Frame, photos: number): Step {
  const { help, size, ...rest } = browse;
  return folderOf(frame(browse), { ...rest, group: photos }, { group: browse.group, focus: browse.focus });
}

/** A folder, with its list read anew. Where `group` is one of photos: back to them. */
export function folderOf(
  inFrame: Frame,
  browse: BrowseState,
  { group, focus }: { readonly group: number; readonly focus: "groups" | "items" },
): Step {
  const match = browse.groups[group]?.match;
  if (match?.type !== "data") return stay({ ...browse, group, cursor: 0, focus, ...inFrame });
  const { kind } = match;
  const state: DataState = {
    ...{ screen: "data", browse, group, kind, focus, list: undefined, cursor: 0, preview: undefined, open: undefined },
    ...{ working: "Reading …", waits: undefined, finding: undefined, unlocking: undefined },
    note: undefined,
  };
  return { state: { ...state, ...inFrame }, effects: [listAsk(state)] };
}

/** Its list, from the first on, or further. */
export function listAsk({ browse, kind }: DataState, { skip = 0, words = "" } = {}): Effect {
  return { type: "readData", ask: { ...whose(browse), of: "list", kind, skip, words } };
}

/** Whose data. */
export function whose({ device, folder, phone }: BrowseState): Pick<DataAsk, "device" | "folder" | "phone"> {
  return { device, folder, phone };
}

/** The next folder of that kind behind a group, by one key; the photos behind the last. */
export function nextFolder(browse: BrowseState & Frame, from: number): Step {
  const { groups, data } = browse;
  if (!data) return stay(browse);
  const isData = (group: UiGroup): boolean => group.match?.type === "data";
  const last = groups.findLastIndex(isData);
  const next = from >= groups.findIndex(isData) && from <= last ? from + 1 : groups.findIndex(isData);
  const { help, size, ...rest } = browse;
  if (from === last) return stay({ ...rest, ...frame(browse) });
  return folderOf(frame(browse), rest, { group: next, focus: "items" });
}

/** With what is known of each folder beside its name. */
export function withCounts(groups: readonly UiGroup[], data: PhoneDataSeen | undefined): readonly UiGroup[] {
  if (!data) return groups;
  return groups.map((group) => {
    const summary = group.match?.type === "data" ? data.folders[group.match.kind] : undefined;
    return summary ? { ...group, count: summary.count, isAbsent: summary.absent !== undefined } : group;
  });
}
