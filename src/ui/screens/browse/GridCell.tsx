import { Box, Text } from "ink";
import { displayWidth, padEnd, truncate } from "../../../shared/text.ts";
import { signWords } from "../../item-words.ts";
import type { UiItem } from "../../items.ts";
import type { Layout } from "../../layout.ts";
import type { PictureStore } from "../../pictures/picture-store.ts";
import { shortName } from "../../wrap.ts";
import { Picture } from "../Picture.tsx";

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

export function GridCell({ item, layout, pictures, current, chosen, exported, day }: GridCellProps) {
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
