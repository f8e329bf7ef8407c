import { Box, Text } from "ink";
import { displayWidth, padEnd, printable, truncate } from "../../shared/text.ts";
import type { ViewRow } from "../data-bubbles.ts";
import { dataLayout, entryText, viewRoom, viewRows, viewWidth } from "../data-rows.ts";
import type { DataListEntry, ItemView } from "../data-state.ts";
import { belowWords, emptyListWords, folderWords } from "../data-words.ts";
import { type Line, shownLine } from "../line-edit.ts";
import { windowStart } from "../selectors.ts";
import type { DataState, State } from "../state.ts";
import { type Block, fittingRows } from "../wrap.ts";
import { Groups } from "./browse/Groups.tsx";
import { Footer } from "./Footer.tsx";

/** Of a phone's name, what says anything. */
const leastPhone = 8;

type Props = { readonly state: DataState & State };

/** A folder of the phone besides its photos: the panel of the photos on the left, a list, what is under the cursor on the right. */
export function Data({ state }: Props) {
  const { size, open, browse, group, focus } = state;
  const layout = dataLayout(size);
  return (
    <>
      <Title state={state} />
      <Box flexGrow={1} marginTop={1} overflow="hidden">
        {open && state.unlocking ? (
          <NotePassword state={state} view={open.view} unlocking={state.unlocking} />
        ) : open ? (
          <Rows rows={viewRows(open.view, viewWidth(size))} top={open.top} room={viewRoom(size)} paddingX={1} />
        ) : (
          <>
            {layout.groupsWidth > 0 && <Groups state={{ ...browse, group, focus }} layout={{ ...layout }} />}
            <Main state={state} />
            {layout.paneWidth > 0 && state.preview && !state.waits && <Preview view={state.preview} state={state} />}
          </>
        )}
      </Box>
      <Box paddingX={1}>
        <Text wrap="truncate">{truncate(belowWords(state), size.columns - 2) || " "}</Text>
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function Title({ state }: Props) {
  const { size, browse } = state;
  const room = size.columns - 2;
  const words = folderWords(state, room);
  const free = room - displayWidth(words) - 2;
  const left = free < leastPhone ? "" : truncate(browse.away ? `${browse.phone} ✗ unplugged` : browse.phone, free);
  return (
    <Box paddingX={1} justifyContent="space-between">
      <Text bold wrap="truncate">
        {left}
      </Text>
      <Text dimColor={!state.finding} wrap="truncate">
        {words}
      </Text>
    </Box>
  );
}

function Main({ state }: Props) {
  const { waits, list, size } = state;
  const { listWidth, height } = dataLayout(size);
  if (waits) return <Waits state={state} width={listWidth} height={height} />;
  if (!list) return <Box width={listWidth} />;
  if (list.entries.length === 0)
    return <Told blocks={inOrder(emptyListWords(state))} width={listWidth} height={height} />;
  const start = windowStart(state.cursor, list.entries.length, height);
  return (
    <Box width={listWidth} flexDirection="column" overflow="hidden">
      {list.entries.slice(start, start + height).map((entry, i) => (
        <EntryRow
          key={`${entry.hit?.row ?? ""} ${entry.id}`}
          entry={entry}
          state={state}
          index={start + i}
          width={listWidth}
        />
      ))}
    </Box>
  );
}

function EntryRow({
  entry,
  state,
  index,
  width,
}: {
  entry: DataListEntry;
  state: DataState;
  index: number;
  width: number;
}) {
  const isChosen = state.browse.data?.chosen[state.kind]?.has(entry.hit?.conversation ?? entry.id) === true;
  const row = `${isChosen ? "[x]" : "[ ]"} ${entryText(entry, width - 5)}`;
  return (
    <Text inverse={index === state.cursor && state.focus === "items"} bold={isChosen} wrap="truncate">
      {padEnd(truncate(row, width - 1), width - 1)}
    </Text>
  );
}

/** As many dots as letters were typed, and where the caret is. */
function dotted(line: Line, width: number): string {
  const dots = {
    ...line,
    text: "•".repeat([...line.text].length),
    caret: [...line.text.slice(0, line.caret)].length,
  };
  return `Password: ${shownLine(dots, Math.max(10, width - 14))}`;
}

const wrongPassword: readonly Block[] = [
  { text: "✗ This password does not open it. Nothing was lost: try again.", rank: 1 },
  { text: "", rank: 5 },
];

function NotePassword({
  state,
  view,
  unlocking,
}: Props & { view: ItemView; unlocking: NonNullable<DataState["unlocking"]> }) {
  const { columns } = state.size;
  const hint = view.kind === "notes" ? view.note.hint : undefined;
  const blocks = [
    ...(unlocking.isWrong ? wrongPassword : []),
    {
      text: "This note is locked with a password of its own. It is neither the backup's nor the phone's code.",
      rank: 3,
    },
    ...(hint === undefined ? [] : [{ text: `Its hint: ${printable(hint)}`, rank: 2 }]),
    { text: "", rank: 5 },
    { text: dotted(unlocking.line, columns), rank: 0 },
    { text: "", rank: 5 },
    {
      text: "It opens this note and others of the same password, here and in exports, until offroll ends. It is kept nowhere.",
      rank: 4,
    },
  ];
  return <Told blocks={blocks} width={columns} height={viewRoom(state.size)} bright />;
}

/** What must be done before anything can be read. */
function Waits({ state, width, height }: Props & { width: number; height: number }) {
  const { waits, browse } = state;
  if (waits?.why === "locked") {
    const blocks = [
      ...(waits.isWrong ? wrongPassword : []),
      {
        text: `The backup of ${browse.phone} is encrypted. Its password is the one that was set when encryption was turned on, in Finder, iTunes or offroll: not the phone's code.`,
        rank: 2,
      },
      { text: "", rank: 4 },
      { text: dotted(waits.line, width), rank: 0 },
      { text: "", rank: 4 },
      { text: "It is used to open the backup and kept nowhere.", rank: 3 },
    ];
    return <Told blocks={blocks} width={width} height={height} bright />;
  }
  if (waits?.why !== "problem") return null;
  return <Told blocks={inOrder([printable(waits.message), "", ...waits.steps])} width={width} height={height} bright />;
}

function inOrder(lines: readonly string[]): Block[] {
  return lines.map((text, rank) => ({ text, rank }));
}

function Told({
  blocks,
  width,
  height,
  bright = false,
}: {
  blocks: readonly Block[];
  width: number;
  height: number;
  bright?: boolean;
}) {
  return (
    <Box width={width} flexDirection="column" paddingX={1} overflow="hidden">
      {fittingRows(blocks, width - 2, height).map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <Text key={i} dimColor={!bright} wrap="truncate">
          {row}
        </Text>
      ))}
    </Box>
  );
}

function Preview({ view, state }: { view: ItemView; state: DataState & State }) {
  const { paneWidth, height } = dataLayout(state.size);
  const rows = viewRows(view, paneWidth - 3);
  const room = height - 2;
  // The newest of a conversation, the beginning of all else.
  const top = view.kind === "messages" ? Math.max(0, rows.length - room) : 0;
  return (
    <Box width={paneWidth} flexDirection="column" paddingLeft={2} overflow="hidden">
      <Text bold wrap="truncate">
        {truncate(printable(view.title.replaceAll(/\s+/g, " ")), paneWidth - 3)}
      </Text>
      <Text> </Text>
      <Rows rows={rows} top={top} room={room} />
    </Box>
  );
}

function Rows({
  rows,
  top,
  room,
  paddingX = 0,
}: {
  rows: readonly ViewRow[];
  top: number;
  room: number;
  paddingX?: number;
}) {
  return (
    <Box flexDirection="column" flexGrow={1} overflow="hidden" paddingX={paddingX}>
      {rows.slice(top, top + room).map(({ text, look, isMarked }, i) => (
        <Text
          // biome-ignore lint/suspicious/noArrayIndexKey: rows may be the same, and never change places
          key={top + i}
          dimColor={look === "dim"}
          bold={look === "bold" || isMarked === true}
          {...(look === "mine" ? { color: "cyan" } : {})}
          wrap="truncate"
        >
          {text === "" ? " " : text}
        </Text>
      ))}
    </Box>
  );
}
