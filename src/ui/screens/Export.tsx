import { Box, Text } from "ink";
import { type Field, fieldsFor } from "../../app/export-choices.ts";
import { choiceWords, fieldLabels } from "../../present/choice-words.ts";
import { awayWords, backWords } from "../../present/device-words.ts";
import { formatBytes, plural, truncate } from "../../shared/text.ts";
import { type Line, shownLine } from "../line-edit.ts";
import { sameCommand } from "../same-command.ts";
import { exampleNames, exportTotals, templateProblem } from "../selectors.ts";
import type { ExportState, State } from "../state.ts";
import { wrapWords } from "../wrap.ts";
import { Footer } from "./Footer.tsx";
import { Lines } from "./Lines.tsx";

const labelWidth = 16;
const placesShown = 4;
const handMade = "photos chosen by hand: no command names them";

/** One sheet: where to, how to name, what of each photo, and the same as a command. What there is no room for is left out whole. */
export function Export({ state }: { state: ExportState & State }) {
  const { settings, size } = state;
  const totals = exportTotals(state.browse);
  const width = size.columns - 4;
  const fields = fieldsFor(state.browse.parts);
  const field = fields[state.field];
  const { noun } = state.browse;
  const problem = state.error ?? (state.browse.away ? `${awayWords(noun)} ${backWords(noun)}.` : undefined);
  const least = 4 + fields.length;
  const wrong = wrapped(problem ?? templateProblem(settings.template), width, "✗ ").slice(0, size.rows - least);
  const same = sameCommand(state) ?? (state.choosing ? handMade : "…");
  const script = wrapWords(`The same in a script: ${same}`, width);
  const more = moreLines(state, width);
  // Title, whether it fits, the fields, what is wrong and the keys come first; then the command, then the rest, then air.
  let room = size.rows - least - wrong.length;
  const take = (lines: number): boolean => {
    if (lines > room) return false;
    room -= lines;
    return true;
  };
  const hasScript = take(script.length);
  const moreCount = more.reduce((sum, { lines }) => sum + lines.length, 0);
  const hasMore = moreCount > 0 && take(moreCount);
  const air = [take(1), hasMore && take(1), hasScript && take(1)];
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingTop={1} overflow="hidden">
        <Text bold wrap="truncate">
          {`Export ${plural(totals.items, "photo or video", "photos and videos")}, ${formatBytes(totals.bytes)}`}
        </Text>
        <Text wrap="truncate" dimColor>
          {truncate(fitWords(totals.bytes, state.freeBytes), width)}
        </Text>
        {air[0] && <Text> </Text>}
        {fields.map((name) => (
          <FieldLine key={name} name={name} current={name === field} state={state} width={width} />
        ))}
        {air[1] && <Text> </Text>}
        {hasMore && more.map(({ lines, dim }) => <Lines key={String(dim)} lines={lines} dimColor={dim} />)}
        {air[2] && <Text> </Text>}
        <Lines lines={wrong} color="red" />
        {hasScript && <Lines lines={script} />}
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function wrapped(text: string | undefined, width: number, sign: string): string[] {
  return text === undefined ? [] : wrapWords(sign + text, width);
}

interface MoreLines {
  readonly lines: readonly string[];
  readonly dim: boolean;
}

/** Where one could go, while that is being written; else how photos would be named. */
function moreLines(state: ExportState, width: number): readonly MoreLines[] {
  const field = fieldsFor(state.browse.parts)[state.field];
  if (field === "destination" && state.places.length > 0) {
    const lines = state.places
      .slice(0, placesShown)
      .map(({ path, note }, i) => truncate(`  ${i === 0 ? "Tab" : "   "} ${path}   ${note}`, width));
    return [
      { lines: lines.slice(0, 1), dim: false },
      { lines: lines.slice(1), dim: true },
    ];
  }
  const names = exampleNames(state).map((name) => `  ${truncate(name, width - 2)}`);
  if (names.length === 0) return [];
  return [
    { lines: ["Your photos would be named:"], dim: true },
    { lines: names, dim: false },
  ];
}

interface FieldLineProps {
  readonly name: Field;
  readonly current: boolean;
  readonly state: ExportState;
  readonly width: number;
}

function FieldLine({ name, current, state, width }: FieldLineProps) {
  const { settings, line } = state;
  const isWritten = name === "destination" || name === "template";
  const value = isWritten ? settings[name] : choiceWords(settings, name);
  const room = width - labelWidth;
  return (
    <Text wrap="truncate">
      {`${current ? "›" : " "} ${fieldLabels[name].padEnd(labelWidth - 2)}`}
      <Text inverse={current}>{current ? beingChanged(name, value, line, room) : truncate(value, room)}</Text>
    </Text>
  );
}

function beingChanged(name: Field, value: string, line: Line, room: number): string {
  if (name === "destination") return shownLine(line, room);
  return `‹ ${name === "template" ? shownLine(line, room - 4) : truncate(value, room - 4)} ›`;
}

function fitWords(bytes: number, free: number | undefined): string {
  if (free === undefined) return "What is there already is not copied again.";
  if (bytes <= free) return `It fits: ${formatBytes(free)} free there. What is there already is not copied again.`;
  return `It does not fit: ${formatBytes(free)} free there, ${formatBytes(bytes - free)} too little.`;
}
