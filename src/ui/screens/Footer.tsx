import { Box, Text } from "ink";
import { truncate } from "../../shared/text.ts";
import { helpLine } from "../keymap.ts";
import type { State } from "../state.ts";

/** The keys that matter here, on the last line. */
export function Footer({ state, columns }: { state: State; columns: number }) {
  return (
    <Box paddingX={1}>
      <Text dimColor wrap="truncate">
        {truncate(helpLine(state), columns - 2)}
      </Text>
    </Box>
  );
}
