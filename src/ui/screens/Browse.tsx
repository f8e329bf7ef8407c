import { Box, Text } from "ink";
import { photoDetails } from "../../library/item-view.ts";
import { formatBytes, formatCount, padEnd, plural, truncate } from "../../shared/text.ts";
import { totalsOf } from "../chosen.ts";
import { badges, type UiItem } from "../items.ts";
import { type Layout, layoutOf, type Row, rowsOf, visibleRows } from "../layout.ts";
import type { PictureStore } from "../pictures/picture-store.ts";
import { runLine } from "../run-words.ts";
import { itemRows, largePicture, visibleItems, windowStart } from "../selectors.ts";
import type { BrowseState, State } from "../state.ts";
import { dayWords, monthWords, takenWords } from "../words.ts";
import { Footer } from "./Footer.tsx";
import { Picture } from "./Picture.tsx";

type Props = { readonly state: BrowseState & State; readonly pictures: PictureStore };

/** Groups on the left, photos in the middle, the one under the cursor in detail on the right. Only what fits is drawn. */
export function Browse({ state, pictures }: Props) {
  const { size } = state;
  const items = visibleItems(state);
  const layout = layoutOf(size, state.view);
  const item = items[state.cursor];
  return (
    <>
      <Title state={state} count={items.length} />
      {state.large && item ? (
        <Large item={item} state={state} pictures={pictures} />
      ) : (
        <Box flexGrow={1} marginTop={1}>
          {layout.groupsWidth > 0 && <Groups state={state} layout={layout} />}
          <Items state={state} items={items} layout={layout} pictures={pictures} />
          {layout.paneWidth > 0 && item && <Pane item={item} state={state} layout={layout} pictures={pictures} />}
        </Box>
      )}
      <Totals state={state} />
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function Title({ state, count }: { state: BrowseState; count: number }) {
  const narrowed = [
    state.filtering ? `/${state.filter}▏` : state.filter === "" ? "" : `filter: ${state.filter}`,
    state.onlyNew ? "not exported yet" : "",
  ].filter((w) => w !== "");
  const words = [...narrowed, plural(count, "photo or video", "photos and videos")].join(" · ");
  return (
    <Box paddingX={1} justifyContent="space-between">
      <Text bold wrap="truncate">
        {state.phone}
      </Text>
      <Text dimColor wrap="truncate">
        {words}
      </Text>
    </Box>
  );
}

function Groups({ state, layout }: { state: BrowseState; layout: Layout }) {
  const start = windowStart(state.group, state.groups.length, layout.height);
  const room = layout.groupsWidth - 2;
  return (
    <Box width={layout.groupsWidth} flexDirection="column">
      {state.groups.slice(start, start + layout.height).map((group, i) => {
        const current = start + i === state.group;
        const count = group.match ? formatCount(group.count) : "";
        const label = `${"  ".repeat(group.depth)}${group.label}`;
        const width = room - 2 - count.length;
        return (
          <Text
            key={`${group.match?.type ?? "heading"} ${group.depth} ${group.label} ${group.match?.type === "album" ? group.match.key : ""}`}
            inverse={current && state.focus === "groups"}
            bold={current}
            dimColor={!group.match}
          >
            {`${current ? "›" : " "}${padEnd(truncate(label, width), width)} ${count} `}
          </Text>
        );
      })}
    </Box>
  );
}

function Items({
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
      <Box width={width}>
        <Text dimColor>Nothing here matches.</Text>
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
  return (
    <Text bold={row.newMonth} dimColor={!row.newMonth} wrap="truncate">
      {truncate(row.newMonth ? `${monthWords(row.day)}   ${dayWords(row.day)}` : dayWords(row.day), width)}
    </Text>
  );
}

function GridCell({
  item,
  layout,
  pictures,
  current,
  chosen,
  exported,
}: {
  item: UiItem;
  layout: Layout;
  pictures: PictureStore;
  current: boolean;
  chosen: boolean;
  exported: boolean;
}) {
  const mark = chosen ? "[x]" : "[ ]";
  const signs = `${item.favourite ? "♥" : ""}${item.video ? "▶" : ""}${item.elsewhere ? "☁" : ""}${exported ? "✓" : ""}`;
  const width = layout.picture.columns;
  const caption = `${mark} ${padEnd(truncate(item.name, width - 4 - signs.length), width - 4 - signs.length)}${signs}`;
  return (
    <Box width={layout.cell.columns} flexDirection="column">
      <Picture item={item} size={layout.picture} pictures={pictures} />
      <Text inverse={current} bold={chosen}>
        {caption}
      </Text>
    </Box>
  );
}

function ListRow({ index, item, state, width }: { index: number; item: UiItem; state: BrowseState; width: number }) {
  const current = index === state.cursor && state.focus === "items";
  const mark = state.chosen.has(item.id) ? "[x]" : "[ ]";
  const nameWidth = Math.max(12, Math.min(28, width - 42));
  const row = `${mark} ${item.time.padEnd(5)}  ${padEnd(truncate(item.name, nameWidth), nameWidth)} ${padEnd(item.kind, 11)} ${formatBytes(item.bytes).padStart(8)}  ${badges(item, state.exported.has(item.id))}`;
  return <Text inverse={current}>{padEnd(truncate(row, width), width)}</Text>;
}

function Pane({
  item,
  state,
  layout,
  pictures,
}: {
  item: UiItem;
  state: BrowseState;
  layout: Layout;
  pictures: PictureStore;
}) {
  const withPicture = pictures.enabled && layout.panePicture.rows >= 4;
  const room = layout.height - (withPicture ? layout.panePicture.rows + 1 : 0);
  return (
    <Box width={layout.paneWidth} flexDirection="column" paddingLeft={2} overflow="hidden">
      {withPicture && (
        <Box marginBottom={1}>
          <Picture item={item} size={layout.panePicture} pictures={pictures} />
        </Box>
      )}
      <Facts item={item} exported={state.exported.has(item.id)} room={room} />
    </Box>
  );
}

function Facts({ item, exported, room }: { item: UiItem; exported: boolean; room: number }) {
  const captured = item.photo?.captured;
  const rows: (readonly [string, string])[] = item.photo
    ? inOrderOfInterest(photoDetails(item.photo)).map(([label, value]) => [
        label,
        label === "Taken" && captured ? takenWords(captured) : value,
      ])
    : [
        ["Path", item.path],
        ["Size", formatBytes(item.bytes)],
      ];
  const marks = badges(item, exported);
  const all = marks === "" ? rows : [["Marks", marks] as const, ...rows.filter(([label]) => label !== "State")];
  return (
    <Box flexDirection="column" height={Math.max(0, room)} overflow="hidden">
      {all.slice(0, Math.max(0, room)).map(([label, value]) => (
        <Box key={label} flexShrink={0}>
          <Box width={12} flexShrink={0}>
            <Text dimColor>{label}</Text>
          </Box>
          <Text wrap="wrap">{value}</Text>
        </Box>
      ))}
    </Box>
  );
}

/** What a person looks for first comes first: where a file lies matters least. */
function inOrderOfInterest(details: readonly [string, string][]): [string, string][] {
  const last = ["Path", "Id"];
  const shown = details.filter(([label]) => label !== "Content id");
  return [...shown.filter(([label]) => !last.includes(label)), ...shown.filter(([label]) => last.includes(label))];
}

/** One photo alone: as large as the screen allows, with everything that is known of it. */
function Large({ item, state, pictures }: { item: UiItem } & Props) {
  const size = largePicture(state.size);
  const beside = state.size.columns >= 90;
  const room = beside ? state.size.rows - 5 : state.size.rows - size.rows - 5;
  return (
    <Box flexGrow={1} marginTop={1} paddingX={1} flexDirection={beside ? "row" : "column"} overflow="hidden">
      {pictures.enabled && <Picture item={item} size={size} pictures={pictures} />}
      <Box flexDirection="column" paddingLeft={beside ? 2 : 0} flexGrow={1}>
        <Facts
          item={item}
          exported={state.exported.has(item.id)}
          room={pictures.enabled ? room : state.size.rows - 5}
        />
      </Box>
    </Box>
  );
}

function Totals({ state }: { state: BrowseState }) {
  return (
    <Box paddingX={1}>
      <Text wrap="truncate">{totalWords(state)}</Text>
    </Box>
  );
}

const notes: Record<NonNullable<BrowseState["note"]>, string> = {
  "sheet-later": "The phone's library is still being read; the export sheet opens when it is.",
  "nothing-to-export": "There is nothing here to export.",
  leaving: "An export goes on: q again stops it and ends offroll. What is copied stays.",
};

function totalWords(state: BrowseState): string {
  if (state.note !== undefined) return notes[state.note];
  if (state.run) return `${runLine(state.run)}. Enter shows it.`;
  if (state.loading)
    return state.loading.toRead > 0
      ? `Reading dates: ${formatCount(state.loading.read)} of ${formatCount(state.loading.toRead)}`
      : "Reading the phone's photo library; these are the first files seen.";
  const totals = totalsOf(state.chosen);
  if (totals.items === 0) return "Nothing chosen: Enter exports all that is shown";
  const words = `${plural(totals.items, "photo or video", "photos and videos")} chosen, ${plural(totals.files, "file")}, ${formatBytes(totals.bytes)}`;
  if (state.freeBytes === undefined) return words;
  return totals.bytes <= state.freeBytes
    ? `${words}; fits (${formatBytes(state.freeBytes)} free)`
    : `${words}; ${formatBytes(totals.bytes - state.freeBytes)} too much for where it goes`;
}
