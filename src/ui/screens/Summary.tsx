import { Box } from "ink";
import { summaryRows } from "../selectors.ts";
import type { State, SummaryState } from "../state.ts";
import { Footer } from "./Footer.tsx";
import { Lines } from "./Lines.tsx";

/** The end of the run, in the words the command line has for it. What does not fit comes with the arrows. */
export function Summary({ state }: { state: SummaryState & State }) {
  const { rows, room } = summaryRows(state);
  const top = Math.min(state.top, Math.max(0, rows.length - room));
  const shown = rows.slice(top, top + room).map((line) => (line === "" ? " " : line));
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={1} overflow="hidden">
        <Lines lines={shown} />
      </Box>
      <Footer state={state} columns={state.size.columns} />
    </>
  );
}
