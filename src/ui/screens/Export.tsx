import { Box, Text } from "ink";
import { formatBytes, plural, truncate } from "../../shared/text.ts";
import {
  choiceWords,
  commandLine,
  type ExportSettings,
  type Field,
  fieldLabels,
  fieldsFor,
} from "../export-settings.ts";
import { exampleNames, exportTotals, templateProblem } from "../selectors.ts";
import type { ExportState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";

const labelWidth = 16;
const placesShown = 4;

/** One sheet: where to, how to name, what of each photo, and the same as a command. */
export function Export({ state }: { state: ExportState & State }) {
  const { settings, size } = state;
  const totals = exportTotals(state.browse);
  const room = size.columns - 4;
  const fields = fieldsFor(state.browse.platform);
  const field = fields[state.field];
  const problem = state.error ?? templateProblem(settings.template);
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
          <Line key={name} name={name} current={name === field} settings={settings} width={room} />
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
        {problem !== undefined && <Text color="red">{`✗ ${problem}`}</Text>}
        <Text>
          <Text dimColor>{"The same in a script: "}</Text>
          {commandLine(settings)}
        </Text>
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}

interface LineProps {
  readonly name: Field;
  readonly current: boolean;
  readonly settings: ExportSettings;
  readonly width: number;
}

function Line({ name, current, settings, width }: LineProps) {
  const isWritten = name === "destination" || name === "template";
  const value = isWritten ? settings[name] : choiceWords(settings, name);
  const room = width - labelWidth - 2;
  return (
    <Text wrap="truncate">
      {`${current ? "›" : " "} ${fieldLabels[name].padEnd(labelWidth - 2)}`}
      <Text inverse={current}>{shownValue(name, value, current, room)}</Text>
    </Text>
  );
}

function shownValue(name: Field, value: string, current: boolean, room: number): string {
  if (!current) return truncate(value, room);
  if (name === "template") return truncate(`‹ ${value}▏ ›`, room);
  if (name !== "destination") return truncate(`‹ ${value} ›`, room);
  // Of a long path its end is what is being written.
  const written = `${value}▏`;
  return written.length > room ? `…${written.slice(written.length - room + 1)}` : written;
}

function fitWords(bytes: number, free: number | undefined): string {
  if (free === undefined) return "What is there already is not copied again.";
  if (bytes <= free) return `It fits: ${formatBytes(free)} free there. What is there already is not copied again.`;
  return `It does not fit: ${formatBytes(free)} free there, ${formatBytes(bytes - free)} too little.`;
}
