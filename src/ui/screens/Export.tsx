import { Box, Text } from "ink";
import { formatBytes, plural, truncate } from "../../shared/text.ts";
import { choiceWords, commandLine, type Field, fieldLabels, fields } from "../export-settings.ts";
import { exampleNames, exportTotals } from "../selectors.ts";
import type { ExportState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";

const labelWidth = 16;
const placesShown = 4;

/** One sheet: where to, how to name, what of each photo, and the same as a command. */
export function Export({ state }: { state: ExportState & State }) {
  const { settings, size } = state;
  const totals = exportTotals(state.browse);
  const room = size.columns - 4;
  const field = fields[state.field];
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingTop={1} overflow="hidden">
        <Text bold wrap="truncate">
          {`Export ${plural(totals.items, "photo or video", "photos and videos")}, ${formatBytes(totals.bytes)}`}
        </Text>
        <Text wrap="truncate" dimColor>
          {fitWords(totals.bytes, state.freeBytes)}
        </Text>
        <Text> </Text>
        {fields.map((name) => (
          <Line key={name} name={name} state={state} width={room} />
        ))}
        <Text> </Text>
        {field === "destination" && state.places.length > 0 ? (
          state.places.slice(0, placesShown).map((place, i) => (
            <Text key={place.path} dimColor={i > 0} wrap="truncate">
              {truncate(`  ${i === 0 ? "Tab" : "   "} ${place.path}   ${place.note}`, room)}
            </Text>
          ))
        ) : (
          <>
            <Text dimColor>Your photos would be named:</Text>
            {exampleNames(state).map((name) => (
              <Text key={name} wrap="truncate">{`  ${truncate(name, room - 2)}`}</Text>
            ))}
          </>
        )}
        <Text> </Text>
        {state.error !== undefined && <Text color="red">{`✗ ${state.error}`}</Text>}
        <Text>
          <Text dimColor>{"The same in a script: "}</Text>
          {commandLine(settings)}
        </Text>
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function Line({ name, state, width }: { name: Field; state: ExportState; width: number }) {
  const current = fields[state.field] === name;
  const { settings } = state;
  const value =
    name === "destination"
      ? `${settings.destination}${current ? "▏" : ""}`
      : name === "template"
        ? settings.template
        : choiceWords(settings, name);
  const arrows = current && name !== "destination" ? `‹ ${value} ›` : value;
  const room = width - labelWidth - 2;
  // Of a long path its end is what is being written.
  const shown = name === "destination" && value.length > room ? `…${value.slice(value.length - room + 1)}` : arrows;
  return (
    <Text wrap="truncate">
      {`${current ? "›" : " "} ${fieldLabels[name].padEnd(labelWidth - 2)}`}
      <Text inverse={current}>{truncate(shown, room)}</Text>
    </Text>
  );
}

function fitWords(bytes: number, free: number | undefined): string {
  if (free === undefined) return "What is there already is not copied again.";
  if (bytes <= free) return `It fits: ${formatBytes(free)} free there. What is there already is not copied again.`;
  return `It does not fit: ${formatBytes(free)} free there, ${formatBytes(bytes - free)} too little.`;
}
