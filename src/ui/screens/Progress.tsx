import { Box, Text } from "ink";
import { formatBytes, formatCount, formatDuration, plural, printable, truncate } from "../../shared/text.ts";
import type { ProgressState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";

const filesShown = 4;

/** A bar that moves, what is copied now, and what went wrong as it happens. */
export function Progress({ state }: { state: ProgressState & State }) {
  const { done, toCopy, waiting, size } = state;
  const share = toCopy.bytes > 0 ? Math.min(1, done.bytes / toCopy.bytes) : 0;
  const width = Math.max(10, size.columns - 12);
  const filled = Math.round(share * width);
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingY={1} overflow="hidden">
        <Text bold wrap="truncate">{`Copying to ${state.destination}`}</Text>
        <Text> </Text>
        <Text>{`${"█".repeat(filled)}${"░".repeat(width - filled)} ${Math.floor(share * 100)} %`}</Text>
        <Text wrap="truncate">{numbers(state)}</Text>
        <Text> </Text>
        {waiting ? (
          <>
            <Text color="yellow">{printable(waiting.message)}</Text>
            <Text>{waiting.remedy}</Text>
            <Text>{`Waiting ${waiting.remainingSeconds} s more; nothing is lost.`}</Text>
          </>
        ) : state.paused ? (
          <Text>Paused. What is half-copied is kept; p goes on.</Text>
        ) : (
          state.active.slice(0, filesShown).map((path) => (
            <Text key={path} dimColor wrap="truncate">
              {truncate(printable(path), size.columns - 4)}
            </Text>
          ))
        )}
        {state.failureCount > state.failures.length && (
          <Text color="red">{`✗ ${plural(state.failureCount, "file")} could not be copied; the last:`}</Text>
        )}
        {state.failures.map((line) => (
          <Text key={line} color="red" wrap="truncate">{`✗ ${line}`}</Text>
        ))}
        {state.cancelling && (
          <Text>{`Stopping. ${plural(done.items, "file")} copied stay; the next export goes on from here.`}</Text>
        )}
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}

function numbers({ done, toCopy, bytesPerSecond, paused }: ProgressState): string {
  const files = `${formatCount(done.items)} of ${plural(toCopy.items, "file")}, ${formatBytes(done.bytes)} of ${formatBytes(toCopy.bytes)}`;
  if (paused) return files;
  const left = bytesPerSecond > 0 ? formatDuration((toCopy.bytes - done.bytes) / bytesPerSecond) : "…";
  return `${files}, ${formatBytes(bytesPerSecond)}/s, ${left} left`;
}
