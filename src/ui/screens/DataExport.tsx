import { Box, Text } from "ink";
import { formatBytes, truncate } from "../../shared/text.ts";
import { dataCommand } from "../data-command.ts";
import { outcomeRows, sheetFields } from "../data-rows.ts";
import { sheetWords } from "../data-words.ts";
import { shownLine } from "../line-edit.ts";
import type { DataExportState, State } from "../state.ts";
import { wrapWords } from "../wrap.ts";
import { Footer } from "./Footer.tsx";
import { Lines } from "./Lines.tsx";

type Props = { readonly state: DataExportState & State };

const labels: Readonly<Record<(typeof sheetFields)[number], string>> = {
  what: "What",
  to: "To",
  forms: "As",
  since: "From (day)",
  until: "Until (day)",
};
const labelWidth = 14;

/** One sheet: what, where to, in which forms, from when until when; then how far it is, and what came of it. */
export function DataExport({ state }: Props) {
  const { size, outcome, run } = state;
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingTop={1} overflow="hidden">
        {outcome ? <Outcome state={state} /> : run ? <Running state={state} /> : <Sheet state={state} />}
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function Sheet({ state }: Props) {
  const { size, error, places, freeBytes, data, settings } = state;
  const width = size.columns - 4;
  const field = sheetFields[state.field];
  const shownPlaces = field === "to" ? places.slice(0, 4) : [];
  const seen = data.browse.data;
  const same = dataCommand(settings, data.kind, seen?.backup);
  const handMade = settings.what === "chosen" ? "chosen by hand: no command names them" : "…";
  const script = wrapWords(`The same in a script: ${same ?? handMade}`, width);
  const hasNotes =
    settings.what === "all" || (settings.what === "chosen" ? seen?.chosen.notes !== undefined : data.kind === "notes");
  const lines = [
    ...(hasNotes ? [seen?.notePasswords ? unlockedWords : lockedWords] : []),
    "JSON is always written, and the files that belong to it: attachments, photos, recordings.",
    "A day as 2024-05-01, a month as 2024-05, a year; left empty: all of it.",
  ];
  const isGone = error === undefined && seen?.goneFolder === settings.to;
  const wrong =
    error === undefined ? wrapWords(isGone ? goneWords : "", width).filter(Boolean) : wrapWords(`✗ ${error}`, width);
  // What is above, the keys and what is wrong come first; then the command, whole or not at all; then the rest.
  const room = size.rows - sheetFields.length - 6 - wrong.length - shownPlaces.length;
  const hasScript = script.length <= room;
  const hints = wholeHints(lines, width, room - (hasScript ? script.length : 0));
  return (
    <>
      <Text bold wrap="truncate">
        {truncate(`Export from ${data.browse.phone}`, width)}
      </Text>
      <Text dimColor wrap="truncate">
        {freeBytes === undefined ? " " : `${formatBytes(freeBytes)} free there`}
      </Text>
      {sheetFields.map((name) => (
        <FieldLine key={name} name={name} state={state} width={width} />
      ))}
      <Text> </Text>
      <Lines lines={wrong} color={isGone ? "yellow" : "red"} />
      <Lines
        lines={shownPlaces.map(({ path, note }, i) =>
          truncate(`  ${i === 0 ? "Tab" : "   "} ${path}   ${note}`, width),
        )}
      />
      {hasScript && <Lines lines={script} />}
      <Lines lines={hints} dimColor />
    </>
  );
}

const lockedWords =
  "Locked notes: titles alone. u on an open one takes its password for the export too; in a script --notes-password-file FILE.";
const unlockedWords = "Locked notes open with the passwords that you typed; in a script --notes-password-file FILE.";
const goneWords =
  "! The folder of the last export is not there. Is its disk plugged in? Enter makes a new folder of that name.";

/** Each whole, or not at all. */
function wholeHints(hints: readonly string[], width: number, rows: number): string[] {
  const out: string[] = [];
  for (const lines of hints.map((hint) => wrapWords(hint, width)))
    if (out.length + lines.length <= rows) out.push(...lines);
  return out;
}

function FieldLine({
  name,
  state,
  width,
}: {
  name: (typeof sheetFields)[number];
  state: DataExportState;
  width: number;
}) {
  const { settings, line, data } = state;
  const current = sheetFields[state.field] === name;
  const isWritten = name === "to" || name === "since" || name === "until";
  const room = Math.max(8, width - labelWidth - 4);
  const value = isWritten ? settings[name] : sheetWords(settings, name, data);
  const shown = current && isWritten ? shownLine(line, room) : truncate(value, room);
  return (
    <Text wrap="truncate">
      {`${current ? "›" : " "} ${labels[name].padEnd(labelWidth - 2)}`}
      <Text inverse={current && (!isWritten || line.fresh)} dimColor={isWritten && value === "" && !current}>
        {isWritten && value === "" && !current
          ? name === "since"
            ? "the first"
            : name === "until"
              ? "today"
              : "–"
          : current && !isWritten
            ? `‹ ${truncate(value, room - 4)} ›`
            : shown}
      </Text>
    </Text>
  );
}

function Running({ state }: Props) {
  const { run, settings, size } = state;
  const width = size.columns - 4;
  return (
    <>
      <Text bold wrap="truncate">
        {truncate(`Exporting to ${settings.to}`, width)}
      </Text>
      <Text> </Text>
      <Text wrap="truncate">
        {truncate(run?.cancelling ? "Stopping: the file at hand is finished …" : (run?.words ?? ""), width)}
      </Text>
      <Text> </Text>
      <Lines lines={wrapWords("What is written stays, and is not written again the next time.", width)} dimColor />
    </>
  );
}

function Outcome({ state }: Props) {
  const { outcome, size } = state;
  if (!outcome) return null;
  const { rows, room } = outcomeRows(outcome.lines, size);
  const top = Math.min(outcome.top, Math.max(0, rows.length - room));
  return <Lines lines={rows.slice(top, top + room).map((row) => row || " ")} />;
}
