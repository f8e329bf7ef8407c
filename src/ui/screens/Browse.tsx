import { Box, Text } from "ink";
import { displayWidth, plural, truncate } from "../../shared/text.ts";
import { filterWords, totalWords } from "../browse-words.ts";
import { layoutOf } from "../layout.ts";
import type { PictureStore } from "../pictures/picture-store.ts";
import { visibleItems } from "../selectors.ts";
import type { BrowseState, State } from "../state.ts";
import { Large, Pane } from "./browse/Details.tsx";
import { Groups } from "./browse/Groups.tsx";
import { Items } from "./browse/Items.tsx";
import { Footer } from "./Footer.tsx";

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

function Title({ state, count }: { state: BrowseState & State; count: number }) {
  const { size, away, phone } = state;
  const shown = plural(count, "photo or video", "photos and videos");
  const room = size.columns - 2;
  const name = away ? `${phone} ✗ unplugged` : phone;
  const right = [filterWords(state, room), state.onlyNew ? "not exported yet" : "", shown].filter((w) => w !== "");
  const words = right.join(" · ");
  // While something is looked for, that matters more than the phone's name.
  const left = truncate(name, Math.max(0, room - displayWidth(words) - 2));
  return (
    <Box paddingX={1} justifyContent="space-between">
      <Text bold {...(away ? { color: "red" } : {})}>
        {left}
      </Text>
      <Text dimColor={!state.filtering} wrap="truncate">
        {words}
      </Text>
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
