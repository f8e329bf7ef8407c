import { Box, Text } from "ink";
import { takenWords } from "../../../present/dates.ts";
import { photoDetails } from "../../../present/item-view.ts";
import { formatBytes } from "../../../shared/text.ts";
import { badges, type UiItem } from "../../items.ts";
import type { Layout } from "../../layout.ts";
import type { PictureStore } from "../../pictures/picture-store.ts";
import { largePicture } from "../../selectors.ts";
import type { BrowseState, State } from "../../state.ts";
import { wrapWords } from "../../wrap.ts";
import { Picture } from "../Picture.tsx";

/** The photo under the cursor beside the others. */
export function Pane({
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

/** One photo alone: as large as the screen allows, with everything that is known of it. */
export function Large({ item, state, pictures }: { item: UiItem; state: BrowseState & State; pictures: PictureStore }) {
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
