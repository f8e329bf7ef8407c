import { Box, Text } from "ink";
import { formatBytes, formatCount, padEnd, plural, truncate } from "../../shared/text.ts";
import { chosenTotals, visibleItems, windowStart } from "../selectors.ts";
import type { Size } from "../size.ts";
import type { BrowseState, State, UiItem } from "../state.ts";
import { Footer } from "./Footer.tsx";

const groupsWidth = 20;
const detailsWidth = 40;
/** Title, totals, help. */
const frameRows = 4;
/** Below this many columns the groups give way to the list, and below the next the details do. */
const roomForGroups = 60;
const roomForDetails = 100;

/** Groups on the left, photos in the middle, the one under the cursor in detail on the right. Only what fits is drawn. */
export function Browse({ state, size }: { state: BrowseState & State; size: Size }) {
  const items = visibleItems(state);
  const height = size.rows - frameRows;
  const withGroups = size.columns >= roomForGroups;
  const withDetails = size.columns >= roomForDetails;
  const listWidth = size.columns - (withGroups ? groupsWidth : 0) - (withDetails ? detailsWidth : 0) - 2;
  return (
    <>
      <Box paddingX={1} justifyContent="space-between">
        <Text bold wrap="truncate">
          {state.phone}
        </Text>
        <Text dimColor wrap="truncate">
          {state.filtering
            ? `/${state.filter}▏`
            : state.filter
              ? `filter: ${state.filter}`
              : plural(items.length, "photo or video", "photos and videos")}
        </Text>
      </Box>
      <Box flexGrow={1} marginTop={1}>
        {withGroups && <Groups state={state} height={height} />}
        <Items state={state} items={items} height={height} width={listWidth} />
        {withDetails && <Details item={items[state.cursor]} height={height} />}
      </Box>
      <Totals state={state} />
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function Groups({ state, height }: { state: BrowseState; height: number }) {
  const start = windowStart(state.group, state.groups.length, height);
  return (
    <Box width={groupsWidth} flexDirection="column">
      {state.groups.slice(start, start + height).map((group, i) => {
        const current = start + i === state.group;
        const count = formatCount(group.count);
        const label = padEnd(truncate(group.label, groupsWidth - 4 - count.length), groupsWidth - 4 - count.length);
        return (
          <Text key={group.label} inverse={current && state.focus === "groups"} bold={current}>
            {`${current ? "›" : " "}${label} ${count} `}
          </Text>
        );
      })}
    </Box>
  );
}

function Items({
  state,
  items,
  height,
  width,
}: {
  state: BrowseState;
  items: readonly UiItem[];
  height: number;
  width: number;
}) {
  const start = windowStart(state.cursor, items.length, height);
  const chosen = new Set(state.chosen);
  if (items.length === 0)
    return (
      <Box width={width}>
        <Text dimColor>Nothing here matches.</Text>
      </Box>
    );
  return (
    <Box width={width} flexDirection="column">
      {items.slice(start, start + height).map((item, i) => {
        const current = start + i === state.cursor && state.focus === "items";
        const mark = chosen.has(item.id) ? "[x]" : "[ ]";
        const row = `${mark} ${item.date}  ${padEnd(truncate(item.name, 14), 14)} ${padEnd(item.kind, 10)} ${formatBytes(item.bytes).padStart(8)}`;
        return (
          <Text key={item.id} inverse={current}>
            {padEnd(truncate(row, width), width)}
          </Text>
        );
      })}
    </Box>
  );
}

function Details({ item, height }: { item: UiItem | undefined; height: number }) {
  return (
    <Box width={detailsWidth} flexDirection="column" paddingLeft={2}>
      {item?.details.slice(0, height).map(([label, value]) => (
        <Text key={label} wrap="truncate">
          <Text dimColor>{label.padEnd(12)}</Text>
          {value}
        </Text>
      ))}
    </Box>
  );
}

function Totals({ state }: { state: BrowseState }) {
  const totals = chosenTotals(state);
  return (
    <Box paddingX={1}>
      <Text wrap="truncate">
        {totals.items === 0
          ? "Nothing chosen: Enter exports all that is shown"
          : `${plural(totals.items, "photo or video", "photos and videos")} chosen, ${plural(totals.files, "file")}, ${formatBytes(totals.bytes)}`}
      </Text>
    </Box>
  );
}
