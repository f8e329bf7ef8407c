import { Box, Text } from "ink";
import { windowStart } from "../selectors.ts";
import type { DataState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";

/** What is on the phone besides photos: a page at a time, with the line that Enter opens. */
export function DataPages({ state }: { state: DataState & State }) {
  const page = state.pages.at(-1);
  const room = Math.max(1, state.size.rows - 3);
  const start = page ? windowStart(page.cursor, page.rows.length, room) : 0;
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={1} overflow="hidden">
        <Text bold wrap="truncate">
          {page?.title ?? `What ${state.browse.phone} has besides photos`}
        </Text>
        {state.loading && <Text dimColor>Reading …</Text>}
        {page?.rows.slice(start, start + room - (state.loading ? 1 : 0)).map((row, i) => (
          <Text
            // biome-ignore lint/suspicious/noArrayIndexKey: lines may be the same, and never change places
            key={start + i}
            inverse={start + i === page.cursor}
            dimColor={row.opens === undefined && page.rows.some((each) => each.opens !== undefined)}
            wrap="truncate"
          >
            {row.text === "" ? " " : row.text}
          </Text>
        ))}
      </Box>
      <Footer state={state} columns={state.size.columns} />
    </>
  );
}
