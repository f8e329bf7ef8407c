import { Box, Text } from "ink";
import type { DeviceNoun } from "../../device/index.ts";
import { dayWords, monthWords, shortDay, takenWords } from "../../present/dates.ts";
import { awayWords, backWords } from "../../present/device-words.ts";
import { photoDetails } from "../../present/item-view.ts";
import { displayWidth, formatBytes, formatCount, padEnd, plural, truncate } from "../../shared/text.ts";
import { totalsOf } from "../chosen.ts";
import { badges, exportedWords, timeTaken, type UiItem } from "../items.ts";
import { type Layout, layoutOf, type Row, rowsOf, visibleRows } from "../layout.ts";
import { lineOf, shownLine } from "../line-edit.ts";
import type { PictureStore } from "../pictures/picture-store.ts";
import { runLine } from "../run-words.ts";
import { countInAll, itemRows, largePicture, visibleItems, windowStart } from "../selectors.ts";
import type { BrowseState, Note, State } from "../state.ts";
import { shortName, wrapWords } from "../wrap.ts";
import { Footer } from "./Footer.tsx";
import { Picture } from "./Picture.tsx";

type Props = { readonly state: BrowseState & State; readonly pictures: PictureStore };

/** Groups on the left, photos in the middle, the one under the cursor in detail on the right. Only what fits is drawn. */
export function Browse({ state, pictures }: Props) {
  const { size } = state;
  const items = visibleItems(state);
  const layout = layoutOf(size, state.view);
  const item = items[state.cursor];
  return (
    <>
      <Title state={state} count={items.length} />
      {state.large && item ? (
        <Large item={item} state={state} pictures={pictures} />
      ) : (
        <Box flexGrow={1} marginTop={1}>
          {layout.groupsWidth > 0 && <Groups state={state} layout={layout} />}
          <Items state={state} items={items} layout={layout} pictures={pictures} />
          {layout.paneWidth > 0 && item && <Pane item={item} state={state} layout={layout} pictures={pictures} />}
        </Box>
      )}
      <Totals state={state} />
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function Title({ state, count }: { state: BrowseState & State; count: number }) {
  const { size, away, phone } = state;
  const shown = plural(count, "photo or video", "photos and videos");
  const room = size.columns - 2;
  const name = away ? `${phone} ✗ unplugged` : phone;
  const right = [filterWords(state, room), state.onlyNew ? "not exported yet" : "", shown].filter((w) => w !== "");
  const words = right.join(" · ");
  // While something is looked for, that matters more than the phone's name.
  const left = truncate(name, Math.max(0, room - displayWidth(words) - 2));
  return (
    <Box paddingX={1} justifyContent="space-between">
      <Text bold {...(away ? { color: "red" } : {})}>
        {left}
      </Text>
      <Text dimColor={!state.filtering} wrap="truncate">
        {words}
      </Text>
    </Box>
  );
}

/** What is looked for, where, and how many it finds elsewhere. */
function filterWords(state: BrowseState, room: number): string {
  const { filter, filterCaret, filtering } = state;
  if (!filtering && filter === "") return "";
  const group = state.groups[state.group];
  const where = group?.match === undefined || group.match.type === "all" ? "" : ` in ${group.label}`;
  const more = countInAll(state);
  const elsewhere = more > visibleItems(state).length ? ` (${formatCount(more)} in All)` : "";
  if (!filtering) return `found: ${truncate(filter, Math.floor(room / 3))}${where}${elsewhere}`;
  const line = { ...lineOf(filter), caret: filterCaret };
  return `/${shownLine(line, Math.max(8, Math.floor(room / 3)))}${where}${elsewhere}`;
}

function Groups({ state, layout }: { state: BrowseState; layout: Layout }) {
  const start = windowStart(state.group, state.groups.length, layout.height);
  const room = layout.groupsWidth - 2;
  return (
    <Box width={layout.groupsWidth} flexDirection="column">
      {state.groups.slice(start, start + layout.height).map((group, i) => {
        const current = start + i === state.group;
        const count = group.match ? formatCount(group.count) : "";
        const label = `${"  ".repeat(group.depth)}${group.label}`;
        const width = room - 2 - count.length;
        return (
          <Text
            key={`${group.match?.type ?? "heading"} ${group.depth} ${group.label} ${group.match?.type === "album" ? group.match.key : ""}`}
            inverse={current && state.focus === "groups"}
            bold={current}
            dimColor={!group.match}
          >
            {`${current ? "›" : " "}${padEnd(truncate(label, width), width)} ${count} `}
          </Text>
        );
      })}
    </Box>
  );
}

function Items({
  state,
  items,
  layout,
  pictures,
}: {
  state: BrowseState & State;
  items: readonly UiItem[];
  layout: Layout;
  pictures: PictureStore;
}) {
  const width = layout.listWidth;
  if (items.length === 0)
    return (
      <Box width={width} flexDirection="column">
        {emptyWords(state).map((line) => (
          <Text key={line} dimColor wrap="wrap">
            {line}
          </Text>
        ))}
      </Box>
    );
  const rows = visibleRows(rowsOf(items, layout.perRow), state.cursor, layout.height, itemRows(state));
  return (
    <Box width={width} flexDirection="column" overflow="hidden">
      {rows.map((row) =>
        row.type === "day" ? (
          <DayHeading key={`d${row.day}`} row={row} width={width} />
        ) : state.view === "grid" ? (
          <Box key={row.start} height={layout.cell.rows}>
            {items.slice(row.start, row.start + row.count).map((item, i) => (
              <GridCell
                key={item.id}
                item={item}
                layout={layout}
                pictures={pictures}
                current={row.start + i === state.cursor && state.focus === "items"}
                chosen={state.chosen.has(item.id)}
                exported={state.exported.has(item.id)}
                day={row.mixed && items[row.start + i - 1]?.day !== item.day ? shortDay(item.day) : undefined}
              />
            ))}
          </Box>
        ) : (
          <ListRow key={row.start} index={row.start} item={items[row.start] as UiItem} state={state} width={width} />
        ),
      )}
    </Box>
  );
}

function emptyWords(state: BrowseState): string[] {
  const { filter, groups, group, onlyNew } = state;
  if (filter === "") return [onlyNew ? "Everything here is exported already." : "Nothing here matches."];
  const match = groups[group]?.match;
  const isAll = match === undefined || match.type === "all";
  const more = countInAll(state);
  const key = state.filtering ? "Tab" : "Enter";
  return [
    `Nothing ${onlyNew ? "new " : ""}${isAll ? "" : `in ${groups[group]?.label} `}matches "${filter}".`,
    more > 0
      ? `${key} shows the ${formatCount(more)} in All.`
      : onlyNew
        ? "u shows what is exported already too."
        : "Names, dates, kinds, cameras, captions and people are searched.",
  ];
}

function DayHeading({ row, width }: { row: Extract<Row, { type: "day" }>; width: number }) {
  const days = row.day === row.last ? dayWords(row.day) : `${shortDay(row.day)} – ${shortDay(row.last)}`;
  return (
    <Text bold={row.newMonth} dimColor={!row.newMonth} wrap="truncate">
      {truncate(row.newMonth ? `${monthWords(row.day)}   ${days}` : days, width)}
    </Text>
  );
}

/** What a photo is besides: the first of these that fits. What is exported already is never left out. */
function signWords(item: UiItem, exported: boolean, width: number): string {
  const signs = signsOf(item);
  const words = exported ? `${exportedWords} ${signs}`.trim() : signs;
  return displayWidth(words) <= width ? words : `${exported ? "✓" : ""}${signs}`;
}

function signsOf(item: UiItem): string {
  return `${item.favourite ? "♥" : ""}${item.video ? "▶" : ""}${item.elsewhere ? "☁" : ""}${item.missing ? "?" : ""}`;
}

interface GridCellProps {
  readonly item: UiItem;
  readonly layout: Layout;
  readonly pictures: PictureStore;
  readonly current: boolean;
  readonly chosen: boolean;
  readonly exported: boolean;
  /** Where days flow together: the first of each says which it is. */
  readonly day: string | undefined;
}

function GridCell({ item, layout, pictures, current, chosen, exported, day }: GridCellProps) {
  const width = layout.captionWidth;
  const mark = chosen ? "[x]" : "[ ]";
  const caption = `${mark} ${padEnd(shortName(item.name, width - 4), width - 4)}`;
  const start = day === undefined ? "    " : `${day} `;
  return (
    <Box width={layout.cell.columns} flexDirection="column">
      <Picture item={item} size={layout.picture} pictures={pictures} />
      <Text inverse={current} bold={chosen} wrap="truncate">
        {truncate(caption, width)}
      </Text>
      <Text dimColor wrap="truncate">
        {truncate(`${start}${signWords(item, exported, width - displayWidth(start))}`, width)}
      </Text>
    </Box>
  );
}

const kindWidth = 11;
const sizeWidth = 8;
const timeWidth = 5;
/** An iPhone's names have so many characters: they always fit. */
const leastName = 13;
const mostName = 28;

/** Columns of a list as wide as there is room for: name, mark and "exported" first, then time, size, kind, and the rest in words. */
function listColumns(width: number) {
  const fixed = 4 + 2;
  const time = width >= fixed + leastName + timeWidth + 2;
  const size = width >= fixed + leastName + timeWidth + 2 + 1 + sizeWidth;
  const used = fixed + (time ? timeWidth + 2 : 0) + (size ? sizeWidth + 1 : 0);
  const kind = width >= used + leastName + kindWidth + 1 + 4;
  const rest = width - used - (kind ? kindWidth + 1 : 0);
  // Names grow when the words beside them have room: "✓ exported ♥ edited".
  const name = Math.max(Math.min(leastName, rest), Math.min(mostName, rest - 22));
  return { time, size, kind, name, words: Math.max(0, rest - name - 2) };
}

function ListRow({ index, item, state, width }: { index: number; item: UiItem; state: BrowseState; width: number }) {
  const current = index === state.cursor && state.focus === "items";
  const exported = state.exported.has(item.id);
  const columns = listColumns(width);
  const mark = state.chosen.has(item.id) ? "[x]" : "[ ]";
  const row = [
    `${mark} ${exported ? "✓" : " "} `,
    columns.time ? `${timeTaken(item).padEnd(timeWidth)}  ` : "",
    padEnd(shortName(item.name, columns.name), columns.name),
    columns.kind ? ` ${padEnd(truncate(item.kind, kindWidth), kindWidth)}` : "",
    columns.size ? ` ${sizeWords(item).padStart(sizeWidth)}` : "",
    `  ${listWords(item, exported, columns)}`,
  ]
    .join("")
    .trimEnd();
  return <Text inverse={current}>{padEnd(truncate(row, width), width)}</Text>;
}

/** Of what is on the phone; where nothing is, why. */
function sizeWords(item: UiItem): string {
  if (item.bytes > 0) return formatBytes(item.bytes);
  return item.elsewhere ? "iCloud" : item.missing ? "missing" : formatBytes(0);
}

/** The sign of what is exported stands at the beginning of the row; the word where there is room for it. */
function listWords(item: UiItem, exported: boolean, { kind, words }: ReturnType<typeof listColumns>): string {
  const rest = badges(item.bytes > 0 ? item : { ...item, elsewhere: false, missing: false }, false);
  const kinds = kind || item.kind === "photo" ? rest : `${item.kind} ${rest}`.trim();
  const all = exported ? `exported ${kinds}`.trim() : kinds;
  return [all, kinds, signsOf(item)].find((text) => displayWidth(text) <= words) ?? "";
}

function Pane({
  item,
  state,
  layout,
  pictures,
}: {
  item: UiItem;
  state: BrowseState;
  layout: Layout;
  pictures: PictureStore;
}) {
  const withPicture = pictures.enabled && layout.panePicture.rows >= 4;
  const room = layout.height - (withPicture ? layout.panePicture.rows + 1 : 0);
  return (
    <Box width={layout.paneWidth} flexDirection="column" paddingLeft={2} overflow="hidden">
      {withPicture && (
        <Box marginBottom={1}>
          <Picture item={item} size={layout.panePicture} pictures={pictures} />
        </Box>
      )}
      <Facts item={item} exported={state.exported.has(item.id)} room={room} width={layout.paneWidth - 2} />
    </Box>
  );
}

const labelWidth = 12;

interface FactsProps {
  readonly item: UiItem;
  readonly exported: boolean;
  /** Lines that there are, and cells in each. */
  readonly room: number;
  readonly width: number;
}

function Facts({ item, exported, room, width }: FactsProps) {
  const lines = factsOf(item, exported).flatMap(([label, value]) =>
    wrapWords(value, Math.max(8, width - labelWidth)).map((text, i) => ({
      key: `${label} ${i}`,
      label: i === 0 ? label : "",
      text,
    })),
  );
  return (
    <Box flexDirection="column" height={Math.max(0, room)} overflow="hidden">
      {lines.slice(0, Math.max(0, room)).map(({ key, label, text }) => (
        <Text key={key} wrap="truncate">
          <Text dimColor>{label.padEnd(labelWidth)}</Text>
          {text}
        </Text>
      ))}
    </Box>
  );
}

function factsOf(item: UiItem, exported: boolean): (readonly [string, string])[] {
  const captured = item.photo?.captured;
  const rows: (readonly [string, string])[] = item.photo
    ? inOrderOfInterest(photoDetails(item.photo)).map(([label, value]) => [
        label,
        label === "Taken" && captured ? takenWords(captured) : value,
      ])
    : [
        ["Path", item.path],
        ["Size", formatBytes(item.bytes)],
      ];
  const marks = badges(item, exported);
  return marks === "" ? rows : [["Marks", marks] as const, ...rows.filter(([label]) => label !== "State")];
}

/** What a person looks for first comes first: where a file lies matters least. */
function inOrderOfInterest(details: readonly [string, string][]): [string, string][] {
  const last = ["Path", "Id"];
  const shown = details.filter(([label]) => label !== "Content id");
  return [...shown.filter(([label]) => !last.includes(label)), ...shown.filter(([label]) => last.includes(label))];
}

/** One photo alone: as large as the screen allows, with everything that is known of it. */
function Large({ item, state, pictures }: { item: UiItem } & Props) {
  const size = largePicture(state.size);
  const beside = state.size.columns >= 90;
  const room = beside ? state.size.rows - 5 : state.size.rows - size.rows - 5;
  return (
    <Box flexGrow={1} marginTop={1} paddingX={1} flexDirection={beside ? "row" : "column"} overflow="hidden">
      {pictures.enabled && <Picture item={item} size={size} pictures={pictures} />}
      <Box flexDirection="column" paddingLeft={beside ? 2 : 0} flexGrow={1}>
        <Facts
          item={item}
          exported={state.exported.has(item.id)}
          room={pictures.enabled ? room : state.size.rows - 5}
          width={beside && pictures.enabled ? state.size.columns - size.columns - 4 : state.size.columns - 4}
        />
      </Box>
    </Box>
  );
}

function Totals({ state }: { state: BrowseState }) {
  return (
    <Box paddingX={1}>
      <Text wrap="truncate">{totalWords(state)}</Text>
    </Box>
  );
}

const notes = (noun: DeviceNoun): Record<Extract<Note, string>, string> => ({
  "sheet-later": `The ${noun}'s library is still being read; the export sheet opens when it is.`,
  "nothing-to-export": "There is nothing here to export.",
  leaving: "An export goes on: q again stops it and ends offroll. What is copied stays.",
  "leaving-phone": `Esc again leaves this ${noun}, and what is chosen with it.`,
  unplugged: `${awayWords(noun)} ${backWords(noun)} to export.`,
});

function totalWords(state: BrowseState): string {
  if (state.note !== undefined) return typeof state.note === "string" ? notes(state.noun)[state.note] : state.note.text;
  if (state.run) return `${runLine(state.run)}. Enter shows it.`;
  if (state.away) return `${awayWords(state.noun)} ${backWords(state.noun)}; what you chose stays chosen.`;
  if (state.filtering && state.filter === "")
    return "Write what to find: a name, a date (2024-05), a kind, a camera, a caption, a person.";
  if (state.loading)
    return state.loading.toRead > 0
      ? `Reading dates: ${formatCount(state.loading.read)} of ${formatCount(state.loading.toRead)}`
      : `Reading the ${state.noun}'s photo library; these are the first files seen.`;
  const totals = totalsOf(state.chosen);
  if (totals.items === 0)
    return state.focus === "groups"
      ? "Nothing chosen: e exports all that is shown"
      : "Nothing chosen: Enter exports all that is shown";
  const words = `${plural(totals.items, "photo or video", "photos and videos")} chosen, ${plural(totals.files, "file")}, ${formatBytes(totals.bytes)}`;
  if (state.freeBytes === undefined) return words;
  return totals.bytes <= state.freeBytes
    ? `${words}; fits (${formatBytes(state.freeBytes)} free)`
    : `${words}; ${formatBytes(totals.bytes - state.freeBytes)} too much for where it goes`;
}
