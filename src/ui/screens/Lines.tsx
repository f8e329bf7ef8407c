import { Text } from "ink";

interface LinesProps {
  /** Each fits. Two may be the same. */
  readonly lines: readonly string[];
  readonly dimColor?: boolean;
  readonly color?: string;
}

/** Text that was broken into lines already. */
export function Lines({ lines, ...look }: LinesProps) {
  return lines.map((line, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
    <Text key={i} wrap="truncate" {...look}>
      {line}
    </Text>
  ));
}
