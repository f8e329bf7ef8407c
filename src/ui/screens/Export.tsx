import { Box, Text } from "ink";
import { formatBytes, plural } from "../../shared/text.ts";
import { exportIds } from "../reducer.ts";
import type { Size } from "../size.ts";
import type { ExportState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";

/** One sheet: where to. */
export function Export({ state, size }: { state: ExportState & State; size: Size }) {
  const ids = new Set(exportIds(state.browse));
  const items = state.browse.items.filter((i) => ids.has(i.id));
  const bytes = items.reduce((sum, i) => sum + i.bytes, 0);
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingY={1}>
        <Text
          bold
        >{`Export ${plural(items.length, "photo or video", "photos and videos")}, ${formatBytes(bytes)}`}</Text>
        <Text> </Text>
        <Text>
          {"To: "}
          <Text underline>{`${state.destination}▏`}</Text>
        </Text>
        <Text dimColor>They go to YEAR/MONTH below it. What is there already is not copied again.</Text>
        <Text> </Text>
        {state.error && <Text color="red">{`✗ ${state.error}`}</Text>}
        <Text dimColor>{`The same in a script: offroll export --to ${JSON.stringify(state.destination)}`}</Text>
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}
