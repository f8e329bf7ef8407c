import { Box, Text } from "ink";
import { useSyncExternalStore } from "react";
import { formatDuration, printable, truncate } from "../../shared/text.ts";
import type { UiItem } from "../items.ts";
import type { PictureStore } from "../pictures/picture-store.ts";
import type { Size } from "../size.ts";

/** A photo's picture in a box of cells; until it is there, or where there is none, what it is in words. */
export function Picture({ item, size, pictures }: { item: UiItem; size: Size; pictures: PictureStore }) {
  useSyncExternalStore(pictures.subscribe, pictures.version);
  const picture = pictures.get(item, size);
  if (!picture || picture === "none") return <Placeholder item={item} size={size} waiting={picture === undefined} />;
  return (
    <Box width={size.columns} height={size.rows} flexShrink={0} flexDirection="column" overflow="hidden">
      {picture.lines.slice(0, size.rows).map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one picture never move
        <Text key={i}>{line}</Text>
      ))}
    </Box>
  );
}

function Placeholder({ item, size, waiting }: { item: UiItem; size: Size; waiting: boolean }) {
  const facts = item.photo?.parts[0].facts;
  const duration = facts?.durationSeconds === undefined ? "" : formatDuration(facts.durationSeconds);
  const words = item.video ? ["▶ video", duration, printable(facts?.codec ?? "")] : [item.kind];
  const lines = waiting ? ["·"] : words.filter((w) => w !== "").slice(0, Math.max(1, size.rows));
  return (
    <Box
      width={size.columns}
      height={size.rows}
      flexShrink={0}
      flexDirection="column"
      justifyContent="center"
      alignItems="center"
    >
      {lines.map((line) => (
        <Text key={line} dimColor>
          {truncate(line, size.columns)}
        </Text>
      ))}
    </Box>
  );
}
