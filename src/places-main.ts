/** The process edge of a look at places, which the resident watcher takes now and then. One line on standard output, and no other word. */
import { freeLook, placesLook } from "./autosave/places.ts";
import { processHost } from "./process-host.ts";

const host = processHost({ signal: new AbortController().signal, atExit: () => {} });
const [root] = host.argv;
const look = root === undefined ? await placesLook(host) : await freeLook(host, root);
host.stdout.write(`${JSON.stringify(look)}\n`);
