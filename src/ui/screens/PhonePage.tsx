import { Box, Text } from "ink";
import { phoneRows } from "../selectors.ts";
import type { PhoneState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";
import { Lines } from "./Lines.tsx";

/** The phone on one page: its storage, its cloud, its backup, and what to do. What does not fit comes with the arrows. */
export function PhonePage({ state }: { state: PhoneState & State }) {
  const { rows, room } = phoneRows(state);
  const top = Math.min(state.top, Math.max(0, rows.length - room));
  const shown = rows.slice(top, top + room).map((line) => (line === "" ? " " : line));
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={1} overflow="hidden">
        {state.lines === undefined ? (
          <Text dimColor>{`Looking at ${state.browse.phone} …`}</Text>
        ) : (
          <Lines lines={shown} />
        )}
      </Box>
      <Footer state={state} columns={state.size.columns} />
    </>
  );
}
