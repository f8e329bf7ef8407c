import { Box, Text } from "ink";
import type { State, SummaryState } from "../state.ts";
import { Footer } from "./Footer.tsx";

/** The end of the run, in the words the command line has for it. */
export function Summary({ state }: { state: SummaryState & State }) {
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={1} overflow="hidden">
        {state.lines.slice(0, state.size.rows - 1).map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change
          <Text key={i} wrap="wrap">
            {line === "" ? " " : line}
          </Text>
        ))}
      </Box>
      <Footer state={state} columns={state.size.columns} />
    </>
  );
}
