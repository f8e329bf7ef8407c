"use strict";
// Run by the npm scripts before anything else: Node 24 comes as a dev dependency, and its install script may not have run.
if (parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    "This needs Node 24, which `npm ci` brings along, and runs on Node " +
      process.versions.node +
      ". Fetch it with: npm rebuild node\n",
  );
  process.exit(1);
}
