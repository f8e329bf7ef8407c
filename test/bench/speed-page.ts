/** What was measured, as text for docs/benchmarks.md: made from test/bench/results.json and from nothing else. */
import { readFileSync } from "node:fs";
import { median, type Results, resultsFile, type WholeResults } from "./results.ts";

export function speedPage(r: Results): string {
  const round = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  const three = (value: number): string => (value < 100 ? value.toPrecision(3) : value.toFixed(0));
  const copies = r.copies.map(({ workload, link, program, rates, share, cpuPerGb, mainPerGb }) => {
    const [low, high] = [Math.min(...rates), Math.max(...rates)];
    return `| ${workload} | ${link} | ${program} | ${round(median(rates))} (${round(low)}–${round(high)}) | ${Math.round(share * 100)} % | ${cpuPerGb.toFixed(1)}${mainPerGb ? `, ${mainPerGb.toFixed(1)} of them in its main thread` : ""} |`;
  });
  const facts = r.facts.map(({ what, unit, values }) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `| ${what} | ${three(median(values))} ${unit} (${three(low)}–${three(high)}) |`;
  });
  return [
    `Measured on ${r.date} with Node ${r.node.slice(1)} on ${r.machine}, which also played the phone: a mock behind a modelled cable. **No real phone was measured.** One interleaved run of \`npm run bench -- ${r.scale} ${r.repeats}\` (${r.scale} of the whole amounts, ${r.repeats} repeats; medians, and from lowest to highest; ${r.stealSeconds.toFixed(0)} s stolen by the host). The reference reader only reads three large files, pipelined, each on a connection of its own, and keeps nothing: what the cable gives at that moment, from when they are listed. offroll hashes, verifies and syncs every file, and is measured from its start to its end, with finding, listing and planning; where that is a large part, from its plan on as well. Other programs copy every other file of the same.`,
    "",
    "| what | cable | program | MB/s | of the reference | CPU s/GB |",
    "| --- | --- | --- | --- | --- | --- |",
    ...copies,
    "",
    "| what | |",
    "| --- | --- |",
    ...facts,
    ...(r.whole ? wholeLines(r.whole) : []),
  ].join("\n");
}

function wholeLines({ date, load, rounds, rows }: WholeResults): string[] {
  const [before, after] = load.map((value) => value.toFixed(1));
  const times = rows.map(({ what, values }) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `| ${what} | ${median(values).toFixed(1)} s (${low.toFixed(1)}–${high.toFixed(1)}) |`;
  });
  return [
    "",
    "## The whole phone",
    "",
    `Measured on ${date} by \`npm run bench:phone\`, ${rounds === 1 ? "one round" : `${rounds} interleaved rounds`}, each program from its start to its end, on the same machine with an average load of ${before} at the beginning and ${after} at the end: beyond one process for each processor the wall's seconds are those of a crowd, and the processor's are the ones to compare. The bare receiver writes what it is sent and does nothing else: no check of a path, no flush, no second tree beside the last good backup, and it is a Node program like ours.`,
    "",
    "| what, cable, program | |",
    "| --- | --- |",
    ...times,
  ];
}

export function readResults(): Results {
  return JSON.parse(readFileSync(resultsFile, "utf8")) as Results;
}
