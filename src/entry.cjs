#!/usr/bin/env node
"use strict";
// Parses on old Nodes, so that they can say what is missing instead of showing a syntax error.
var nodeModule = require("node:module");
var major = parseInt(process.versions.node, 10);
if (major < 24) {
  process.stderr.write(
    "offroll needs Node 24 or newer, and this is Node " +
      process.versions.node +
      ". Install it from https://nodejs.org and run this again.\n",
  );
  process.exitCode = 1;
} else {
  nodeModule.enableCompileCache();
  // A phone with 100,000 photos: a tighter heap costs little time and saves a quarter of the memory (npm run test:memory). Not in
  // the terminal UI, where collecting more often is felt: 38 ms to the screen instead of 14 while an export runs (bench:ui).
  if (process.argv.length > 2 && process.argv[2].indexOf("--graphics") !== 0)
    require("node:v8").setFlagsFromString("--heap-growing-percent=10");
  import("./main.js").catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
