import { Box, Text } from "ink";
import type { State, SummaryState } from "../state.ts";
import { Footer } from "./Footer.tsx";

/** The end of the run, in the words the command line has for it. What does not fit comes with the arrows. */
export function Summary({ state }: { state: SummaryState & State }) {
  const room = state.size.rows - 1;
  const { lines } = state;
  const top = Math.min(state.top, Math.max(0, lines.length - room));
  const shown = lines.slice(top, top + room);
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={1} overflow="hidden">
        {shown.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change
          <Box key={i} flexShrink={0}>
            <Text wrap="wrap">{line === "" ? " " : line}</Text>
          </Box>
        ))}
      </Box>
      <Footer state={state} columns={state.size.columns} />
    </>
  );
}
