import { Box, Text } from "ink";
import { dayWords, monthWords, shortDay } from "../../../present/dates.ts";
import { truncate } from "../../../shared/text.ts";
import { emptyWords } from "../../browse-words.ts";
import type { UiItem } from "../../items.ts";
import { type Layout, type Row, rowsOf, visibleRows } from "../../layout.ts";
import type { PictureStore } from "../../pictures/picture-store.ts";
import { itemRows } from "../../selectors.ts";
import type { BrowseState, State } from "../../state.ts";
import { GridCell } from "./GridCell.tsx";
import { ListRow } from "./ListRow.tsx";

/** Photos by days, as a grid or a list: the rows that fit around the cursor. */
export function Items({
  state,
  items,
  layout,
  pictures,
}: {
  state: BrowseState & State;
  items: readonly UiItem[];
  layout: Layout;
  pictures: PictureStore;
}) {
  const width = layout.listWidth;
  if (items.length === 0)
    return (
      <Box width={width} flexDirection="column">
        {emptyWords(state).map((line) => (
          <Text key={line} dimColor wrap="wrap">
            {line}
          </Text>
        ))}
      </Box>
    );
  const rows = visibleRows(rowsOf(items, layout.perRow), state.cursor, layout.height, itemRows(state));
  return (
    <Box width={width} flexDirection="column" overflow="hidden">
      {rows.map((row) =>
        row.type === "day" ? (
          <DayHeading key={`d${row.day}`} row={row} width={width} />
        ) : state.view === "grid" ? (
          <Box key={row.start} height={layout.cell.rows}>
            {items.slice(row.start, row.start + row.count).map((item, i) => (
              <GridCell
                key={item.id}
                item={item}
                layout={layout}
                pictures={pictures}
                current={row.start + i === state.cursor && state.focus === "items"}
                chosen={state.chosen.has(item.id)}
                exported={state.exported.has(item.id)}
                day={row.mixed && items[row.start + i - 1]?.day !== item.day ? shortDay(item.day) : undefined}
              />
            ))}
          </Box>
        ) : (
          <ListRow key={row.start} index={row.start} item={items[row.start] as UiItem} state={state} width={width} />
        ),
      )}
    </Box>
  );
}

function DayHeading({ row, width }: { row: Extract<Row, { type: "day" }>; width: number }) {
  const days = row.day === row.last ? dayWords(row.day) : `${shortDay(row.day)} – ${shortDay(row.last)}`;
  return (
    <Text bold={row.newMonth} dimColor={!row.newMonth} wrap="truncate">
      {truncate(row.newMonth ? `${monthWords(row.day)}   ${days}` : days, width)}
    </Text>
  );
}
