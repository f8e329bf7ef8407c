/** Pages of cards: albums in their folders, people, trips, years of this day. */
import type { GroupAnswer } from "../wire.ts";
import { smallPicture } from "./api-words.ts";
import { element } from "./dom.ts";
import { count } from "./words.ts";

/** A page of cards under headings. */
export interface CardSection {
  readonly title: string;
  readonly groups: readonly GroupAnswer[];
  /** What stands there where there are none. */
  readonly empty?: string;
  /** A folder of the section above it: its cards need not say where they are. */
  readonly isFolder?: boolean;
}

/** Albums as the phone shows them: first those that are in no folder, then folder by folder. */
export function albumSections(title: string, albums: readonly GroupAnswer[], empty: string): CardSection[] {
  const folders = new Map<string, GroupAnswer[]>();
  for (const album of albums) folders.set(album.note, [...(folders.get(album.note) ?? []), album]);
  const loose = folders.get("") ?? [];
  folders.delete("");
  return [
    { title, groups: loose, empty: folders.size === 0 ? empty : "" },
    ...[...folders].map(([folder, groups]) => ({ title: folder, groups, isFolder: true })),
  ];
}

/** Cards that are made at once; the others come when somebody wants them. */
const atOnce = 120;

/** @param onOpen a card was chosen */
export function cardsPage(
  sections: readonly CardSection[],
  { isRound = false, onOpen }: { readonly isRound?: boolean; readonly onOpen: (group: GroupAnswer) => void },
): HTMLElement {
  const made = sections
    .filter(({ groups, empty }) => groups.length > 0 || empty !== undefined)
    .map(({ title, groups, empty, isFolder = false }) =>
      element(
        "section",
        { class: "cards-section" },
        title === "" ? undefined : element(isFolder ? "h3" : "h2", { text: title }),
        groups.length > 0
          ? cards(groups, { isRound, isFolder, onOpen })
          : empty
            ? element("p", { class: "quiet", text: empty })
            : undefined,
      ),
    );
  return element("div", { class: "cards-page" }, ...made);
}

interface CardOptions {
  readonly isRound: boolean;
  readonly isFolder: boolean;
  readonly onOpen: (group: GroupAnswer) => void;
}

function cards(groups: readonly GroupAnswer[], options: CardOptions): HTMLElement {
  const { isRound } = options;
  const list = element("div", { class: isRound ? "cards round" : "cards" });
  const add = (from: number): void => {
    for (const group of groups.slice(from, from + atOnce)) list.append(card(group, options));
    if (from + atOnce >= groups.length) return;
    const more = element("button", {
      class: "more",
      text: `Show ${Math.min(atOnce, groups.length - from - atOnce)} more`,
      attributes: { type: "button" },
      on: {
        click: () => {
          more.remove();
          add(from + atOnce);
        },
      },
    });
    list.append(more);
  };
  add(0);
  return list;
}

function card(group: GroupAnswer, { isFolder, onOpen }: CardOptions): HTMLElement {
  const { title, note, cover, count: n } = group;
  const below = [note, count(n, "photo")].filter((text, i, all) => text !== "" && all.indexOf(text) === i).join(" · ");
  const button = element("button", {
    class: "card",
    text: title,
    attributes: { type: "button", "aria-label": `${title}, ${below}` },
    on: { click: () => onOpen(group) },
  });
  button.dataset["note"] = isFolder ? count(n, "photo") : below;
  if (cover.id > 0) {
    const url = smallPicture(cover.id, cover.v);
    const image = new Image();
    image.src = url;
    image.decode().then(
      () => button.style.setProperty("--cover", `url("${url}")`),
      () => {},
    );
  }
  return button;
}
