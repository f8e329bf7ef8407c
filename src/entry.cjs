#!/usr/bin/env -S node --max-semi-space-size=4
"use strict";
// The size of the young generation can only be set when Node starts. 4 MB instead of 16: while an export of 50,000 photos is planned
// that saves a third of the memory.
// Parses on old Nodes, so that they can say what is missing instead of showing a syntax error.
var nodeModule = require("node:module");
var isWatcher = false;
var isGallery = false;
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
  // Questions to a disk that wait at once: four, unless told before the first. A share with 20 ms a call would take 50,000 files
  // four minutes instead of half a one.
  // The gallery serves one person, and every thread that a picture was made on keeps some megabytes: there it is three.
  isGallery = process.argv[2] === "gallery";
  process.env.UV_THREADPOOL_SIZE = process.env.UV_THREADPOOL_SIZE || (isGallery ? "3" : "40");
  // The resident watcher is told apart here, so that nothing else is loaded for it.
  isWatcher = process.argv.length === 4 && process.argv[2] === "autosave" && process.argv[3] === "run";
  // What is compiled to machine code pays where something is done often, and costs 3 MB. In the gallery it is 28 MB, compilers and all,
  // after 36,000 of 100,000 photos were scrolled through, and five searches take 0.49 s of the processor instead of 0.41: what it does
  // often is SQLite's.
  // Not so where pictures are decoded in this process, as an export's are: WebAssembly needs the compilers.
  if (isWatcher || (isGallery && process.argv[3] !== "export")) {
    ["--no-opt", "--no-maglev", "--no-sparkplug"].forEach((flag) => {
      require("node:v8").setFlagsFromString(flag);
    });
  }
  // Whoever sleeps need not wake every eight seconds to see whether memory can be given back bit by bit: V8's memory reducer ends where
  // marking is not incremental.
  if (isWatcher) {
    require("node:v8").setFlagsFromString("--no-incremental-marking");
  }
  import(isWatcher ? "./watch-main.js" : "./main.js").catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
