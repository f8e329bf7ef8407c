import { Box, Text } from "ink";
import { stillMaking } from "../../present/copies-made-words.ts";
import { awayWords, backWords } from "../../present/device-words.ts";
import { numbers, shareDone, stoppedCount } from "../../present/progress-words.ts";
import { plural, printable, truncate } from "../../shared/text.ts";
import type { ProgressState, State } from "../state.ts";
import { wrapWords } from "../wrap.ts";
import { Footer } from "./Footer.tsx";
import { Lines } from "./Lines.tsx";

const filesShown = 4;

/** A bar that moves, what is copied now, and what went wrong as it happens. */
export function Progress({ state }: { state: ProgressState & State }) {
  const { size, browse } = state;
  const { run } = browse;
  const { done, waiting } = run;
  const share = shareDone(run);
  const width = Math.max(10, size.columns - 12);
  const filled = Math.round(share * width);
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingY={1} overflow="hidden">
        <Text bold wrap="truncate">{`Copying to ${run.destination}`}</Text>
        <Text> </Text>
        <Text>{`${"█".repeat(filled)}${"░".repeat(width - filled)} ${Math.floor(share * 100)} %`}</Text>
        <Lines lines={wrapWords(numbers(run), size.columns - 4)} />
        <Text> </Text>
        {run.making && <Lines lines={wrapWords(stillMaking(run.making, browse.noun), size.columns - 4)} />}
        {waiting ? (
          <>
            <Text color="yellow">{printable(waiting.message)}</Text>
            <Text>{waiting.remedy}</Text>
            <Text>{`Waiting ${waiting.remainingSeconds} s more; nothing is lost.`}</Text>
          </>
        ) : browse.away ? (
          <Text color="yellow">{`${awayWords(browse.noun)} ${backWords(browse.noun)}; nothing is lost.`}</Text>
        ) : run.paused ? (
          <Text>Paused. What is half-copied is kept; p goes on.</Text>
        ) : (
          <Lines
            lines={run.active.slice(0, filesShown).map((path) => truncate(printable(path), size.columns - 4))}
            dimColor
          />
        )}
        {run.failureCount > run.failures.length && (
          <Text color="red">{`✗ ${plural(run.failureCount, "file")} could not be copied; the last:`}</Text>
        )}
        <Lines lines={run.failures.map((line) => `✗ ${line}`)} color="red" />
        {run.cancelling && (
          <Text>{`Stopping. ${plural(done.items, "file")} copied stay; the next export goes on from here.`}</Text>
        )}
        {state.asking && <Text bold>{`Stop after ${stoppedCount(run)}? What is copied stays.`}</Text>}
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}
