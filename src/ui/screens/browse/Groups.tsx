import { Box, Text } from "ink";
import { formatCount, padEnd, truncate } from "../../../shared/text.ts";
import type { Layout } from "../../layout.ts";
import { windowStart } from "../../selectors.ts";
import type { BrowseState } from "../../state.ts";

/** Groups and albums with their counts; the window moves with the one that is meant. */
export function Groups({ state, layout }: { state: BrowseState; layout: Pick<Layout, "height" | "groupsWidth"> }) {
  const start = windowStart(state.group, state.groups.length, layout.height);
  const room = layout.groupsWidth - 2;
  return (
    <Box width={layout.groupsWidth} flexDirection="column">
      {state.groups.slice(start, start + layout.height).map((group, i) => {
        const current = start + i === state.group;
        const known = group.match && group.count !== undefined ? formatCount(group.count) : "";
        const count = group.isAbsent ? "–" : known;
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
