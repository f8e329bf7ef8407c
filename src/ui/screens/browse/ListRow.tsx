import { Text } from "ink";
import { padEnd, truncate } from "../../../shared/text.ts";
import { kindWidth, listColumns, listWords, sizeWidth, sizeWords, timeWidth } from "../../item-words.ts";
import { timeTaken, type UiItem } from "../../items.ts";
import type { BrowseState } from "../../state.ts";
import { shortName } from "../../wrap.ts";

export function ListRow({
  index,
  item,
  state,
  width,
}: {
  index: number;
  item: UiItem;
  state: BrowseState;
  width: number;
}) {
  const current = index === state.cursor && state.focus === "items";
  const exported = state.exported.has(item.id);
  const columns = listColumns(width);
  const mark = state.chosen.has(item.id) ? "[x]" : "[ ]";
  const row = [
    `${mark} ${exported ? "✓" : " "} `,
    columns.time ? `${timeTaken(item).padEnd(timeWidth)}  ` : "",
    padEnd(shortName(item.name, columns.name), columns.name),
    columns.kind ? ` ${padEnd(truncate(item.kind, kindWidth), kindWidth)}` : "",
    columns.size ? ` ${sizeWords(item).padStart(sizeWidth)}` : "",
    `  ${listWords(item, exported, columns)}`,
  ]
    .join("")
    .trimEnd();
  return <Text inverse={current}>{padEnd(truncate(row, width), width)}</Text>;
}
